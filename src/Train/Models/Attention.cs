using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>
/// Causal self-attention (Vaswani 2017) with grouped queries (Ainslie 2023). The G query heads that share a key head are laid one below
/// the other, so that each key head is one matrix product of [G*T, D] by [D, T] and keys are never repeated in memory.
/// Masks are kept from step to step: making one costs as much as applying it.
/// </summary>
internal sealed class Attention : IDisposable
{
    private readonly Dictionary<(long Time, long Groups), Tensor> masks = [];

    /// <summary>Attends.</summary>
    /// <param name="q_BTHD">Queries.</param>
    /// <param name="k_BTKD">Keys; K divides H, and key head j serves query heads j*H/K to (j+1)*H/K - 1.</param>
    /// <param name="v_BTKD">Values.</param>
    /// <param name="documents_BT">Document numbers, or null.</param>
    /// <returns>[B, T, H*D].</returns>
    internal Tensor Attend(Tensor q_BTHD, Tensor k_BTKD, Tensor v_BTKD, Tensor? documents_BT)
    {
        long batch = q_BTHD.size(0), time = q_BTHD.size(1), heads = q_BTHD.size(2), width = q_BTHD.size(3), keyHeads = k_BTKD.size(2), groups = heads / keyHeads;
        using var scope = NewDisposeScope();
        if (F.HasFusedAttention) return Fused(q_BTHD, k_BTKD, v_BTKD, documents_BT, groups).reshape(batch, time, heads * width).MoveToOuterDisposeScope();

        Tensor q = q_BTHD.view(batch, time, keyHeads, groups, width).permute(0, 2, 3, 1, 4).reshape(batch * keyHeads, groups * time, width);
        Tensor k = k_BTKD.permute(0, 2, 3, 1).reshape(batch * keyHeads, width, time);
        Tensor v = v_BTKD.permute(0, 2, 1, 3).reshape(batch * keyHeads, time, width);
        Tensor causal = Mask(time, groups, q.dtype, q.device);
        Tensor mask = documents_BT is null
            ? causal.expand(batch * keyHeads, groups * time, time)
            : WithinDocuments(causal, documents_BT, batch, keyHeads, groups, time);
        Tensor scores = baddbmm(mask, q, k, beta: 1, alpha: 1 / Math.Sqrt(width));
        Tensor mixed = bmm(F.softmax(scores, -1), v);
        return mixed.view(batch, keyHeads, groups, time, width).permute(0, 3, 1, 2, 4).reshape(batch, time, heads * width).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (Tensor mask in masks.Values) mask.Dispose();
        masks.Clear();
    }

    private static Tensor Fused(Tensor q_BTHD, Tensor k_BTKD, Tensor v_BTKD, Tensor? documents_BT, long groups)
    {
        Tensor q = q_BTHD.transpose(1, 2), k = k_BTKD.transpose(1, 2), v = v_BTKD.transpose(1, 2);
        if (groups > 1) (k, v) = (k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1));
        Tensor? mask = null;
        if (documents_BT is not null)
        {
            long time = q.size(2);
            Tensor same = documents_BT.unsqueeze(2).eq(documents_BT.unsqueeze(1));
            mask = same.logical_and(ones([time, time], ScalarType.Bool, q.device).tril()).unsqueeze(1);
        }
        // Under autocast the rotated queries and keys are float32 while the values are not.
        return F.scaled_dot_product_attention(q.to(v.dtype), k.to(v.dtype), v, mask).transpose(1, 2);
    }

    // [1, groups*time, time]: 0 where a query may look, minus infinity elsewhere.
    private Tensor Mask(long time, long groups, ScalarType dtype, Device device)
    {
        if (masks.TryGetValue((time, groups), out Tensor? mask) && mask.dtype == dtype) return mask;
        mask?.Dispose();
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Tensor one = full([1, 1, time, time], double.NegativeInfinity, dtype, device).triu(1);
        mask = one.expand(1, groups, time, time).reshape(1, groups * time, time).contiguous().DetachFromDisposeScope();
        masks[(time, groups)] = mask;
        return mask;
    }

    private static Tensor WithinDocuments(Tensor causal, Tensor documents_BT, long batch, long keyHeads, long groups, long time)
    {
        Tensor other = documents_BT.unsqueeze(2).eq(documents_BT.unsqueeze(1)).logical_not().view(batch, 1, 1, time, time);
        Tensor mask = causal.view(1, 1, groups, time, time).expand(batch, 1, groups, time, time).masked_fill(other, double.NegativeInfinity);
        return mask.expand(batch, keyHeads, groups, time, time).reshape(batch * keyHeads, groups * time, time);
    }
}
