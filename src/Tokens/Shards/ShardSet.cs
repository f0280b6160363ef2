using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens.Steps;

namespace DataPipeline.Tokens.Shards;

/// <summary>Token shards that a command line names: a run's, or single files, with the manifest beside them where there is one.</summary>
public sealed class ShardSet
{
    private ShardSet(IReadOnlyList<ShardFile> files, RunFolder? run)
    {
        Files = files;
        Run = run;
    }

    /// <summary>The shards in corpus order.</summary>
    public IReadOnlyList<ShardFile> Files { get; }

    /// <summary>The run they lie in, or null.</summary>
    public RunFolder? Run { get; }

    /// <summary>Paths of the shards.</summary>
    public IReadOnlyList<string> Paths => [.. Files.Select(file => file.Path)];

    /// <summary>The manifest that names all of the shards and no others, or null.</summary>
    public StepManifest? WholeManifest =>
        Files[0].Manifest is { } manifest && Files.All(file => file.Manifest?.Step == manifest.Step) && Files.Count == manifest.Files.Count ? manifest : null;

    /// <summary>Finds the shards.</summary>
    /// <param name="places">One folder of a run or of its step <c>tokens</c>, or shard files.</param>
    /// <exception cref="InputException">There are none.</exception>
    public static ShardSet Find(IReadOnlyList<string> places)
    {
        if (places is [var folder] && Directory.Exists(folder))
            return OfFolder(folder);
        if (places.FirstOrDefault(place => !File.Exists(place)) is { } missing)
            throw new InputException($"{missing}: neither the folder of a run nor a token shard");
        return new ShardSet([.. places.Select(OfFile)], RunOf(places[0]));
    }

    /// <summary>The run a file of a step lies in, or null.</summary>
    public static RunFolder? RunOf(string file)
    {
        string? step = Path.GetDirectoryName(Path.GetFullPath(file));
        return Path.GetDirectoryName(step) is { } folder && File.Exists(Path.Combine(step!, "manifest.json")) ? new RunFolder(folder) : null;
    }

    /// <summary>The tokenizer that made the shards: from their run, or the runs it started from.</summary>
    /// <param name="earlier">Runs to look in as well, the latest first.</param>
    /// <exception cref="InputException">No run at hand has it.</exception>
    public Tokenizer LoadTokenizer(IEnumerable<RunFolder> earlier)
    {
        using TokenShardReader reader = TokenShardReader.Open(Files[0].Path);
        IEnumerable<RunFolder> runs = Run is null ? earlier : earlier.Prepend(Run);
        foreach (RunFolder run in runs)
        {
            if ((run.Latest(ArtifactKind.Tokenizer) ?? run.Output("tokenizer")) is not { } artifact)
                continue;
            Tokenizer tokenizer = TokenizerArtifact.Load(artifact);
            if (tokenizer.Fingerprint == reader.Header.Fingerprint)
                return tokenizer;
        }
        throw new InputException($"{Files[0].Path}: the tokenizer {reader.Header.Fingerprint} that made it is in no run at hand: leave the shard in the folder of its run");
    }

    private static ShardSet OfFolder(string folder)
    {
        var run = new RunFolder(folder);
        Artifact? tokens = run.Latest(ArtifactKind.Tokens) ?? run.Output("tokens");
        if (tokens is null && ManifestJson.Read<StepManifest>(Path.Combine(folder, "manifest.json")) is { Files: not null, Makes: ArtifactKind.Tokens } manifest)
        {
            tokens = new Artifact(folder, manifest);
            run = new RunFolder(Path.GetDirectoryName(Path.GetFullPath(folder))!);
        }
        if (tokens is null || tokens.Manifest.Files.Count == 0)
            throw new InputException($"{folder}: no token shards: name the folder of a run whose step `tokens` is finished, or shard files");
        return new ShardSet([.. tokens.Files().Select(entry => new ShardFile(entry.Path, entry, tokens.Manifest))], run);
    }

    private static ShardFile OfFile(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        StepManifest? manifest = RunOf(path) is { } run ? run.Output(Path.GetFileName(folder))?.Manifest : null;
        return new ShardFile(path, manifest?.Files.FirstOrDefault(file => file.Path == Path.GetFileName(path)), manifest);
    }
}

/// <summary>A token shard on disk.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Entry">What its manifest says about it, or null.</param>
/// <param name="Manifest">The manifest beside it, or null.</param>
public sealed record ShardFile(string Path, FileEntry? Entry, StepManifest? Manifest);
