namespace DataPipeline.Train;

/// <summary>Where training batches come from, in a fixed order that can be resumed.</summary>
public abstract class BatchSource
{
    /// <summary>The next batch; a source of training data never ends. Whoever takes it disposes it.</summary>
    public abstract Batch Next();

    /// <summary>Names what the last batches were made of, for the message of a step that diverges; empty where that is not known.</summary>
    public virtual string Origin(int batches) => "";

    /// <summary>The position after the last batch given, for a checkpoint.</summary>
    public abstract byte[] SavePosition();

    /// <summary>Goes to a position of <see cref="SavePosition"/>.</summary>
    public abstract void RestorePosition(byte[] position);
}
