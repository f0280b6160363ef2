using DataPipeline.Ingest.Compression;

namespace DataPipeline.Ingest.Web;

/// <summary>Records of WARC (0.17 to 1.1; ISO 28500): a line <c>WARC/1.0</c>, fields, an empty line, the content, two line ends.</summary>
internal sealed class WarcReader(ByteFlow flow, string file, int maxRecordBytes, long firstNumber = 0) : ArchiveReader(flow, file, maxRecordBytes, firstNumber)
{
    protected override string Format => "warc";

    protected override int LongestStart => 16;

    // The standard allows "warc/1.0", and some writers use it.
    protected override bool? Starts(ReadOnlySpan<byte> bytes) => bytes.Length < 5 ? null : System.Text.Ascii.EqualsIgnoreCase(bytes[..5], "WARC/"u8);

    protected override Dictionary<string, string> Fields(ReadOnlySpan<byte> header) => Headers.Parse(header, skipFirstLine: true);

    protected override bool IsEnd(ReadOnlySpan<byte> after) => after.StartsWith("\r\n\r\n"u8);

    protected override int HeaderLength(ReadOnlySpan<byte> bytes, ref int from)
    {
        while (true)
        {
            int line = bytes[from..].IndexOf((byte)'\n');
            if (line < 0)
                return -1;
            int next = from + line + 1;
            if (bytes.Length > next && bytes[next] == '\n')
                return next + 1;
            if (bytes.Length > next + 1 && bytes[next] == '\r' && bytes[next + 1] == '\n')
                return next + 2;
            if (bytes.Length <= next + 1)
                return -1;
            from = next;
        }
    }

    /// <summary>Index of a line <c>WARC/digit.digit</c>; -1 if there is none.</summary>
    protected override int NextRecord(ReadOnlySpan<byte> bytes, bool atStart)
    {
        for (int from = 0; ;)
        {
            ReadOnlySpan<byte> rest = bytes[from..];
            int at = rest.IndexOf("WARC/"u8), lower = rest.IndexOf("warc/"u8);
            if (at < 0 && lower < 0)
                return -1;
            at = from + (at < 0 || lower >= 0 && lower < at ? lower : at);
            if (bytes.Length < at + 8)
                return -1;
            bool lineStart = at == 0 ? atStart : bytes[at - 1] == '\n';
            if (lineStart && char.IsAsciiDigit((char)bytes[at + 5]) && bytes[at + 6] == '.' && char.IsAsciiDigit((char)bytes[at + 7]))
                return at;
            from = at + 5;
        }
    }
}
