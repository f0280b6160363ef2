using System.Text.Encodings.Web;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tokens.Export;

/// <summary>A document a line: <c>{"id": ..., "source": ..., "tokens": [...], "file": ..., "record": ..., "language": ...}</c>.</summary>
internal sealed class JsonLinesWriter(string path) : TokenFileWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private FileStream? _file;
    private long _documents, _tokens;

    public override void Add(TokenDocument document)
    {
        _file ??= Open(path + ".jsonl");
        using (var json = new Utf8JsonWriter(_file, Options))
        {
            json.WriteStartObject();
            json.WriteString("id", document.Id);
            json.WriteString("source", document.Source);
            json.WriteStartArray("tokens");
            foreach (int token in document.Tokens.Span)
                json.WriteNumberValue(token);
            json.WriteEndArray();
            json.WriteString("file", document.File);
            json.WriteNumber("record", document.Record);
            json.WriteString("language", document.Language);
            json.WriteEndObject();
        }
        _file.WriteByte((byte)'\n');
        _documents++;
        _tokens += document.Tokens.Length;
    }

    protected override void Close()
    {
        _file ??= Open(path + ".jsonl");
        Note(path + ".jsonl", _documents, _tokens);
    }
}

/// <summary>Reads what <see cref="JsonLinesWriter"/> wrote; only <c>tokens</c> must be there.</summary>
internal static class JsonLinesReader
{
    public static IEnumerable<TokenDocument> Read(string path, string source)
    {
        long record = 0;
        foreach (string line in File.ReadLines(path))
        {
            TokenDocument document;
            try
            {
                using JsonDocument json = JsonDocument.Parse(line);
                JsonElement row = json.RootElement;
                int[] tokens = [.. row.GetProperty("tokens").EnumerateArray().Select(token => token.GetInt32())];
                string own = Text(row, "source", source), file = Text(row, "file", Path.GetFileName(path));
                long number = row.TryGetProperty("record", out JsonElement given) ? given.GetInt64() : record;
                document = new TokenDocument(Text(row, "id", $"{own}:{file}#{number}"), own, tokens, file, number, Text(row, "language", ""));
            }
            catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new InputException($"{path}: line {record + 1} is no document with a list of whole numbers `tokens`: {error.Message}", error);
            }
            yield return document;
            record++;
        }
    }

    private static string Text(JsonElement row, string name, string otherwise) => row.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? otherwise : otherwise;
}
