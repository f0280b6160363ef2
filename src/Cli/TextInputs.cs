using DataPipeline.Core;
using DataPipeline.Ingest.Tables;
using DataPipeline.Ingest.Text;
using DataPipeline.Runs;

namespace DataPipeline.Cli;

/// <summary>Texts of files and runs for verbs that work without a pipeline file. A file is JSON lines (.jsonl, .json), Parquet, or plain text, compressed or not; a run gives
/// its documents. <c>name=path</c> names the source of a file; else it is named after the file.</summary>
internal sealed class TextInputs
{
    private readonly List<(string Source, Source? Reader, InputFile File)> _files = [];
    private readonly SortedDictionary<string, long> _sizes = new(StringComparer.Ordinal);
    private readonly string _column;

    public TextInputs(IEnumerable<string> places, string column)
    {
        _column = column;
        foreach (string place in places)
            Add(place);
    }

    /// <summary>Bytes of the files to be read.</summary>
    public long TotalBytes => _files.Sum(file => file.File.Bytes);

    /// <summary>Size of each source: characters in a run, bytes as stored in files.</summary>
    public IReadOnlyDictionary<string, long> Sizes => _sizes;

    /// <summary>Records that hold no text.</summary>
    public long Skipped { get; private set; }

    /// <summary>All documents in the order of the files.</summary>
    /// <param name="advance">Told the bytes of each file that is done.</param>
    /// <param name="cancel">Ends the reading.</param>
    public IEnumerable<Document> Read(Action<long>? advance = null, CancellationToken cancel = default)
    {
        foreach ((string source, Source? reader, InputFile file) in _files)
        {
            long told = 0;
            foreach (Document document in reader is null ? DocumentShard.Read(file.Path) : Records(source, reader, file, cancel))
            {
                yield return document;
                // How far a compressed or Parquet file is read is not known: its bytes count when it is done.
                long offset = Math.Clamp(document.Origin.Offset, 0, file.Bytes);
                if (reader is not null && offset - told > 1 << 20)
                {
                    advance?.Invoke(offset - told);
                    told = offset;
                }
            }
            advance?.Invoke(file.Bytes - told);
        }
    }

    private IEnumerable<Document> Records(string source, Source reader, InputFile file, CancellationToken cancel)
    {
        foreach (RawRecord record in reader.Read(file, cancel))
        {
            if (record.Problem is { } problem)
                throw new InputException($"{file.Path}: {problem}: {record.Detail}");
            Verdict parsed = reader.Parse(record);
            if (parsed.Document is { } document)
                yield return document with { Source = source };
            else
                Skipped++;
        }
    }

    private void Add(string place)
    {
        if (Directory.Exists(place) && File.Exists(new RunFolder(place).PipelinePath))
        {
            AddRun(new RunFolder(place));
            return;
        }
        int equals = place.IndexOf('=');
        string? name = equals > 0 && !File.Exists(place) ? place[..equals] : null;
        string path = name is null ? place : place[(equals + 1)..];
        foreach (InputFile file in new TextSource([path]).Files())
        {
            string own = name ?? Path.GetFileName(file.Path).Split('.')[0];
            _files.Add((own, ReaderOf(file.Path), file));
            _sizes[own] = _sizes.GetValueOrDefault(own) + file.Bytes;
        }
    }

    private void AddRun(RunFolder run)
    {
        IReadOnlyList<Artifact> documents = run.Documents;
        if (documents.Count == 0)
            throw new InputException($"{run.Path}: the run has no finished step with documents; run it again to continue");
        foreach (Artifact artifact in documents)
        {
            foreach ((string source, SourceCounts counts) in artifact.Manifest.Sources)
                _sizes[source] = _sizes.GetValueOrDefault(source) + counts.Characters;
            foreach (FileEntry file in artifact.Files())
                _files.Add(("", null, new InputFile(file.Path, file.Bytes)));
        }
    }

    private Source ReaderOf(string path)
    {
        string name = Path.GetFileName(path);
        if (name.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase))
            return new ParquetSource([path], _column, metadataColumns: ["language"]);
        return name.Contains(".json", StringComparison.OrdinalIgnoreCase) ? new JsonlSource([path], _column, metadataColumns: ["language"]) : new TextSource([path], entries: ["*"]);
    }
}
