using System.Text;

namespace DataPipeline.Ingest.Web;

/// <summary>Header lines of WARC and HTTP: <c>name: value</c>, folded lines joined, names in lower case, the first of repeated names
/// kept but for X-Robots-Tag, of which all hold.</summary>
internal static class Headers
{
    private const int MaxFields = 1000;

    /// <summary>Reads header bytes as UTF-8 where they are, else as Latin-1; lines without a colon are passed over.</summary>
    public static Dictionary<string, string> Parse(ReadOnlySpan<byte> bytes, bool skipFirstLine)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in Fields(bytes, skipFirstLine))
        {
            if (name.Length > 0 && !fields.TryAdd(name, value) && name == "x-robots-tag")
                fields[name] += ", " + value;
        }
        return fields;
    }

    /// <summary>All fields in order, repeated ones too, at most 1000; a line that is no field has an empty name.</summary>
    public static List<(string Name, string Value)> Fields(ReadOnlySpan<byte> bytes, bool skipFirstLine)
    {
        var fields = new List<(string Name, string Value)>();
        Encoding encoding = System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1;
        foreach (Range range in bytes.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = bytes[range].TrimEnd(" \t\r"u8);
            if (skipFirstLine)
            {
                skipFirstLine = false;
                continue;
            }
            if (line.IsEmpty)
                continue;
            if (line[0] is (byte)' ' or (byte)'\t')
            {
                if (fields.Count > 0)
                    fields[^1] = (fields[^1].Name, $"{fields[^1].Value} {encoding.GetString(line.Trim(" \t"u8))}".Trim());
                continue;
            }
            if (fields.Count >= MaxFields)
                break;
            int colon = line.IndexOf((byte)':');
            fields.Add(colon <= 0 ? ("", encoding.GetString(line))
                : (encoding.GetString(line[..colon].TrimEnd(" \t"u8)).ToLowerInvariant(), encoding.GetString(line[(colon + 1)..].Trim(" \t"u8))));
        }
        return fields;
    }
}
