using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Ingest.Text;
using DataPipeline.Runs;

namespace DataPipeline.Cli;

/// <summary>What became of a block of lines.</summary>
internal sealed record JudgedLines(ReadOnlyMemory<byte> Kept, ReadOnlyMemory<byte> Dropped, ReadOnlyMemory<byte> Found, DropSamples Samples, FilterSummary Counts);

/// <summary>Passes JSON lines through the filters of a recipe. Safe to use from several threads.</summary>
/// <remarks>A kept line has all fields that it came with, the text as the filters left it, and the facts that they found (<c>language</c>, ...). Fields that are
/// strings are metadata of the document: limits by language go by a field <c>language</c>.</remarks>
internal sealed class FilterLines(Recipe recipe)
{
    private const string Id = "id", Text = "text";
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 512 };
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public JudgedLines Judge(LineBlock block)
    {
        ArrayBufferWriter<byte> kept = new(1 << 14), dropped = new(1 << 10), found = new();
        var counts = new FilterSummary { Found = FoundCounts.Of(recipe.Stages.Select(stage => stage.Filter)) };
        var samples = new DropSamples();
        ReadOnlyMemory<byte> rest = block.Json();
        for (long number = block.FirstLine; !rest.IsEmpty; number++)
        {
            int length = rest.Span.IndexOf((byte)'\n');
            ReadOnlyMemory<byte> line = length < 0 ? rest : rest[..length];
            rest = length < 0 ? default : rest[(length + 1)..];
            if (line.Span.IndexOfAnyExcept(" \t\r"u8) >= 0)
                Judge(line, block.File, number, kept, dropped, found, samples, counts);
        }
        return new JudgedLines(kept.WrittenMemory, dropped.WrittenMemory, found.WrittenMemory, samples, counts);
    }

    private void Judge(ReadOnlyMemory<byte> line, string file, long number, ArrayBufferWriter<byte> kept, ArrayBufferWriter<byte> dropped, ArrayBufferWriter<byte> found,
        DropSamples samples, FilterSummary counts)
    {
        using JsonDocument json = Parse(line, file, number);
        JsonElement root = json.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(Text, out JsonElement text) || text.ValueKind != JsonValueKind.String)
            throw new InputException($"{file}: line {number} has no string \"text\": write {{\"id\": ..., \"text\": ...}} on each line");
        var document = new Document(new Origin(file, number - 1), text.GetString()!);
        foreach (JsonProperty field in root.EnumerateObject())
        {
            if (field.Value.ValueKind == JsonValueKind.String && field.Name is not (Id or Text))
                document = document.With(field.Name, field.Value.GetString()!);
        }
        (string stage, Verdict verdict, Document subject) = recipe.Judge(document);
        counts.Read++;
        if (verdict.Findings.Count > 0)
        {
            FoundCounts.Count(counts.Found!, verdict.Findings);
            FoundLines.Write(found, writer => WriteId(writer, root, document), verdict.IsKept, verdict.Findings);
        }
        using var writer = new Utf8JsonWriter(verdict.IsKept ? kept : dropped, Writing);
        writer.WriteStartObject();
        if (verdict.Document is { } left)
        {
            counts.Kept++;
            counts.Edited += left.Text == document.Text ? 0 : 1;
            WriteKept(writer, root, left);
        }
        else
        {
            counts.Drop(stage, verdict.Reason!);
            samples.Add(root.TryGetProperty(Id, out JsonElement id) ? id.ToString() : $"{file}#{document.Origin.Record}", stage, verdict, subject);
            WriteDropped(writer, root, document, stage, verdict);
        }
        writer.WriteEndObject();
        writer.Flush();
        (verdict.IsKept ? kept : dropped).Write("\n"u8);
    }

    private static void WriteKept(Utf8JsonWriter writer, JsonElement root, Document document)
    {
        foreach (JsonProperty field in root.EnumerateObject())
        {
            if (field.Name == Text)
                writer.WriteString(Text, document.Text);
            else if (field.Value.ValueKind == JsonValueKind.String && document.Metadata.TryGetValue(field.Name, out string? fact))
                writer.WriteString(field.Name, fact);
            else
                field.WriteTo(writer);
        }
        foreach ((string name, string fact) in document.Metadata)
        {
            if (!root.TryGetProperty(name, out _))
                writer.WriteString(name, fact);
        }
    }

    private static void WriteDropped(Utf8JsonWriter writer, JsonElement root, Document document, string stage, Verdict verdict)
    {
        writer.WritePropertyName(Id);
        WriteId(writer, root, document);
        writer.WriteString("stage", stage);
        writer.WriteString("reason", verdict.Reason);
        WriteNumber("measured", verdict.Measured);
        WriteNumber("limit", verdict.Limit);
        if (verdict.Detail is not null)
            writer.WriteString("detail", verdict.Detail);

        void WriteNumber(string name, double value)
        {
            if (double.IsFinite(value))
                writer.WriteNumber(name, value);
            else
                writer.WriteNull(name);
        }
    }

    private static void WriteId(Utf8JsonWriter writer, JsonElement root, Document document)
    {
        if (root.TryGetProperty(Id, out JsonElement id))
            id.WriteTo(writer);
        else
            writer.WriteStringValue($"{document.Origin.File}#{document.Origin.Record}");
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> line, string file, long number)
    {
        try
        {
            return JsonDocument.Parse(line, Reading);
        }
        catch (JsonException broken)
        {
            throw new InputException($"{file}: line {number} is no JSON ({broken.Message.Split(" LineNumber")[0]} Byte {broken.BytePositionInLine} of the line): correct it", broken);
        }
    }
}
