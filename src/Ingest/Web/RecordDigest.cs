using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using DataPipeline.Core;

namespace DataPipeline.Ingest.Web;

/// <summary>Digests as WARC writes them: <c>sha1:</c>, <c>md5:</c>, <c>sha256:</c>, ... before base 32, hexadecimal or base 64, told apart by their length.</summary>
internal static class RecordDigest
{
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>Which digest of a record is wrong; null when none is, or none can be checked.</summary>
    /// <remarks>The payload of a response is its HTTP body. Writers disagree on whether chunks belong to it: either is right. A revisit names the payload of
    /// another record, and a segment that of all segments together: these are not checked.</remarks>
    public static (string Reason, string Detail)? Problem(RawRecord record)
    {
        ReadOnlySpan<byte> block = record.Content.Span;
        if (record.Fields.GetValueOrDefault("warc-block-digest") is { } blockDigest && Matches(blockDigest, block) == false)
            return ("block_digest_mismatch", $"the block does not have the digest {blockDigest}");
        string type = record.Fields.GetValueOrDefault("warc-type", "").ToLowerInvariant();
        if (type is "revisit" or "continuation" || record.Fields.ContainsKey("warc-segment-number")
            || record.Fields.GetValueOrDefault("warc-payload-digest") is not { } payloadDigest)
            return null;
        bool isHttp = WebPage.ContentType(record.Fields.GetValueOrDefault("content-type")).MediaType == "application/http";
        bool? matches = isHttp
            ? HttpResponse.Bodies(record.Content) is var (stored, unchunked) && Matches(payloadDigest, stored.Span) is { } right ? right || Matches(payloadDigest, unchunked.Span) == true : null
            : Matches(payloadDigest, block);
        return matches == false ? ("payload_digest_mismatch", $"the payload does not have the digest {payloadDigest}") : null;
    }

    /// <summary>True when the bytes have this digest, false when they have another or the field is no digest, null when its algorithm is not known here.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "what web archives hold; nothing is kept secret or proven by it")]
    [SuppressMessage("Security", "CA5351", Justification = "what web archives hold; nothing is kept secret or proven by it")]
    public static bool? Matches(string field, ReadOnlySpan<byte> bytes)
    {
        int colon = field.IndexOf(':');
        string algorithm = colon < 0 ? "" : field[..colon].Trim().ToLowerInvariant().Replace("-", "", StringComparison.Ordinal);
        Span<byte> hash = stackalloc byte[64];
        int length = algorithm switch
        {
            "md5" => MD5.HashData(bytes, hash),
            "sha1" => SHA1.HashData(bytes, hash),
            "sha256" => SHA256.HashData(bytes, hash),
            "sha384" => SHA384.HashData(bytes, hash),
            "sha512" => SHA512.HashData(bytes, hash),
            _ => 0,
        };
        if (length == 0)
            return algorithm.Length == 0 ? false : null;
        return Decode(field[(colon + 1)..].Trim(), length) is { } claimed && hash[..length].SequenceEqual(claimed);
    }

    /// <summary>The bytes of a digest of <paramref name="length"/> bytes; null when the text is none.</summary>
    private static byte[]? Decode(string text, int length)
    {
        string bare = text.TrimEnd('=');
        if (bare.Length == 2 * length)
            return bare.All(char.IsAsciiHexDigit) ? Convert.FromHexString(bare) : null;
        if (bare.Length == (length * 8 + 4) / 5)
            return FromBase32(bare, length);
        byte[] decoded = new byte[length];
        string padded = bare.Replace('-', '+').Replace('_', '/') + new string('=', (4 - bare.Length % 4) % 4);
        return Convert.TryFromBase64String(padded, decoded, out int written) && written == length ? decoded : null;
    }

    /// <summary>Base 32 without padding; 20 bytes are 32 characters.</summary>
    public static string ToBase32(ReadOnlySpan<byte> bytes)
    {
        var text = new System.Text.StringBuilder();
        for (int bit = 0; bit < bytes.Length * 8; bit += 5)
        {
            int pair = bytes[bit / 8] << 8 | (bit / 8 + 1 < bytes.Length ? bytes[bit / 8 + 1] : 0);
            text.Append(Base32[(pair >> (11 - bit % 8)) & 31]);
        }
        return text.ToString();
    }

    private static byte[]? FromBase32(string text, int length)
    {
        var bytes = new byte[length];
        int buffer = 0, bits = 0, at = 0;
        foreach (char c in text)
        {
            int value = Base32.IndexOf(char.ToUpperInvariant(c), StringComparison.Ordinal);
            if (value < 0)
                return null;
            buffer = (buffer << 5 | value) & 0xfff;
            bits += 5;
            if (bits >= 8 && at < length)
                bytes[at++] = (byte)(buffer >> (bits -= 8));
        }
        return bytes;
    }
}
