using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using DataPipeline.Ingest.Files;

namespace DataPipeline.Ingest.Remote;

/// <summary>A file to fetch.</summary>
/// <param name="Url">Its address as it was given, http, https or s3.</param>
/// <param name="Name">Where it goes, relative to the output folder.</param>
/// <param name="Checksums">What its bytes have to hash to, as a list says.</param>
/// <param name="Bytes">Its size, where a list or a listing says it.</param>
public sealed record FetchItem(string Url, string Name, IReadOnlyList<Checksum> Checksums, long? Bytes = null);

/// <summary>A file that was fetched whole.</summary>
/// <param name="Name">Relative to the output folder.</param>
/// <param name="Url">Its address as it was given.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
/// <param name="Etag">As the server gave it.</param>
/// <param name="LastModified">When the server says it was changed, as it wrote it.</param>
/// <param name="Verified">Checksums of the list or the server that it was held against.</param>
public sealed record FetchedFile(string Name, string Url, long Bytes, string Sha256, string? Etag, string? LastModified, IReadOnlyList<string> Verified);

/// <summary>A web archive of pages that were fetched.</summary>
/// <param name="Name">Relative to the output folder.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
/// <param name="Pages">The addresses in it, as they were given, in the order of their records.</param>
public sealed record PageArchive(string Name, long Bytes, string Sha256, IReadOnlyList<string> Pages);

/// <summary>A file that could not be fetched.</summary>
/// <param name="Url">Its address as it was given.</param>
/// <param name="Reason">snake_case.</param>
/// <param name="Detail">A sentence for people.</param>
public sealed record FailedFile(string Url, string Reason, string Detail);

/// <summary>fetch.json: what was fetched into a folder, by all runs together, in ordinal order of the names, and what failed in the last. It holds no time of ours.</summary>
public sealed record FetchManifest(string Version, IReadOnlyList<FetchedFile> Files, IReadOnlyList<PageArchive>? Archives, IReadOnlyList<FailedFile> Failed)
{
    /// <summary>Its name in the output folder.</summary>
    public const string FileName = "fetch.json";
}

/// <summary>What is finished in an output folder: fetch.json of earlier runs, and a line for each file since, so that nothing is lost however the program ends.</summary>
/// <remarks>Writing fetch.json anew for each file would be quadratic in their number. A torn last line is no line. The folder may be somebody else's: entries whose names lead out of it do not count,
/// since files that are not what fetch.json says are removed.</remarks>
internal sealed partial class FetchLedger : IDisposable
{
    /// <summary>Folder of what is not finished, in the output folder; it goes when all is.</summary>
    public const string WorkFolder = ".fetch";

    private const string Journal = "finished.jsonl";

    private static readonly JsonSerializerOptions Line = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private static readonly JsonSerializerOptions Indented = new(Line) { WriteIndented = true };

    private readonly Lock _lock = new();
    private readonly string _folder;
    private readonly Dictionary<string, FetchedFile> _files = new(StringComparer.Ordinal);
    private readonly FileStream _journal;
    private readonly List<PageArchive> _archives = [];

    /// <summary>Reads what earlier runs left.</summary>
    public FetchLedger(string folder)
    {
        _folder = folder;
        string work = Path.Combine(folder, WorkFolder), journal = Path.Combine(work, Journal);
        Directory.CreateDirectory(work);
        FetchManifest? earlier = Read<FetchManifest>(Path.Combine(folder, FetchManifest.FileName));
        _archives.AddRange((earlier?.Archives ?? []).Where(archive => archive is { Pages: not null } && ArchiveName().IsMatch(archive.Name ?? "")));
        foreach (FetchedFile file in (earlier?.Files ?? []).Concat(File.Exists(journal) ? File.ReadLines(journal).Select(ReadLine).OfType<FetchedFile>() : []))
        {
            if (file is { Url: not null, Name: not null } && Archive.IsSafe(file.Name))
                _files[file.Url] = file;
        }
        _journal = new FileStream(journal, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        _journal.Position = _journal.Length;
        // Behind a torn line a new one begins.
        if (_journal.Length > 0)
            _journal.WriteByte((byte)'\n');
    }

    /// <summary>All that is finished.</summary>
    public IReadOnlyCollection<FetchedFile> Files => _files.Values;

    /// <summary>All archives of pages; only one thread may change them.</summary>
    public IList<PageArchive> Archives => _archives;

    /// <summary>The file of an address, or null.</summary>
    public FetchedFile? Find(string url)
    {
        lock (_lock)
            return _files.GetValueOrDefault(url);
    }

    /// <summary>Remembers a file, on the disk too.</summary>
    public void Add(FetchedFile file)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(file, Line), (byte)'\n'];
        lock (_lock)
        {
            _files[file.Url] = file;
            _journal.Write(line);
            _journal.Flush(flushToDisk: true);
        }
    }

    /// <summary>Forgets a file, which is to be fetched again.</summary>
    public void Remove(string url)
    {
        lock (_lock)
            _files.Remove(url);
    }

    /// <summary>Writes fetch.json: all of it or none.</summary>
    public void Save(string version, IReadOnlyList<FailedFile> failed) => Write(Path.Combine(_folder, FetchManifest.FileName),
        new FetchManifest(version, [.. _files.Values.OrderBy(file => file.Name, StringComparer.Ordinal)], _archives.Count == 0 ? null : _archives, failed));

    /// <summary>Writes fetch.json and removes what only an unfinished fetch needs.</summary>
    public void Finish(string version, IReadOnlyList<FailedFile> failed)
    {
        Save(version, failed);
        Dispose();
        string work = Path.Combine(_folder, WorkFolder);
        File.Delete(Path.Combine(work, Journal));
        if (!Directory.EnumerateFileSystemEntries(work).Any())
            Directory.Delete(work);
    }

    public void Dispose() => _journal.Dispose();

    /// <summary>Reads what <see cref="Write"/> wrote; null when there is no such file, or it holds something else.</summary>
    public static T? Read<T>(string path) where T : class
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Line) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes under another name, flushes to the disk, renames.</summary>
    public static void Write<T>(string path, T value)
    {
        using (FileStream file = File.Create(path + ".tmp"))
        {
            JsonSerializer.Serialize(file, value, Indented);
            file.WriteByte((byte)'\n');
            file.Flush(flushToDisk: true);
        }
        File.Move(path + ".tmp", path, overwrite: true);
    }

    /// <summary>What <c>--as warc</c> calls its files.</summary>
    [GeneratedRegex("^pages-[0-9]{5,9}\\.warc\\.gz$")]
    private static partial Regex ArchiveName();

    private static FetchedFile? ReadLine(string line)
    {
        try
        {
            return line.Length == 0 ? null : JsonSerializer.Deserialize<FetchedFile>(line, Line);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
