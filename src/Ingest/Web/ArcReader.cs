using System.Net;
using System.Text;
using DataPipeline.Ingest.Compression;

namespace DataPipeline.Ingest.Web;

/// <summary>Records of ARC, version 1 and 2 (Internet Archive 1996): one line of URL, IP address, date, media type and length, then the content.</summary>
/// <remarks>The line has no mark of its own: it is known by an address and a date of digits between a URL and a length. A URL may hold spaces.</remarks>
internal sealed class ArcReader(ByteFlow flow, string file, int maxRecordBytes, long firstNumber = 0) : ArchiveReader(flow, file, maxRecordBytes, firstNumber)
{
    private const int LongestLine = 1 << 14, ShortestDate = 12;

    protected override string Format => "arc";

    protected override int LongestStart => LongestLine;

    /// <summary>True when the first record describes an ARC file.</summary>
    public static bool Begins(ByteFlow flow) => flow.Ensure(9) && flow.Buffered.StartsWith("filedesc:"u8);

    protected override bool? Starts(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)'\n');
        return end < 0 && bytes.Length < LongestLine ? null : end >= 0 && Line.Find(bytes[..end]) is not null;
    }

    protected override int NextRecord(ReadOnlySpan<byte> bytes, bool atStart)
    {
        for (int start = 0; ;)
        {
            int end = bytes[start..].IndexOf((byte)'\n');
            if (end < 0)
                return -1;
            if ((start > 0 || atStart) && end <= LongestLine && Line.Find(bytes.Slice(start, end)) is not null)
                return start;
            start += end + 1;
        }
    }

    protected override int HeaderLength(ReadOnlySpan<byte> bytes, ref int from) => bytes.IndexOf((byte)'\n') is var end and >= 0 ? end + 1 : -1;

    // The one line end behind a content is no mark: it stands in contents too.
    protected override bool IsEnd(ReadOnlySpan<byte> after) => false;

    protected override Dictionary<string, string> Fields(ReadOnlySpan<byte> header)
    {
        Line line = Line.Find(header.TrimEnd("\r\n"u8))!.Value;
        var fields = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["warc-type"] = line.Url.StartsWith("filedesc:", StringComparison.Ordinal) ? "warcinfo" : "response",
            ["warc-target-uri"] = line.Url,
            ["warc-date"] = Iso(line.Date),
            ["content-length"] = line.Length,
            // What a web server sent stands in an ARC file as it came, under the media type of the page.
            ["content-type"] = line.Url.StartsWith("http", StringComparison.OrdinalIgnoreCase) ? "application/http; msgtype=response" : line.MediaType,
        };
        if (line.Address != "-")
            fields["warc-ip-address"] = line.Address;
        return fields;
    }

    /// <summary>The date as ISO 8601 where it has the digits for it, else as it stands.</summary>
    private static string Iso(string date) => date.Length == 14 ? $"{date[..4]}-{date[4..6]}-{date[6..8]}T{date[8..10]}:{date[10..12]}:{date[12..]}Z" : date;

    private readonly record struct Line(string Url, string Address, string Date, string MediaType, string Length)
    {
        /// <summary>The parts of a header line; null when it is none.</summary>
        public static Line? Find(ReadOnlySpan<byte> line)
        {
            if (line.IndexOf((byte)':') is not (> 0 and < 32) || line.Length > LongestLine)
                return null;
            string[] words = Encoding.Latin1.GetString(line).TrimEnd('\r').Split(' ');
            // From the right, since spaces stand in URLs: version 1 has two words behind the date, version 2 has seven.
            for (int date = words.Length - 2; date >= 2; date--)
            {
                if (words[date].Length >= ShortestDate && words[date].All(char.IsAsciiDigit) && IsAddress(words[date - 1]))
                {
                    string mediaType = words.Length - date == 8 ? words[date + 1] : string.Join(' ', words[(date + 1)..^1]);
                    return new Line(string.Join(' ', words[..(date - 1)]), words[date - 1], words[date], mediaType, words[^1]);
                }
            }
            return null;
        }

        private static bool IsAddress(string word) => word == "-" || IPAddress.TryParse(word, out _);
    }
}
