namespace DataPipeline.Bench;

/// <summary>One side of a contest. Each runs in a process of its own, so that no side pays for another's memory, caches or compilation.</summary>
/// <remarks>A subclass is found by its name: <c>bench --side NAME ARGUMENTS</c> prepares it and runs it once for each line it reads.</remarks>
internal abstract class Side
{
    /// <summary>Reads inputs and builds tables; not timed.</summary>
    public abstract void Prepare(string[] arguments);

    /// <summary>Does the work once; timed.</summary>
    public abstract Outcome Run();
}

/// <summary>What one timed run gave.</summary>
/// <param name="Digest">A digest of the result, which has to be the same on all sides of a contest; null where results are not comparable byte by byte.</param>
/// <param name="Figures">Further figures by name, such as <c>file bytes</c> or <c>tokens</c>.</param>
internal sealed record Outcome(string? Digest = null, IReadOnlyDictionary<string, double>? Figures = null);
