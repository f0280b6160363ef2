using System.Text;
using System.Text.Json;
using DataPipeline.Core;

namespace DataPipeline.Cli;

/// <summary>A line of JSON with a text and perhaps an id.</summary>
internal static class TextLine
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 512 };

    /// <summary>True for a file whose lines are documents, compressed or not.</summary>
    public static bool HoldsJson(string path) =>
        path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) || Path.GetFileNameWithoutExtension(path).EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);

    /// <summary>The id as it stands in the JSON, null if there is none, and the text. Of a field that stands twice the last one counts.</summary>
    /// <exception cref="InputException">The line is no JSON object with a string "text".</exception>
    public static (string? Id, string Text) Read(ReadOnlySpan<byte> line, string file, long number)
    {
        string? id = null, text = null;
        try
        {
            var json = new Utf8JsonReader(line, Options);
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
                throw new InputException($"{file}: line {number} is no JSON object: write {{\"text\": ...}} on each line");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isId = json.ValueTextEquals("id"u8), isText = json.ValueTextEquals("text"u8);
                json.Read();
                if (isText)
                    text = json.TokenType == JsonTokenType.String ? json.GetString() : null;
                int start = (int)json.TokenStartIndex;
                json.Skip();
                if (isId)
                    id = Encoding.UTF8.GetString(line[start..(int)json.BytesConsumed]);
            }
            json.Read();
        }
        catch (JsonException broken)
        {
            throw new InputException($"{file}: line {number} is no JSON ({broken.Message.Split(" LineNumber")[0]} Byte {broken.BytePositionInLine} of the line): correct it", broken);
        }
        return (id, text ?? throw new InputException($"{file}: line {number} has no string \"text\": write {{\"text\": ...}} on each line"));
    }
}
