using System.Text;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Dedup;
using DataPipeline.Ingest.Tables;

namespace DataPipeline.Cli;

/// <summary>A file of JSON lines as <c>datapipeline dedup</c> reads it: an empty text is a document too, and the id stays as it stands in the JSON.</summary>
/// <param name="file">Path of the file, plain or compressed.</param>
/// <param name="textColumn">Column that holds the text.</param>
/// <param name="idColumn">Column that holds the id; a line without it is called by file and number.</param>
/// <param name="metadataColumns">Columns that rules look at (url, date, score).</param>
[Stage("json_lines_input")]
internal sealed class JsonLinesInput(string file, string textColumn = "text", string idColumn = "id", IReadOnlyList<string>? metadataColumns = null) : Source
{
    private readonly JsonlSource _lines = new([file], textColumn, null, metadataColumns);

    public override IReadOnlyList<InputFile> Files() => File.Exists(file) ? [new InputFile(file, new FileInfo(file).Length)]
        : throw new ConfigurationException($"{file}: there is no such file");

    public override IEnumerable<RawRecord> Read(InputFile input, CancellationToken cancel = default) => _lines.Read(input, cancel);

    public override Verdict Parse(RawRecord record)
    {
        Verdict verdict = _lines.Parse(record);
        Document? document = verdict.Document ?? (verdict.Reason == "empty_text" ? new Document(record.Origin, "") : null);
        return document is null ? verdict
            : Verdict.Keep(document.With(JsonLinesDedup.IdKey, Id(record.Content.Span) ?? JsonSerializer.Serialize($"{record.Origin.File}#{record.Origin.Record}")));
    }

    /// <summary>The line of a record with another text; everything else stays byte for byte.</summary>
    public byte[] WithText(RawRecord record, string text)
    {
        ReadOnlySpan<byte> line = record.Content.Span;
        (int start, int end) = Value(line, textColumn) ?? throw new InputException($"{record.Origin.File}, record {record.Origin.Record}: the text is gone; the file was changed while it was read");
        return [.. line[..start], .. JsonSerializer.SerializeToUtf8Bytes(text, Relaxed), .. line[end..]];
    }

    /// <summary>The id as JSON; null when there is none or it is null.</summary>
    private string? Id(ReadOnlySpan<byte> line) =>
        Value(line, idColumn) is { } id && !line[id.Start..id.End].SequenceEqual("null"u8) ? Encoding.UTF8.GetString(line[id.Start..id.End]) : null;

    /// <summary>Where the value of a column stands in a line; <c>a.b</c> names a field of a nested object.</summary>
    private static (int Start, int End)? Value(ReadOnlySpan<byte> line, string column)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 512 });
        reader.Read();
        (int, int)? nested = null;
        int dot = column.IndexOf('.');
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool found = reader.ValueTextEquals(column), outer = dot > 0 && reader.ValueTextEquals(column.AsSpan(0, dot));
            reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            int end = (int)reader.BytesConsumed;
            if (found)
                return (start, end);
            if (outer && line[start] == '{' && Value(line[start..end], column[(dot + 1)..]) is { } inner)
                nested = (start + inner.Start, start + inner.End);
        }
        return nested;
    }

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
