using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Ingest.Compression;
using DataPipeline.Ingest.Files;

namespace DataPipeline.Ingest.Tables;

/// <summary>A source whose records are JSON values: an object a line, or the elements of one array.</summary>
public abstract class JsonSource : FileSource
{
    /// <summary>Remembers patterns and limits.</summary>
    protected JsonSource(IReadOnlyList<string> files, int maxRecordBytes, double maxExpansion) : base(files, maxRecordBytes, maxExpansion)
    {
    }

    /// <inheritdoc/>
    public sealed override IEnumerable<RawRecord> Read(InputFile file, CancellationToken cancel = default)
    {
        using ByteFlow flow = Open(file, cancel);
        foreach (RawRecord record in new JsonRecords(flow, file.Path, MaxRecordBytes).Read())
        {
            cancel.ThrowIfCancellationRequested();
            yield return record;
        }
    }

    /// <inheritdoc/>
    public sealed override Verdict Parse(RawRecord record)
    {
        using JsonDocument? json = JsonText.Parse(record.Content, out string? problem);
        return json is null ? Verdict.Drop("bad_json", detail: problem) : Parse(record.Origin, json.RootElement);
    }

    /// <summary>The document of one JSON value.</summary>
    private protected abstract Verdict Parse(Origin origin, JsonElement json);
}
