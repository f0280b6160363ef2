using System.Globalization;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Ingest.Files;
using DataPipeline.Parquet;

namespace DataPipeline.Ingest.Tables;

/// <summary>Parquet tables; one column is the text, others go to the metadata.</summary>
/// <param name="files">Paths or patterns of the files.</param>
/// <param name="textColumn">Column that holds the text, a string.</param>
/// <param name="idColumn">Column kept in the metadata as <c>id</c>; left out if it is not there.</param>
/// <param name="metadataColumns">Further columns to keep, under their own names.</param>
/// <param name="maxRecordBytes">Largest text, in bytes of UTF-8.</param>
[Stage("parquet")]
public sealed class ParquetSource(
    IReadOnlyList<string> files,
    string textColumn = "text",
    string? idColumn = "id",
    IReadOnlyList<string>? metadataColumns = null,
    [System.ComponentModel.DataAnnotations.Range(1024, 1 << 30)] int maxRecordBytes = FileSource.DefaultMaxRecordBytes)
        : FileSource(files, maxRecordBytes, DefaultMaxExpansion)
{
    private readonly IReadOnlyList<string> _metadata = metadataColumns ?? [];

    /// <inheritdoc/>
    public override IEnumerable<RawRecord> Read(InputFile file, CancellationToken cancel = default)
    {
        long number = 0;
        string? problem = null;
        ParquetReader? reader = null;
        IEnumerator<IReadOnlyDictionary<string, object?>>? rows = null;
        try
        {
            while (true)
            {
                IReadOnlyDictionary<string, object?>? row = null;
                try
                {
                    reader ??= ParquetReader.Open(file.Path);
                    rows ??= reader.ReadRows(Columns(reader)).GetEnumerator();
                    row = rows.MoveNext() ? rows.Current : null;
                }
                catch (InputException e)
                {
                    problem = e.Message;
                }
                if (row is null)
                    break;
                cancel.ThrowIfCancellationRequested();
                yield return Record(new Origin(file.Path, number++), row);
            }
        }
        finally
        {
            rows?.Dispose();
            reader?.Dispose();
        }
        if (problem is not null)
            yield return RawRecord.Unreadable(new Origin(file.Path, number), "corrupt_parquet", problem);
    }

    /// <inheritdoc/>
    public override Verdict Parse(RawRecord record)
    {
        if (!record.Fields.ContainsKey(""))
            return Verdict.Drop("missing_column", detail: $"no string in column '{textColumn}'");
        string text = WellFormed.Text(Encoding.UTF8.GetString(record.Content.Span));
        if (text.Length == 0)
            return Verdict.Drop("empty_text", measured: 0, limit: 1);
        var document = new Document(record.Origin, text);
        foreach ((string key, string value) in record.Fields.Where(field => field.Key.Length > 0))
            document = document.With(key, WellFormed.Text(value));
        return Verdict.Keep(document);
    }

    private string[] Columns(ParquetReader reader) =>
        [.. _metadata.Append(textColumn).Append(idColumn ?? textColumn).Distinct(StringComparer.Ordinal).Where(column =>
            reader.Schema.Find(column) is not null)];

    /// <summary>The text as content, the rest as fields; the empty field name says that there was a text.</summary>
    private RawRecord Record(Origin origin, IReadOnlyDictionary<string, object?> row)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        byte[] content = [];
        if (row.GetValueOrDefault(textColumn) is string text)
        {
            content = Encoding.UTF8.GetBytes(text);
            fields[""] = "";
        }
        if (content.Length > MaxRecordBytes)
            return RawRecord.Unreadable(origin, "record_too_large",
                $"{content.Length} bytes, the limit is {MaxRecordBytes}: raise max_record_bytes to keep it");
        if (idColumn is not null && row.GetValueOrDefault(idColumn) is { } id)
            fields["id"] = Convert.ToString(id, CultureInfo.InvariantCulture) ?? "";
        foreach (string column in _metadata)
        {
            if (row.GetValueOrDefault(column) is { } value)
                fields[column] = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        }
        return new RawRecord(origin, content, fields);
    }
}
