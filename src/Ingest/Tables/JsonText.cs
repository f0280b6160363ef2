using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace DataPipeline.Ingest.Tables;

/// <summary>Parses records that may hold broken UTF-8 or lone surrogate escapes: both become U+FFFD, so that no string of the result throws when
/// read.</summary>
internal static class JsonText
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 512, AllowTrailingCommas = false,
        CommentHandling = JsonCommentHandling.Disallow };

    /// <summary>The record as a document tree; null with the parser's words when it is no JSON.</summary>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> content, out string? problem)
    {
        try
        {
            problem = null;
            return JsonDocument.Parse(Clean(content), Options);
        }
        catch (JsonException e)
        {
            problem = e.Message;
            return null;
        }
    }

    /// <summary>The same bytes where they are sound; else a repaired copy.</summary>
    public static ReadOnlyMemory<byte> Clean(ReadOnlyMemory<byte> content)
    {
        if (!Utf8.IsValid(content.Span))
            content = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(content.Span));
        byte[]? copy = null;
        for (int at = 0; ;)
        {
            int next = content.Span[at..].IndexOf("\\"u8);
            if (next < 0)
                return copy ?? content;
            at += next;
            int unit = Unit(content.Span, at);
            if (unit < 0)
            {
                at = Math.Min(content.Length, at + 2);
                continue;
            }
            bool high = unit is >= 0xd800 and <= 0xdbff, low = unit is >= 0xdc00 and <= 0xdfff;
            if (high && Unit(content.Span, at + 6) is >= 0xdc00 and <= 0xdfff)
            {
                at += 12;
                continue;
            }
            if (high || low)
            {
                copy ??= content.ToArray();
                "\\ufffd"u8.CopyTo(copy.AsSpan(at));
            }
            at += 6;
        }
    }

    private static int Unit(ReadOnlySpan<byte> bytes, int at)
    {
        if (at + 6 > bytes.Length || bytes[at] != '\\' || bytes[at + 1] != 'u')
            return -1;
        int value = 0;
        foreach (byte digit in bytes.Slice(at + 2, 4))
        {
            if (!char.IsAsciiHexDigit((char)digit))
                return -1;
            value = value * 16 + (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }
        return value;
    }
}
