using DataPipeline.Core;

namespace DataPipeline.Runs;

/// <summary>The folder of a run: a folder a step with its manifest.json, the pipeline as it was run, a catalog and the run's manifest.</summary>
public sealed class RunFolder(string path)
{
    /// <summary>The folder.</summary>
    public string Path { get; } = path;

    /// <summary>The catalog of this run.</summary>
    public string CatalogPath => System.IO.Path.Combine(Path, "catalog.db");

    /// <summary>The manifest of the whole run.</summary>
    public string ManifestPath => System.IO.Path.Combine(Path, "manifest.json");

    /// <summary>A copy of the pipeline file that made this run.</summary>
    public string PipelinePath => System.IO.Path.Combine(Path, "pipeline.yaml");

    /// <summary>The folder of a step.</summary>
    public string StepFolder(string step) => System.IO.Path.Combine(Path, step);

    /// <summary>What <c>${name}</c> stood for.</summary>
    public string VariablesPath => System.IO.Path.Combine(Path, "variables.json");

    /// <summary>The manifest of the run, or null when it has not ended well yet.</summary>
    public RunManifest? Manifest => ManifestJson.Read<RunManifest>(ManifestPath);

    /// <summary>The output of a step, or null when the step is not finished.</summary>
    public Artifact? Output(string step) =>
        ManifestJson.Read<StepManifest>(System.IO.Path.Combine(StepFolder(step), "manifest.json")) is { } manifest
            ? new Artifact(StepFolder(step), manifest) : null;

    /// <summary>The outputs of all finished steps in their order.</summary>
    public IReadOnlyList<Artifact> Outputs => [.. (Manifest?.Steps ?? []).Select(Output).OfType<Artifact>()];

    /// <summary>The last output of a kind, or null.</summary>
    public Artifact? Latest(ArtifactKind kind) => Outputs.LastOrDefault(output => output.Manifest.Makes == kind);

    /// <summary>The outputs that hold its documents at the end of the data side: the deduplicated corpus, or what each source gave.</summary>
    public IReadOnlyList<Artifact> Documents =>
        Latest(ArtifactKind.Documents) is { } whole ? [whole] : [.. Outputs.Where(output => output.Manifest.Makes == ArtifactKind.Ingested)];
}

/// <summary>The files of a finished step.</summary>
/// <param name="Folder">Where they are.</param>
/// <param name="Manifest">What they are.</param>
public sealed record Artifact(string Folder, StepManifest Manifest)
{
    /// <summary>Full path of one of its files.</summary>
    public string PathOf(FileEntry file) => Path.Combine(Folder, file.Path);

    /// <summary>Its files of a role, with paths that open; the main output has the empty role.</summary>
    public IReadOnlyList<FileEntry> Files(string role = "") =>
        [.. Manifest.Files.Where(file => file.Role == role).Select(file => file with { Path = PathOf(file) })];

    /// <summary>Refuses files whose bytes are no longer those of the manifest.</summary>
    /// <exception cref="InputException">A file is missing, shorter or changed.</exception>
    public void Verify()
    {
        foreach (FileEntry file in Manifest.Files)
        {
            var found = new FileInfo(PathOf(file));
            if (!found.Exists || found.Length != file.Bytes || FileEntry.Digest(found.FullName) != file.Sha256)
                throw new InputException($"{found.FullName} is not the file its manifest.json describes; delete the folder {Folder} and run again to make it anew");
        }
    }
}

/// <summary>The manifest.json of a finished run.</summary>
/// <param name="Name">Name in the pipeline file.</param>
/// <param name="Version">Version of the program.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Variables">What <c>${name}</c> stood for.</param>
/// <param name="Steps">Names of the steps in their order.</param>
/// <param name="Files">Every output file with its checksum, path relative to the run's folder.</param>
public sealed record RunManifest(
    string Name, string Version, ulong Seed, IReadOnlyDictionary<string, string> Variables, IReadOnlyList<string> Steps, IReadOnlyList<FileEntry> Files);
