namespace DataPipeline.Bench;

/// <summary>A page of results: a few contests and facts about one part of the system. A subclass is found by itself; its <see cref="Name"/> is what <c>bench NAME</c> takes.</summary>
internal abstract class Benchmark
{
    /// <summary>Short name, also that of the page under docs/benchmarks.</summary>
    public abstract string Name { get; }

    /// <summary>What is measured and what the peers are, for the head of the page.</summary>
    public abstract string Summary { get; }

    /// <summary>Runs everything and gives the sections of the page, in Markdown, as they come.</summary>
    public abstract IEnumerable<Section> Run(BenchSettings settings);
}

/// <summary>A part of a page.</summary>
/// <param name="Markdown">Its text.</param>
/// <param name="Missed">Targets in it that were not reached.</param>
internal sealed record Section(string Markdown, int Missed = 0)
{
    public static Section Of(ContestResult result) => new(result.Markdown(), result.Missed);
}

/// <summary>How to measure.</summary>
/// <param name="Corpora">Where texts come from.</param>
/// <param name="Rounds">Timed runs of each side.</param>
/// <param name="Scratch">A folder for files made on the way; deleted at the end.</param>
/// <param name="Quick">Small inputs and one round: does everything still run?</param>
internal sealed record BenchSettings(Corpora Corpora, int Rounds, string Scratch, bool Quick);
