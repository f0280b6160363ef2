using System.Runtime.InteropServices;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>
/// A feed-forward part of many experts, of which a router gives each token k. Tokens are gathered by expert, so that each expert is one dense product
/// and no padding is computed; a mask over all experts would cost experts / k times as much. Which token goes where is decided on the host in
/// the order of the tokens, so that what a full expert leaves out never depends on a device.
/// </summary>
internal sealed class MixtureOfExperts(ExpertOptions options, Linear router, IReadOnlyList<SwiGlu> experts)
{
    internal Tensor Apply(Tensor x_BTC, ForwardContext context)
    {
        using var scope = NewDisposeScope();
        Tensor x_NC = x_BTC.reshape(-1, x_BTC.size(-1)), logits_NE = router.Apply(x_NC);
        Routing routing = Routing.Of(logits_NE, options.perToken, options.renormalize);
        if (is_grad_enabled())
        {
            if (options.balanceWeight > 0) context.Losses.Add(("balance", (routing.Balance(options.balance, context.OtherRows) * options.balanceWeight).MoveToOuterDisposeScope()));
            if (options.routerZWeight > 0) context.Losses.Add(("router_z", (Routing.ZLoss(logits_NE) * options.routerZWeight).MoveToOuterDisposeScope()));
        }
        return Mix(x_NC, routing, options.capacityFactor, (expert, rows) => experts[expert].Apply(rows)).view(x_BTC.shape).MoveToOuterDisposeScope();
    }

    /// <summary>The sum over its experts of gate * expert(token), for every token.</summary>
    internal static Tensor Mix(Tensor x_NC, Routing routing, double capacityFactor, Func<int, Tensor, Tensor> expert)
    {
        using var scope = NewDisposeScope();
        Tensor y_NC = zeros(x_NC.shape, x_NC.dtype, x_NC.device), gates = routing.Gates_NK.reshape(-1);
        List<long>[] assigned = routing.Assigned(capacityFactor);
        for (int e = 0; e < assigned.Length; e++)
        {
            if (assigned[e].Count == 0) continue;
            using var inner = NewDisposeScope();
            Tensor assignments = tensor<long>(CollectionsMarshal.AsSpan(assigned[e]), [assigned[e].Count], x_NC.device);
            Tensor tokens = tensor<long>([.. assigned[e].Select(a => a / routing.PerToken)], [assigned[e].Count], x_NC.device);
            Tensor output = expert(e, x_NC.index_select(0, tokens)) * gates.index_select(0, assignments).unsqueeze(1);
            y_NC.index_add_(0, tokens, output.to(x_NC.dtype));
        }
        return y_NC.MoveToOuterDisposeScope();
    }
}

/// <summary>Where a router sends tokens: for each its k experts, best first, and their gates.</summary>
internal sealed record Routing(Tensor Probabilities_NE, Tensor Experts_NK, Tensor Gates_NK)
{
    private readonly long[] experts = Experts_NK.contiguous().cpu().ToArray<long>();

    internal int PerToken { get; } = (int)Experts_NK.size(1);

    private int Tokens => experts.Length / PerToken;

    private int Experts => (int)Probabilities_NE.size(1);

    /// <summary>The k likeliest experts; k above 1 makes their probabilities sum to 1 when asked.</summary>
    internal static Routing Of(Tensor logits_NE, int perToken, bool renormalize)
    {
        Tensor wide = logits_NE.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? logits_NE.to(float32) : logits_NE;
        Tensor probabilities = F.softmax(wide, -1);
        (Tensor gates, Tensor chosen) = probabilities.topk(perToken);
        if (renormalize && perToken > 1) gates = gates / gates.sum(-1, keepdim: true);
        return new Routing(probabilities, chosen, gates);
    }

    /// <summary>experts * sum(f * P); no gradient flows through f. With f of the whole batch, the losses of its rows, weighted by their number, add up to that of the batch.</summary>
    internal Tensor Balance(BalanceLoss kind, Ranks? otherRows = null)
    {
        using var scope = NewDisposeScope();
        var shares = new double[Experts];
        int step = kind == BalanceLoss.FirstChoice ? PerToken : 1, parts = kind == BalanceLoss.Assignments ? experts.Length : Tokens;
        for (int i = 0; i < experts.Length; i += step) shares[experts[i]] += 1.0 / parts;
        if (otherRows is not null) shares = OfAllRows(shares, otherRows);
        Tensor f_E = tensor<double>(shares, [Experts]).to(Probabilities_NE.dtype).to(Probabilities_NE.device);
        return ((f_E * Probabilities_NE.mean(0)).sum() * Experts).MoveToOuterDisposeScope();
    }

    private double[] OfAllRows(double[] shares, Ranks ranks)
    {
        double[] counts = [.. shares.Select(share => share * Tokens), Tokens];
        ranks.Reduce(counts);
        return [.. counts[..^1].Select(count => count / counts[^1])];
    }

    /// <summary>mean(logsumexp(logits)^2).</summary>
    internal static Tensor ZLoss(Tensor logits_NE)
    {
        using var scope = NewDisposeScope();
        Tensor logs = (logits_NE.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? logits_NE.to(float32) : logits_NE).logsumexp(-1);
        return (logs * logs).mean().MoveToOuterDisposeScope();
    }

    /// <summary>Assignments (token * k + choice) that each expert takes: first choices in the order of the tokens, then second ones, up to the capacity.</summary>
    internal List<long>[] Assigned(double capacityFactor)
    {
        int capacity = capacityFactor == 0 ? int.MaxValue : Capacity(capacityFactor, experts.Length, Experts);
        var taken = new List<long>[Experts];
        for (int e = 0; e < taken.Length; e++) taken[e] = [];
        for (int choice = 0; choice < PerToken; choice++)
            for (int a = choice; a < experts.Length; a += PerToken)
                if (taken[experts[a]].Count < capacity) taken[experts[a]].Add(a);
        return taken;
    }

    /// <summary>Assignments that one expert takes at most.</summary>
    internal static int Capacity(double factor, int assignments, int experts) => (int)Math.Min(int.MaxValue, Math.Ceiling(factor * assignments / experts));
}
