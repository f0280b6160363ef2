using System.Collections.Immutable;
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
    private readonly byte[] _text = Encoding.UTF8.GetBytes(textColumn), _id = Encoding.UTF8.GetBytes(idColumn);

    /// <summary>Columns of the metadata; null where a name may lead into a nested object.</summary>
    private readonly (byte[] Utf8, string Name)[]? _columns = (metadataColumns ?? []).Append(textColumn).Append(idColumn).Any(name => name.Contains('.')) ? null
        : [.. (metadataColumns ?? []).Distinct().Select(name => (Encoding.UTF8.GetBytes(name), name))];

    public override IReadOnlyList<InputFile> Files() => File.Exists(file) ? [new InputFile(file, new FileInfo(file).Length)]
        : throw new ConfigurationException($"{file}: there is no such file");

    public override IEnumerable<RawRecord> Read(InputFile input, CancellationToken cancel = default) => _lines.Read(input, cancel);

    public override Verdict Parse(RawRecord record) => Read(record) is { } document ? Verdict.Keep(document) : ParseAll(record);

    /// <summary>The document of any line: the scalar twin of <see cref="Read(RawRecord)"/>, which also says what is wrong with a line.</summary>
    internal Verdict ParseAll(RawRecord record)
    {
        Verdict verdict = _lines.Parse(record);
        Document? document = verdict.Document ?? (verdict.Reason == "empty_text" ? new Document(record.Origin, "") : null);
        return document is null ? verdict : Verdict.Keep(document.With(JsonLinesDedup.IdKey, Id(record.Content.Span) ?? Unnamed(record)));
    }

    /// <summary>The document of a usual line in one pass, without a tree of its values; null for a line that needs a closer look: broken, with a lone surrogate,
    /// without characters, without a text that is a string, or where a column lies in a nested object.</summary>
    internal Document? Read(RawRecord record)
    {
        if (_columns is null)
            return null;
        ReadOnlySpan<byte> line = record.Content.Span;
        string? text = null, id = null;
        bool hasId = false;
        ImmutableSortedDictionary<string, string> metadata = Document.NoMetadata;
        try
        {
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 512 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isText = reader.ValueTextEquals(_text), isId = reader.ValueTextEquals(_id);
                string? column = null;
                foreach ((byte[] name, string known) in _columns)
                    column = reader.ValueTextEquals(name) ? known : column;
                reader.Read();
                int start = (int)reader.TokenStartIndex;
                if (isText || column is not null)
                {
                    if (reader.TokenType != JsonTokenType.String)
                        return null;
                    string value = reader.GetString()!;
                    text = isText ? value : text;
                    metadata = column is null ? metadata : metadata.SetItem(column, value);
                }
                reader.Skip();
                // As in the other way, the first of several ids counts and the last of several texts.
                if (isId && !hasId)
                {
                    hasId = true;
                    id = reader.TokenType == JsonTokenType.Null ? null : Encoding.UTF8.GetString(line[start..(int)reader.BytesConsumed]);
                }
            }
            if (string.IsNullOrEmpty(text) || reader.Read())
                return null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The other way repairs it or says what is wrong.
            return null;
        }
        return new Document(record.Origin, text) { Metadata = metadata.SetItem(JsonLinesDedup.IdKey, id ?? Unnamed(record)) };
    }

    private static string Unnamed(RawRecord record) => JsonSerializer.Serialize($"{record.Origin.File}#{record.Origin.Record}");

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
