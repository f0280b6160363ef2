using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>
/// Self-attention (Vaswani 2017) with grouped queries (Ainslie 2023), sliding window (Beltagy 2020) and linear biases (Press 2021). The G query heads
/// that share a key head are laid one below the other, so that each key head is one matrix product of [G*T, D] by [D, T] and keys are never
/// repeated in memory. The mask is made once for all layers; one that no document shapes is kept from step to step, and plain causal attention
/// where libtorch is fused needs none.
/// </summary>
/// <param name="heads">Query heads H.</param>
/// <param name="keyHeads">Key and value heads K; K divides H, and key head j serves query heads j*H/K to (j+1)*H/K - 1.</param>
/// <param name="window">Tokens a query sees, itself included; 0 is all.</param>
/// <param name="slopes">A slope for each head: what is d tokens back loses d * slope of its score. Null is no bias.</param>
/// <param name="causal">Whether a query sees only itself and what is before it.</param>
/// <param name="fused">Whether to use libtorch's operator for attention; null where it is fused.</param>
/// <param name="dropout">Share of attention weights zeroed in training.</param>
internal sealed class Attention(long heads, long keyHeads, long window = 0, double[]? slopes = null, bool causal = true, bool? fused = null, double dropout = 0) : IDisposable
{
    private readonly long groups = heads / keyHeads;
    private readonly bool isFused = fused ?? F.HasFusedAttention;
    private (long Batch, long Time, ScalarType Type) keptFor;
    private Tensor? kept;

    /// <summary>What the queries of a batch may look at, for <see cref="Attend"/> in every layer.</summary>
    /// <param name="tokens_BT">The batch; its shape and device count.</param>
    /// <param name="context">Documents, prefix and cache.</param>
    /// <param name="dtype">Type of the model.</param>
    /// <returns>Numbers added to the scores, or for fused attention what may be looked at; null is causal order, or all keys for one query.</returns>
    internal Tensor? Mask(Tensor tokens_BT, ForwardContext context, ScalarType dtype)
    {
        long batch = tokens_BT.size(0), time = tokens_BT.size(1), start = context.Start;
        using var scope = NewDisposeScope();
        using var off = no_grad();
        bool isPlain = context.Documents_BT is null && context.Prefix_B is null;
        if (isPlain && slopes is null)
        {
            if (!causal || (time == 1 && start > 0)) return null;
            if (isFused && start == 0 && (window == 0 || time <= window)) return null;
        }
        if (!isPlain || start > 0) return Composed(batch, start, time, context, dtype, tokens_BT.device).MoveToOuterDisposeScope();
        var wanted = (slopes is null ? 1 : batch, time, dtype);
        if (kept is null || keptFor != wanted)
        {
            kept?.Dispose();
            kept = Composed(batch, 0, time, context, dtype, tokens_BT.device).contiguous().DetachFromDisposeScope();
            keptFor = wanted;
        }
        return kept;
    }

    /// <summary>Attends: queries [B, T, H, D], keys and values [B, S, K, D] to [B, T, H*D].</summary>
    internal Tensor Attend(Tensor q_BTHD, Tensor k_BSKD, Tensor v_BSKD, Tensor? mask)
    {
        long batch = q_BTHD.size(0), time = q_BTHD.size(1), width = q_BTHD.size(3), length = k_BSKD.size(1);
        using var scope = NewDisposeScope();
        if (mask is null && time == 1 && window > 0 && length > window)
        {
            (k_BSKD, v_BSKD) = (k_BSKD.narrow(1, length - window, window), v_BSKD.narrow(1, length - window, window));
            length = window;
        }
        if (isFused) return Fused(q_BTHD, k_BSKD, v_BSKD, mask).reshape(batch, time, heads * width).MoveToOuterDisposeScope();
        Tensor q = q_BTHD.view(batch, time, keyHeads, groups, width).permute(0, 2, 3, 1, 4).reshape(batch * keyHeads, groups * time, width);
        Tensor k = k_BSKD.permute(0, 2, 3, 1).reshape(batch * keyHeads, width, length);
        Tensor v = v_BSKD.permute(0, 2, 1, 3).reshape(batch * keyHeads, length, width);
        Tensor scores = baddbmm(mask ?? zeros([1, 1, 1], q.dtype, q.device), q, k, beta: 1, alpha: 1 / Math.Sqrt(width));
        Tensor mixed = bmm(F.dropout(F.softmax(scores, -1), dropout, training: is_grad_enabled()), v);
        return mixed.view(batch, keyHeads, groups, time, width).permute(0, 3, 1, 2, 4).reshape(batch, time, heads * width).MoveToOuterDisposeScope();
    }

    public void Dispose() => kept?.Dispose();

    private Tensor Fused(Tensor q_BTHD, Tensor k_BSKD, Tensor v_BSKD, Tensor? mask)
    {
        Tensor q = q_BTHD.transpose(1, 2), k = k_BSKD.transpose(1, 2), v = v_BSKD.transpose(1, 2);
        if (groups > 1) (k, v) = (k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1));
        if (mask is not null && mask.dtype != ScalarType.Bool) mask = mask.to(v.dtype);
        // Under autocast the rotated queries and keys are float32 while the values are not.
        return F.scaled_dot_product_attention(q.to(v.dtype), k.to(v.dtype), v, mask, causal && q.size(2) == k.size(2), is_grad_enabled() ? dropout : 0).transpose(1, 2);
    }

    private Tensor Composed(long batch, long start, long time, ForwardContext context, ScalarType dtype, Device device)
    {
        long length = start + time;
        Tensor query_T1 = arange(start, length, device: device).unsqueeze(1), key_S = arange(0, length, device: device);
        Tensor allowed = causal ? key_S.le(query_T1) : ones([time, length], ScalarType.Bool, device);
        if (window > 0) allowed = allowed.logical_and(query_T1.sub(window).lt(key_S));
        allowed = allowed.view(1, 1, time, length);
        if (context.Prefix_B is { } prefix_B) allowed = allowed.logical_or(key_S.lt(prefix_B.view(-1, 1, 1, 1)));
        if (context.Documents_BT is { } documents_BT)
        {
            Tensor ofKeys_BS = context.Cache?.Append(KeyValueCache.Documents, documents_BT) ?? documents_BT;
            allowed = allowed.logical_and(documents_BT.unsqueeze(2).eq(ofKeys_BS.unsqueeze(1)).unsqueeze(1));
        }
        if (isFused && slopes is null) return allowed;
        Tensor added = slopes is null
            ? zeros([1, 1, 1, 1], dtype, device)
            : key_S.sub(query_T1).to(dtype).mul(tensor<double>(slopes, [1, heads, 1, 1]).to(dtype).to(device));
        Tensor mask = where(allowed, added, full([], double.NegativeInfinity, dtype, device));
        if (isFused) return mask;
        if (mask.size(0) == 1 && mask.size(1) == 1) return mask.expand(1, groups, time, length).reshape(1, groups * time, length);
        return mask.expand(batch, heads, time, length).reshape(batch * keyHeads, groups * time, length);
    }
}
