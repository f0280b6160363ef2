using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace DataPipeline.Ingest.Web;

/// <summary>Bytes to text: byte order mark, then what the transport says, then what the page says, then what the bytes look like.</summary>
/// <remarks>A label that the bytes contradict loses to valid UTF-8 with non-ASCII characters, which hardly ever happens by chance. Broken sequences
/// become U+FFFD.</remarks>
internal static class Charset
{
    private const int PrescanBytes = 4096;
    private const int DetectBytes = 1 << 16;

    static Charset() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>Decodes a page.</summary>
    /// <param name="bytes">The page.</param>
    /// <param name="label">Charset of the Content-Type header, if any.</param>
    /// <param name="name">Name of the encoding used, in lower case.</param>
    public static string Decode(ReadOnlySpan<byte> bytes, string? label, out string name)
    {
        Encoding encoding = Of(bytes, label, out int mark);
        name = encoding.WebName;
        return encoding.GetString(bytes[mark..]);
    }

    /// <summary>Decodes a page into memory of the shared pool.</summary>
    /// <param name="bytes">The page.</param>
    /// <param name="label">Charset of the Content-Type header, if any.</param>
    /// <param name="chars">The characters, from the first on; to be given back.</param>
    /// <param name="name">Name of the encoding used, in lower case.</param>
    /// <returns>How many characters there are.</returns>
    public static int Decode(ReadOnlySpan<byte> bytes, string? label, out char[] chars, out string name)
    {
        Encoding encoding = Of(bytes, label, out int mark);
        name = encoding.WebName;
        bytes = bytes[mark..];
        // No byte of UTF-8 gives more than one character.
        chars = ArrayPool<char>.Shared.Rent(encoding is UTF8Encoding ? bytes.Length : encoding.GetMaxCharCount(bytes.Length));
        return encoding.GetChars(bytes, chars);
    }

    private static Encoding Of(ReadOnlySpan<byte> bytes, string? label, out int mark)
    {
        if (FromMark(bytes, out mark) is { } marked)
            return marked;
        bool ascii = !bytes.ContainsAnyInRange((byte)0x80, (byte)0xff);
        Encoding? said = Named(label) ?? Named(MetaLabel(bytes[..Math.Min(bytes.Length, PrescanBytes)]));
        if (said is not null && said.CodePage is 1200 or 1201 && !LooksUtf16(bytes))
            said = null;
        bool escaped = said?.CodePage is 50220 or 50221 or 50222 or 52936;
        if (!escaped && (ascii || Utf8.IsValid(bytes)))
            return Encoding.UTF8;
        return said is null || said.CodePage == 65001 && !MostlyUtf8(bytes) ? Detect(bytes) : said;
    }

    /// <summary>Decodes text that says nothing about itself.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes, out string name) => Decode(bytes, null, out name);

    /// <summary>The encoding that a label means by the WHATWG table; null for unknown ones.</summary>
    public static Encoding? Named(string? label)
    {
        label = label?.Trim(' ', '\t', '"', '\'', ';').ToLowerInvariant();
        if (string.IsNullOrEmpty(label) || label.Length > 40)
            return null;
        string known = label switch
        {
            "utf8" or "utf-8" or "unicode-1-1-utf-8" => "utf-8",
            "iso-8859-1" or "iso8859-1" or "latin1" or "latin-1" or "ascii" or "us-ascii" or "cp1252" or "l1" or "cp819" => "windows-1252",
            "gb2312" or "gbk" or "gb_2312-80" or "x-gbk" or "chinese" or "cp936" or "gb18030" or "gb-2312" => "gb18030",
            "sjis" or "shift-jis" or "x-sjis" or "ms_kanji" or "windows-31j" or "shift_jis" or "cp932" => "shift_jis",
            "big5-hkscs" or "cn-big5" or "x-x-big5" or "big5" => "big5",
            "x-euc-jp" or "eucjp" or "euc-jp" => "euc-jp",
            "ks_c_5601-1987" or "euc-kr" or "euckr" or "ksc5601" or "korean" or "windows-949" => "ks_c_5601-1987",
            "iso-8859-9" or "latin5" or "windows-1254" => "windows-1254",
            "tis-620" or "iso-8859-11" or "windows-874" => "windows-874",
            "koi8-r" or "koi8" or "koi" => "koi8-r",
            "unicode" or "utf-16" or "utf-16le" => "utf-16",
            "cp1251" => "windows-1251",
            "cp1250" => "windows-1250",
            _ => label,
        };
        try
        {
            return Get(known);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // UTF-7 is refused by .NET, as it is by browsers.
            return null;
        }
    }

