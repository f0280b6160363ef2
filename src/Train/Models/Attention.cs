using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>
/// Causal self-attention (Vaswani 2017) with grouped queries (Ainslie 2023). The G query heads that share a key head are laid one below
/// the other, so that each key head is one matrix product of [G*T, D] by [D, T] and keys are never repeated in memory. The mask is made once
/// for all layers, and the causal one is kept from step to step.
/// </summary>
/// <param name="heads">Query heads H.</param>
/// <param name="keyHeads">Key and value heads K; K divides H, and key head j serves query heads j*H/K to (j+1)*H/K - 1.</param>
internal sealed class Attention(long heads, long keyHeads) : IDisposable
{
    private readonly long groups = heads / keyHeads;
    private Tensor? causal;

    /// <summary>What the queries of a batch may look at, for <see cref="Attend"/> in every layer.</summary>
    /// <param name="tokens_BT">The batch; its shape and device count.</param>
    /// <param name="documents_BT">Document numbers, or null to look at everything before.</param>
    /// <param name="dtype">Type of the model.</param>
    /// <returns>Numbers added to the scores, or for fused attention what may be looked at; null is causal.</returns>
    internal Tensor? Mask(Tensor tokens_BT, Tensor? documents_BT, ScalarType dtype)
    {
        long batch = tokens_BT.size(0), time = tokens_BT.size(1);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        if (F.HasFusedAttention)
        {
            if (documents_BT is null) return null;
            Tensor same = documents_BT.unsqueeze(2).eq(documents_BT.unsqueeze(1));
            return same.logical_and(ones([time, time], ScalarType.Bool, tokens_BT.device).tril()).unsqueeze(1).MoveToOuterDisposeScope();
        }
        Tensor causal_GTT = Causal(time, dtype, tokens_BT.device);
        if (documents_BT is null) return causal_GTT.view(1, groups * time, time).MoveToOuterDisposeScope();
        Tensor other = documents_BT.unsqueeze(2).eq(documents_BT.unsqueeze(1)).logical_not().view(batch, 1, 1, time, time);
        Tensor mask = causal_GTT.view(1, 1, groups, time, time).expand(batch, 1, groups, time, time).masked_fill(other, double.NegativeInfinity);
        return mask.expand(batch, keyHeads, groups, time, time).reshape(batch * keyHeads, groups * time, time).MoveToOuterDisposeScope();
    }

    /// <summary>Attends: queries [B, T, H, D], keys and values [B, T, K, D] to [B, T, H*D].</summary>
    internal Tensor Attend(Tensor q_BTHD, Tensor k_BTKD, Tensor v_BTKD, Tensor? mask)
    {
        long batch = q_BTHD.size(0), time = q_BTHD.size(1), width = q_BTHD.size(3);
        using var scope = NewDisposeScope();
        if (F.HasFusedAttention) return Fused(q_BTHD, k_BTKD, v_BTKD, mask).reshape(batch, time, heads * width).MoveToOuterDisposeScope();
        Tensor q = q_BTHD.view(batch, time, keyHeads, groups, width).permute(0, 2, 3, 1, 4).reshape(batch * keyHeads, groups * time, width);
        Tensor k = k_BTKD.permute(0, 2, 3, 1).reshape(batch * keyHeads, width, time);
        Tensor v = v_BTKD.permute(0, 2, 1, 3).reshape(batch * keyHeads, time, width);
        Tensor scores = baddbmm(mask!, q, k, beta: 1, alpha: 1 / Math.Sqrt(width));
        Tensor mixed = bmm(F.softmax(scores, -1), v);
        return mixed.view(batch, keyHeads, groups, time, width).permute(0, 3, 1, 2, 4).reshape(batch, time, heads * width).MoveToOuterDisposeScope();
    }

    public void Dispose() => causal?.Dispose();

    private Tensor Fused(Tensor q_BTHD, Tensor k_BTKD, Tensor v_BTKD, Tensor? mask)
    {
        Tensor q = q_BTHD.transpose(1, 2), k = k_BTKD.transpose(1, 2), v = v_BTKD.transpose(1, 2);
        if (groups > 1) (k, v) = (k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1));
        // Under autocast the rotated queries and keys are float32 while the values are not.
        return F.scaled_dot_product_attention(q.to(v.dtype), k.to(v.dtype), v, mask).transpose(1, 2);
    }

    // [G, T, T]: 0 where a query may look, minus infinity above the diagonal. One length is kept: training has one, and sampling's are cheap.
    private Tensor Causal(long time, ScalarType dtype, Device device)
    {
        if (causal is not null && causal.size(1) == time) return causal;
        causal?.Dispose();
        causal = full([1, time, time], double.NegativeInfinity, dtype, device).triu(1).expand(groups, time, time).contiguous().DetachFromDisposeScope();
        return causal;
    }
}
