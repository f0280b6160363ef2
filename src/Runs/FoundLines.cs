using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using DataPipeline.Core;

namespace DataPipeline.Runs;

/// <summary>The list of what stages looked for and met, a JSON line for each finding; docs/formats.md describes it.</summary>
public static class FoundLines
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the findings of one document.</summary>
    /// <param name="output">Takes the lines.</param>
    /// <param name="id">Writes the document's id.</param>
    /// <param name="isKept">Whether the document went on.</param>
    /// <param name="findings">What was met.</param>
    public static void Write(IBufferWriter<byte> output, Action<Utf8JsonWriter> id, bool isKept, IReadOnlyList<Finding> findings)
    {
        foreach (Finding finding in findings)
        {
            using (var writer = new Utf8JsonWriter(output, Writing))
            {
                writer.WriteStartObject();
                writer.WritePropertyName("id");
                id(writer);
                writer.WriteBoolean("kept", isKept);
                writer.WriteNumber("position", finding.Position);
                writer.WriteString("text", finding.Text);
                writer.WriteStartArray("items");
                foreach (WantedThing thing in finding.Things)
                    writer.WriteStringValue(thing.ToString());
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            output.Write("\n"u8);
        }
    }
}
