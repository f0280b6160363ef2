using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace DataPipeline.Ingest.Web;

/// <summary>Writes records of WARC 1.1 (ISO 28500:2017), a gzip member each, so that a reader may begin at any of them.</summary>
internal static class WarcWriter
{
    /// <summary>A record as a gzip member.</summary>
    /// <param name="type">Such as <c>response</c>.</param>
    /// <param name="date">When its content was captured.</param>
    /// <param name="contentType">Of the block.</param>
    /// <param name="block">The content.</param>
    /// <param name="fields">More fields, in their order.</param>
    /// <returns>The record's id and its bytes. The id is made of the content, so equal records have equal bytes.</returns>
    public static (string Id, byte[] Member) Record(string type, DateTimeOffset date, string contentType, ReadOnlySpan<byte> block, IReadOnlyList<(string Name, string Value)> fields)
    {
        string when = date.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), digest = Digest(block);
        string about = string.Concat(fields.Select(field => $"{field.Name}: {field.Value}\r\n"));
        string id = Id($"{type}\n{when}\n{about}\n{digest}");
        string header = $"WARC/1.1\r\nWARC-Type: {type}\r\nWARC-Record-ID: {id}\r\nWARC-Date: {when}\r\n{about}WARC-Block-Digest: {digest}\r\nContent-Type: {contentType}\r\nContent-Length: {block.Length}\r\n\r\n";
        var member = new MemoryStream();
        using (var gzip = new GZipStream(member, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(header));
            gzip.Write(block);
            gzip.Write("\r\n\r\n"u8);
        }
        return (id, member.ToArray());
    }

    /// <summary>SHA-1 in base 32, the form that nearly all archives have.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "what tools for web archives read; nothing is proven by it")]
    public static string Digest(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(bytes, hash);
        return "sha1:" + RecordDigest.ToBase32(hash);
    }

    // A UUID of version 8: what is in it is the writer's affair (RFC 9562).
    private static string Id(string text)
    {
        Span<byte> bytes = SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return $"<urn:uuid:{new Guid(bytes, bigEndian: true)}>";
    }
}
