using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>
/// Who updates which weight. With ZeRO-1 (Rajbhandari 2020) every weight has one owner, which alone remembers its moments, updates it, and gives it to the
/// others. Whole weights are owned, largest first to whoever owns least, since rules such as Muon's see a matrix at a time; so the largest weight bounds how
/// even the shares are. Gradients are summed as without ZeRO, so both give the same bits.
/// </summary>
internal sealed class WeightShards
{
    private readonly Ranks ranks;
    private readonly IReadOnlyList<Weight> weights;
    private readonly OptimizerOptions options;
    private readonly IReadOnlyList<Weight>[] owned;

    internal WeightShards(Ranks ranks, IReadOnlyList<Weight> weights, OptimizerOptions options)
    {
        (this.ranks, this.weights, this.options) = (ranks, weights, options);
        IsSharded = ranks.Zero > 0 && ranks.Count > 1;
        int[] owner = IsSharded ? Owners([.. weights.Select(w => w.Value.numel())], ranks.Count) : [];
        owned = [.. Enumerable.Range(0, ranks.Count).Select(rank => IsSharded ? [.. weights.Where((_, i) => owner[i] == rank)] : weights)];
    }

    /// <summary>Whether each weight has one owner.</summary>
    internal bool IsSharded { get; }

    /// <summary>The weights that this process updates.</summary>
    internal IReadOnlyList<Weight> Own => owned[ranks.Rank];

    /// <summary>The owner of each of weights of so many elements.</summary>
    internal static int[] Owners(IReadOnlyList<long> sizes, int count)
    {
        var owner = new int[sizes.Count];
        var held = new long[count];
        foreach (int i in Enumerable.Range(0, sizes.Count).OrderByDescending(i => sizes[i]).ThenBy(i => i))
        {
            owner[i] = Array.IndexOf(held, held.Min());
            held[owner[i]] += sizes[i];
        }
        return owner;
    }

    /// <summary>Gives every process the weights of the first, which all start from.</summary>
    internal void ShareFirst() => Share(weights, 0);

    /// <summary>Gives every process what the owners made of their weights.</summary>
    internal void ShareOwned()
    {
        if (!IsSharded) return;
        for (int rank = 0; rank < ranks.Count; rank++) Share(owned[rank], rank);
    }

    // One exchange for all weights of a process.
    private void Share(IReadOnlyList<Weight> given, int source)
    {
        if (ranks.Count == 1) return;
        using var off = no_grad();
        foreach (IGrouping<(ScalarType, Device), Tensor> alike in given.Select(w => w.Value).GroupBy(value => (value.dtype, value.device)))
        {
            using var scope = NewDisposeScope();
            Tensor[] values = [.. alike];
            Tensor flat = cat([.. values.Select(value => value.detach().reshape(-1))]);
            ranks.Broadcast(flat, source);
            if (ranks.Rank == source) continue;
            Tensor[] parts = flat.split([.. values.Select(value => value.numel())], 0);
            for (int i = 0; i < values.Length; i++) values[i].copy_(parts[i].view(values[i].shape));
        }
    }

    /// <summary>
    /// The state of an optimizer over all weights, named and ordered as one process has it, in the first process; the others send it what they own and get
    /// nothing. What was sent belongs to the current dispose scope and lies in main memory.
    /// </summary>
    internal IReadOnlyList<Weight> Gather(Optimizer own)
    {
        if (!IsSharded) return [.. own.State];
        Dictionary<string, int> owner = owned.SelectMany((part, rank) => Layout(part).Select(state => (state.Name, Rank: rank))).ToDictionary(state => state.Name, state => state.Rank);
        Dictionary<string, Tensor> mine = own.State.ToDictionary(state => state.Name, state => state.Value);
        var whole = new List<Weight>();
        foreach (Weight state in Layout(weights))
        {
            using var scope = NewDisposeScope();
            int from = owner[state.Name];
            if (ranks.IsFirst && from == 0) whole.Add(new Weight(state.Name, mine[state.Name]));
            else if (ranks.IsFirst) whole.Add(new Weight(state.Name, Received(state.Value, from).MoveToOuterDisposeScope()));
            else if (ranks.Rank == from) ranks.Send(mine[state.Name].contiguous(), 0);
        }
        return whole;
    }

    private Tensor Received(Tensor like, int source)
    {
        Tensor value = empty(like.shape, like.dtype, weights[0].Value.device);
        ranks.Receive(value, source);
        return value.cpu();
    }

    // Names and shapes of what an optimizer over these weights remembers: on the meta device a tensor has no memory.
    private List<Weight> Layout(IReadOnlyList<Weight> over)
    {
        Weight[] twins = [.. over.Select(w => new Weight(w.Name, empty(w.Value.shape, w.Value.dtype, new Device(DeviceType.Meta))))];
        return [.. Optimizer.Of(twins, options).State];
    }
}
