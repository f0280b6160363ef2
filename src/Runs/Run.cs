using DataPipeline.Core;

namespace DataPipeline.Runs;

/// <summary>Settings that change speed and place, never content.</summary>
/// <param name="Threads">Worker threads.</param>
/// <param name="Batch">Documents a worker takes at a time.</param>
public sealed record RunOptions(int Threads, int Batch);

/// <summary>A run in progress: the steps finished so far and what they made.</summary>
public sealed class Run(PipelineFile file, RunFolder folder, IReadOnlyList<RunFolder> from, RunOptions options)
{
    private readonly List<Artifact> _made = [];

    /// <summary>The pipeline file.</summary>
    public PipelineFile File { get; } = file;

    /// <summary>Where the outputs go.</summary>
    public RunFolder Folder { get; } = folder;

    /// <summary>Earlier runs it starts from.</summary>
    public IReadOnlyList<RunFolder> From { get; } = from;

    /// <summary>Settings that change speed and place.</summary>
    public RunOptions Options { get; } = options;

    /// <summary>The seed all chance of the run comes from.</summary>
    public Seed Seed => new(File.Head.Seed);

    /// <summary>What has been made so far, in the order of the steps.</summary>
    public IReadOnlyList<Artifact> Made => _made;

    /// <summary>The artifacts that hold the corpus as it stands now: what the last step made of it, or what every source gave behind the documents of earlier runs.</summary>
    public IReadOnlyList<Artifact> Corpus =>
        _made.LastOrDefault(made => made.Manifest.Makes == ArtifactKind.Documents) is { } whole
            ? [whole]
            : [.. From.SelectMany(run => run.Documents), .. _made.Where(made => made.Manifest.Makes == ArtifactKind.Ingested)];

    /// <summary>The document shards of the corpus in corpus order.</summary>
    public IReadOnlyList<FileEntry> Documents => [.. Corpus.SelectMany(artifact => artifact.Files())];

    /// <summary>The latest artifact of a kind: made in this run, else by the earlier runs.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public Artifact Latest(ArtifactKind kind) => Find(kind)
        ?? throw new InputException($"no {kind.ToString().ToLowerInvariant()} to start from: add the section that makes it, or name a finished run under `from:`");

    /// <summary>The latest artifact of a kind, or null.</summary>
    public Artifact? Find(ArtifactKind kind) =>
        _made.LastOrDefault(made => made.Manifest.Makes == kind) ?? From.Reverse().Select(run => run.Latest(kind)).FirstOrDefault(found => found is not null);

    /// <summary>The output of a named step of this run.</summary>
    public Artifact Output(string step) => _made.First(made => made.Manifest.Step == step);

    internal void Add(Artifact made) => _made.Add(made);
}
