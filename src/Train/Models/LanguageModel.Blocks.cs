using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

public abstract partial class LanguageModel
{
    /// <summary>Blocks in a group whose activations are computed again in the backward pass and not kept (Chen 2016); 0 keeps all. Values and gradients are the same bits either way.</summary>
    public int CheckpointActivations { get; set; }

    /// <summary>Adapters behind the parts of each block, or null.</summary>
    internal Bottleneck? Bottleneck { get; set; }

    /// <summary>Number of blocks and width of what they add to the residual stream, for adapters; null where the blocks call for none.</summary>
    internal virtual (int Layers, int Width)? Residual => null;

    /// <summary>What attention gave, through the adapter behind it.</summary>
    private protected Tensor AfterAttention(int layer, Tensor y_BTC) => Bottleneck?.AfterAttention(layer, y_BTC) ?? y_BTC;

    /// <summary>What the feed-forward part gave, through the adapter behind it.</summary>
    private protected Tensor AfterFeedForward(int layer, Tensor y_BTC) => Bottleneck?.AfterFeedForward(layer, y_BTC) ?? y_BTC;

    /// <summary>One block of a model: the residual stream x [B, T, C] goes in and comes out.</summary>
    /// <param name="index">Number of the block.</param>
    /// <param name="x_BTC">The residual stream.</param>
    /// <param name="shared">The tensors given to <see cref="ThroughBlocks"/>, to be used in place of those.</param>
    /// <param name="context">What the pass is told; losses go into this one.</param>
    private protected delegate Tensor BlockFunction(int index, Tensor x_BTC, Tensor?[] shared, ForwardContext context);

    /// <summary>Passes the residual stream through the blocks, telling <see cref="ForwardContext.Layer"/> before the first and after each.</summary>
    /// <param name="count">Number of blocks.</param>
    /// <param name="x_BTC">The residual stream before the first block.</param>
    /// <param name="context">What the pass is told.</param>
    /// <param name="shared">Every tensor that all blocks compute with besides weights: masks, angles.</param>
    /// <param name="block">The computation of a block.</param>
    private protected Tensor ThroughBlocks(int count, Tensor x_BTC, ForwardContext context, Tensor?[] shared, BlockFunction block)
    {
        bool isRecomputed = CheckpointActivations > 0 && is_grad_enabled() && context is { Cache: null, Layer: null };
        if (isRecomputed)
        {
            for (int from = 0; from < count; from += CheckpointActivations)
                x_BTC = Recomputed(from, Math.Min(count, from + CheckpointActivations), x_BTC, context, shared, block);
            return x_BTC;
        }
        context.Layer?.Invoke(x_BTC);
        for (int i = 0; i < count; i++)
        {
            x_BTC = block(i, x_BTC, shared, context);
            context.Layer?.Invoke(x_BTC);
        }
        return x_BTC;
    }

    private static Tensor Recomputed(int from, int to, Tensor x_BTC, ForwardContext context, Tensor?[] shared, BlockFunction block)
    {
        string[] names = [];
        Tensor[] outputs = utils.checkpoint(inputs =>
        {
            // The losses of these blocks are outputs of the group: the second call must not add them to the pass again.
            ForwardContext own = context.WithoutLosses();
            Tensor x = inputs[0]!;
            for (int i = from; i < to; i++) x = block(i, x, inputs[1..], own);
            names = [.. own.Losses.Select(loss => loss.Name)];
            return [x, .. own.Losses.Select(loss => loss.Value)];
        }, [x_BTC, .. shared]);
        for (int i = 0; i < names.Length; i++) context.Losses.Add((names[i], outputs[i + 1]));
        return outputs[0];
    }
}
