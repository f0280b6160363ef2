using System.Text;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Ingest.Text;

namespace DataPipeline.Cli;

/// <summary>Labelled text in fastText's form, from such lines or from documents of JSON lines.</summary>
internal static class ClassifierText
{
    private const string Prefix = "__label__";

    /// <summary>Reads a file from its start, each time it is called.</summary>
    /// <exception cref="ConfigurationException">There is no such file; the standard input cannot be read again for each pass.</exception>
    public static Func<IEnumerable<ReadOnlyMemory<byte>>> Blocks(string path)
    {
        if (!File.Exists(path))
            throw new ConfigurationException($"--input {path}: no such file; labelled text is read several times, so it has to be a file");
        return TextLine.HoldsJson(path) ? () => LineBlock.Read(path).Select(Convert) : () => LineBlock.Read(path).Select(block => block.Bytes);
    }

    private static ReadOnlyMemory<byte> Convert(LineBlock block)
    {
        var lines = new StringBuilder();
        foreach (BlockLine line in new BlockLines(block, isJson: true))
        {
            (_, string text) = line.Document();
            foreach (string label in Labels(line.Bytes))
                lines.Append(Prefix).Append(label.Replace(' ', '-')).Append(' ');
            // What looks like a label or the end of a line inside a text is text.
            lines.Append(text.Replace('\n', ' ').Replace(Prefix, "__ label__", StringComparison.Ordinal).Replace("</s>", "< /s>", StringComparison.Ordinal)).Append('\n');
        }
        return Encoding.UTF8.GetBytes(lines.ToString());
    }

    private static string[] Labels(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 512 });
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        if (!document.RootElement.TryGetProperty("label", out JsonElement label))
            return [];
        return label.ValueKind == JsonValueKind.Array ? [.. label.EnumerateArray().Select(one => one.ToString())] : [label.ToString()];
    }
}
