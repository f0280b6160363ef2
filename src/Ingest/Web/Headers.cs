using System.Text;

namespace DataPipeline.Ingest.Web;

/// <summary>Header lines of WARC and HTTP: <c>name: value</c>, folded lines joined, names in lower case, the first of repeated names
/// kept.</summary>
internal static class Headers
{
    private const int MaxFields = 1000;

    /// <summary>Reads header bytes as UTF-8 where they are, else as Latin-1; lines without a colon are passed over.</summary>
    public static Dictionary<string, string> Parse(ReadOnlySpan<byte> bytes, bool skipFirstLine)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        Encoding encoding = System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1;
        string? name = null;
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
                if (name is not null)
                    fields[name] = $"{fields[name]} {encoding.GetString(line.Trim(" \t"u8))}".Trim();
                continue;
            }
            int colon = line.IndexOf((byte)':');
            if (colon <= 0 || fields.Count >= MaxFields)
                continue;
            string key = encoding.GetString(line[..colon].TrimEnd(" \t"u8)).ToLowerInvariant();
            name = fields.TryAdd(key, encoding.GetString(line[(colon + 1)..].Trim(" \t"u8))) ? key : null;
        }
        return fields;
    }
}
