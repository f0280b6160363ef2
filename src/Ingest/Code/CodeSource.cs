using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Ingest.Files;
using DataPipeline.Ingest.Web;

namespace DataPipeline.Ingest.Code;

/// <summary>Source code as files or packed projects (.tar.gz, .tgz, .tar.xz, .zip): one document a file, with <c>path</c>, <c>code_language</c>,
/// <c>repository</c> and the <c>license</c> that the project's licence file names.</summary>
/// <param name="files">Paths or patterns of archives and source files; a folder means all files below it.</param>
/// <param name="includeExtensions">Only these extensions, without the dot; empty for all known languages.</param>
/// <param name="excludeExtensions">Not these extensions, without the dot.</param>
/// <param name="maxRecordBytes">Largest file, in bytes.</param>
/// <param name="maxExpansion">Largest growth of a compressed archive, decompressed bytes for one stored byte.</param>
[Stage("code")]
public sealed class CodeSource(
    IReadOnlyList<string> files,
    IReadOnlyList<string>? includeExtensions = null,
    IReadOnlyList<string>? excludeExtensions = null,
    [Range(1024, 1 << 30)] int maxRecordBytes = FileSource.DefaultMaxRecordBytes,
    [Range(1.0, 1e9)] double maxExpansion = FileSource.DefaultMaxExpansion) : FileSource(files, maxRecordBytes, maxExpansion)
{
    private static readonly string[] ArchiveEndings = [".gz", ".tgz", ".xz", ".txz", ".zst", ".bz2", ".zip", ".tar"];
    private static readonly string[] ArchiveNames = [".zip", ".tar", ".tgz", ".txz", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2"];
    private readonly HashSet<string> _include = [.. (includeExtensions ?? []).Select(Plain)];
    private readonly HashSet<string> _exclude = [.. (excludeExtensions ?? []).Select(Plain)];

    /// <inheritdoc/>
    public override IEnumerable<RawRecord> Read(InputFile file, CancellationToken cancel = default)
    {
        var archive = new Archive(file, MaxRecordBytes, MaxExpansion, cancel);
        string? license = null;
        bool packed = false;
        // The licence may stand anywhere in the archive, so it is looked for first.
        foreach (Entry entry in archive.Read(Licenses.IsFile))
        {
            cancel.ThrowIfCancellationRequested();
            packed |= entry.Path != file.Path;
            if (entry.Problem is null && packed)
                license ??= Licenses.Detect(entry.Content.Span);
            if (!packed)
                break;
        }
        string? repository = packed ? Repository(file.Path) : null;
        if (!packed)
            (repository, license) = Licenses.Above(file.Path);
        long number = 0;
        foreach (Entry entry in archive.Read(IsWanted))
        {
            cancel.ThrowIfCancellationRequested();
            var fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["path"] = entry.Name };
            if (repository is not null)
                fields["repository"] = repository;
            if (license is not null)
                fields["license"] = license;
            yield return entry.ToRecord(number++, fields);
        }
    }

    /// <inheritdoc/>
    public override Verdict Parse(RawRecord record)
    {
        string path = record.Fields["path"];
        if (!record.Fields.ContainsKey("repository") && ArchiveNames.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
            return Verdict.Drop("not_an_archive", detail: $"{path}: the bytes are neither zip nor tar");
        if (CodeLanguages.Of(path) is not { } language)
            return Verdict.Drop("unknown_language", detail: path);
        if (Binary.Is(record.Content.Span))
            return Verdict.Drop("binary_file", detail: path);
        string text = WellFormed.Text(Charset.Decode(record.Content.Span, out _)).ReplaceLineEndings("\n");
        if (string.IsNullOrWhiteSpace(text))
            return Verdict.Drop("empty_text", measured: 0, limit: 1);
        Document document = new Document(record.Origin, text).With("code_language", language);
        foreach ((string key, string value) in record.Fields)
            document = document.With(key, WellFormed.Text(value));
        return Verdict.Keep(document);
    }

    private bool IsWanted(string path)
    {
        string extension = Plain(Path.GetExtension(path));
        return (_include.Count == 0 || _include.Contains(extension)) && !_exclude.Contains(extension);
    }

    private static string Plain(string extension) => extension.TrimStart('.').ToLowerInvariant();

    private static string Repository(string path)
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        for (string? ending = ""; ending is not null; name = name[..^ending.Length])
        {
            ending = ArchiveEndings.FirstOrDefault(known => name.Length > known.Length && name.EndsWith(known, StringComparison.OrdinalIgnoreCase));
            if (ending is null)
                break;
        }
        return name;
    }
}
