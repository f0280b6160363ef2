using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>Rows of T inputs and T targets for one backward pass.</summary>
public abstract record Batch : IDisposable
{
    /// <summary>Number of rows.</summary>
    public abstract int Rows { get; init; }

    /// <summary>Number of the source that each row is from, for losses by source.</summary>
    public abstract int[] Sources { get; init; }

    /// <summary>Number of ids to be predicted.</summary>
    public abstract int Targets { get; }

    /// <summary>The batch as tensors on the device of a model; they are gone with the batch or the scope.</summary>
    internal abstract BatchTensors ToTensors(LanguageModel model);

    /// <summary>Frees what the batch holds outside of managed memory.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>A batch on a device.</summary>
/// <param name="Inputs_BT">Ids.</param>
/// <param name="Targets_BT">The ids to predict; <see cref="Loss.Ignored"/> at padding.</param>
/// <param name="Documents_BT">Number of the document each input is from; null attends across.</param>
/// <param name="Positions_BT">Place of each input in its document; null counts along the row.</param>
internal readonly record struct BatchTensors(Tensor Inputs_BT, Tensor Targets_BT, Tensor? Documents_BT, Tensor? Positions_BT)
{
    internal ForwardContext Context => new(Documents_BT, Positions_BT);
}
