using System.Buffers.Text;
using System.Globalization;
using System.IO.Compression;

namespace DataPipeline.Ingest.Web;

/// <summary>An HTTP response as a crawler stored it: status, headers, and the body with transfer and content coding undone.</summary>
internal sealed class HttpResponse
{
    private HttpResponse(int status, Dictionary<string, string> headers, ReadOnlyMemory<byte> body, string? problem)
    {
        Status = status;
        Headers = headers;
        Body = body;
        Problem = problem;
    }

    /// <summary>Status code; 0 when the block has no status line.</summary>
    public int Status { get; }

    /// <summary>Headers by lower-case name.</summary>
    public Dictionary<string, string> Headers { get; }

    /// <summary>The decoded body.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Reason why the body cannot be read; null when it can.</summary>
    public string? Problem { get; }

    /// <summary>Reads a response. Crawlers often store decoded bodies under headers that still name the coding: such bodies are taken as they
    /// are.</summary>
    public static HttpResponse Parse(ReadOnlyMemory<byte> block, int maxBytes)
    {
        int status = StatusOf(block.Span);
        Dictionary<string, string> headers = HeadersOf(block.Span, status, out int bodyStart);
        ReadOnlyMemory<byte> body = Unchunked(headers, block[bodyStart..]);
        string? problem = null;
        foreach (string coding in headers.GetValueOrDefault("content-encoding", "").ToLowerInvariant().Split(',',
            StringSplitOptions.TrimEntries).Reverse())
            problem ??= Decode(coding, maxBytes, ref body);
        return new HttpResponse(status, headers, body, problem);
    }

    /// <summary>The body of a request or response as it stands in the block, and without chunks; its content coding is left on.</summary>
    public static (ReadOnlyMemory<byte> Stored, ReadOnlyMemory<byte> Unchunked) Bodies(ReadOnlyMemory<byte> block)
    {
        Dictionary<string, string> headers = HeadersOf(block.Span, StatusOf(block.Span), out int bodyStart);
        return (block[bodyStart..], Unchunked(headers, block[bodyStart..]));
    }

    /// <summary>Status and media type; nothing is decoded.</summary>
    public static (int Status, string MediaType) Facts(ReadOnlySpan<byte> block)
    {
        int status = StatusOf(block);
        return (status, WebPage.ContentType(HeadersOf(block, status, out _).GetValueOrDefault("content-type")).MediaType);
    }

    private static Dictionary<string, string> HeadersOf(ReadOnlySpan<byte> bytes, int status, out int bodyStart) =>
        Web.Headers.Parse(bytes[..HeaderEnd(bytes, out bodyStart)], skipFirstLine: status > 0);

    private static ReadOnlyMemory<byte> Unchunked(Dictionary<string, string> headers, ReadOnlyMemory<byte> body) =>
        headers.GetValueOrDefault("transfer-encoding", "").Contains("chunked", StringComparison.OrdinalIgnoreCase) ? Dechunk(body) : body;

    private static int StatusOf(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith("HTTP/"u8))
            return 0;
        int space = bytes.IndexOfAny((byte)' ', (byte)'\n');
        return space > 0 && Utf8Parser.TryParse(bytes[(space + 1)..], out int status, out _) ? status : 0;
    }

    private static int HeaderEnd(ReadOnlySpan<byte> bytes, out int bodyStart)
    {
        for (int from = 0; ;)
        {
            int line = bytes[from..].IndexOf((byte)'\n');
            if (line < 0)
                return bodyStart = bytes.Length;
            int next = from + line + 1;
            ReadOnlySpan<byte> rest = bytes[next..];
            if (rest.StartsWith("\n"u8) || rest.StartsWith("\r\n"u8))
            {
                bodyStart = next + (rest[0] == '\n' ? 1 : 2);
                return next;
            }
            from = next;
        }
    }

    /// <summary>Joins chunks; at the first thing that is no chunk the rest is taken as it stands, so a body stored without chunks passes
    /// unchanged.</summary>
    private static ReadOnlyMemory<byte> Dechunk(ReadOnlyMemory<byte> body)
    {
        var joined = new MemoryStream();
        ReadOnlySpan<byte> rest = body.Span;
        while (true)
        {
            int line = rest[..Math.Min(rest.Length, 4096)].IndexOf((byte)'\n');
            ReadOnlySpan<byte> size = line < 0 ? default : rest[..line].Trim(" \t\r"u8);
            int extension = size.IndexOf((byte)';');
            if (extension >= 0)
                size = size[..extension].TrimEnd(" \t"u8);
            if (!long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long length) || length < 0)
            {
                joined.Write(rest);
                break;
            }
            rest = rest[(line + 1)..];
            if (length == 0)
                break;
            int take = (int)Math.Min(length, rest.Length);
            joined.Write(rest[..take]);
            rest = rest[take..];
            rest = rest.StartsWith("\r\n"u8) ? rest[2..] : rest.StartsWith("\n"u8) ? rest[1..] : rest;
            if (rest.IsEmpty)
                break;
        }
        return joined.GetBuffer().AsMemory(0, (int)joined.Length);
    }

    private static string? Decode(string coding, int maxBytes, ref ReadOnlyMemory<byte> body)
    {
        ReadOnlySpan<byte> bytes = body.Span;
        bool isGzip = Compression.Gzip.Starts(bytes);
        Func<Stream, Stream>? open = coding switch
        {
            "gzip" or "x-gzip" => isGzip ? stream => new GZipStream(stream, CompressionMode.Decompress) : null,
            "deflate" when bytes.Length >= 2 && (bytes[0] & 15) == 8 && (bytes[0] * 256 + bytes[1]) % 31 == 0 => stream =>
                new ZLibStream(stream, CompressionMode.Decompress),
            "deflate" => stream => new DeflateStream(stream, CompressionMode.Decompress),
            "br" => stream => new BrotliStream(stream, CompressionMode.Decompress),
            "zstd" => Compression.Zstd.Starts(bytes) ? stream => new Compression.FlowStream(new Compression.ByteFlow(stream, double.MaxValue)) : null,
            _ => null,
        };
        if (open is null || LooksLikeMarkup(bytes))
            return null;
        var decoded = new MemoryStream();
        try
        {
            using Stream stream = open(new MemoryStream(bytes.ToArray(), false));
            byte[] buffer = new byte[1 << 16];
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                decoded.Write(buffer, 0, read);
                if (decoded.Length > maxBytes)
                    return "record_too_large";
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or InvalidOperationException)
        {
            if (decoded.Length == 0)
                return "bad_content_encoding";
        }
        body = decoded.GetBuffer().AsMemory(0, (int)decoded.Length);
        return null;
    }

    private static bool LooksLikeMarkup(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> head = bytes.TrimStart(" \t\r\n\u00EF\u00BB\u00BF"u8);
        return head.StartsWith("<"u8) && bytes[..Math.Min(bytes.Length, 256)].IndexOfAnyInRange((byte)0, (byte)8) < 0;
    }
}