    // Code pages replace broken bytes by characters of their own (U+30FB in Japanese ones) unless told otherwise.
    private static Encoding Get(string name) => Encoding.GetEncoding(name, EncoderFallback.ReplacementFallback,
        new DecoderReplacementFallback("\ufffd"));

    private static Encoding? FromMark(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]))
        {
            length = 3;
            return Encoding.UTF8;
        }
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]))
        {
            length = 2;
            return Encoding.Unicode;
        }
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]))
        {
            length = 2;
            return Encoding.BigEndianUnicode;
        }
        return null;
    }

    /// <summary>The value behind <c>charset=</c> in a meta element, or <c>encoding=</c> in an XML declaration.</summary>
    private static string? MetaLabel(ReadOnlySpan<byte> head)
    {
        string text = Encoding.Latin1.GetString(head);
        int xml = text.StartsWith("<?xml", StringComparison.Ordinal) ? text.IndexOf("encoding", StringComparison.Ordinal) : -1;
        if (xml >= 0 && xml < text.IndexOf("?>", StringComparison.Ordinal))
            return Value(text, xml + 8);
        for (int from = 0; ;)
        {
            int meta = text.IndexOf("<meta", from, StringComparison.OrdinalIgnoreCase);
            if (meta < 0)
                return null;
            int close = text.IndexOf('>', meta);
            if (close < 0)
                close = text.Length;
            int charset = text.IndexOf("charset", meta, close - meta, StringComparison.OrdinalIgnoreCase);
            if (charset >= 0)
                return Value(text, charset + 7);
            from = close;
            if (from >= text.Length)
                return null;
        }
    }

    private static string? Value(string text, int at)
    {
        while (at < text.Length && text[at] is ' ' or '=' or '"' or '\'')
            at++;
        int end = at;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '-' or '_' or ':'))
            end++;
        return end > at ? text[at..end] : null;
    }

    private static bool LooksUtf16(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> head = bytes[..Math.Min(bytes.Length, 1024)];
        return head.Count((byte)0) > head.Length / 4;
    }

    private static bool MostlyUtf8(ReadOnlySpan<byte> bytes)
    {
        int good = 0, bad = 0;
        for (ReadOnlySpan<byte> rest = bytes[..Math.Min(bytes.Length, DetectBytes)]; !rest.IsEmpty;)
        {
            int skip = rest.IndexOfAnyInRange((byte)0x80, (byte)0xff);
            if (skip < 0)
                break;
            rest = rest[skip..];
            bool ok = Rune.DecodeFromUtf8(rest, out _, out int used) == System.Buffers.OperationStatus.Done;
            good += ok ? 1 : 0;
            bad += ok ? 0 : 1;
            rest = rest[used..];
        }
        return good >= 4 * bad;
    }

    /// <summary>Best of the common encodings by how much of the text they read as letters of their own script.</summary>
    private static Encoding Detect(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> sample = bytes[..Math.Min(bytes.Length, DetectBytes)];
        if (MostlyUtf8(sample))
            return Encoding.UTF8;
        Encoding best = Get("windows-1252");
        double bestScore = double.NegativeInfinity;
        foreach (string candidate in CharsetScore.Candidates)
        {
            Encoding encoding = Get(candidate);
            double score = CharsetScore.Of(encoding.GetString(sample), candidate);
            if (score > bestScore)
            {
                bestScore = score;
                best = encoding;
            }
        }
        return best;
    }
}
