using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace DataPipeline.Ingest.Remote;

/// <summary>What the bytes of a file have to hash to.</summary>
/// <param name="Algorithm"><c>sha256</c>, <c>sha512</c>, <c>sha1</c>, <c>md5</c>, <c>crc32</c>, <c>crc32c</c> or <c>crc64nvme</c>.</param>
/// <param name="Value">Lower-case hexadecimal, the highest byte first.</param>
public sealed record Checksum(string Algorithm, string Value)
{
    private static readonly Dictionary<string, int> Bytes = new(StringComparer.Ordinal)
    {
        ["sha256"] = 32, ["sha512"] = 64, ["sha1"] = 20, ["md5"] = 16, ["crc32"] = 4, ["crc32c"] = 4, ["crc64nvme"] = 8,
    };

    /// <summary>Reads <c>sha256:0123...</c>; null where it is none.</summary>
    public static Checksum? Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : FromHex(text[..colon].ToLowerInvariant(), text[(colon + 1)..]);
    }

    /// <summary>The checksums that the headers of a whole file state. Parts of it have others, so this is no use on status 206.</summary>
    /// <param name="header">The values of a header, joined by commas; null where there is none.</param>
    internal static List<Checksum> FromHeaders(Func<string, string?> header)
    {
        var found = new List<Checksum?> { FromBase64("md5", header("content-md5")) };
        if (header("x-amz-checksum-type")?.Equals("COMPOSITE", StringComparison.OrdinalIgnoreCase) != true)
            found.AddRange(new[] { "sha256", "sha1", "crc32", "crc32c", "crc64nvme" }.Select(name => FromBase64(name, header("x-amz-checksum-" + name))));
        foreach (string field in new[] { "digest", "repr-digest", "content-digest", "x-goog-hash" })
        {
            foreach (string pair in header(field)?.Split(',') ?? [])
            {
                int equals = pair.IndexOf('=', StringComparison.Ordinal);
                if (equals > 0)
                    found.Add(FromBase64(pair[..equals].Trim().ToLowerInvariant().Replace("-", "", StringComparison.Ordinal), pair[(equals + 1)..].Trim().Trim(':')));
            }
        }
        found.Add(FromEtag(header));
        return [.. found.OfType<Checksum>().Distinct()];
    }

    // S3's ETag is the MD5 of what was put in one piece without a key of one's own; that of other servers may be anything.
    private static Checksum? FromEtag(Func<string, string?> header)
    {
        bool isS3 = header("server")?.Contains("AmazonS3", StringComparison.OrdinalIgnoreCase) == true || header("x-amz-request-id") is not null;
        bool encrypted = header("x-amz-server-side-encryption") is { } kind && kind != "AES256" || header("x-amz-server-side-encryption-customer-algorithm") is not null;
        return isS3 && !encrypted && header("etag") is { Length: 34 } etag && etag[0] == '"' && etag[^1] == '"' ? FromHex("md5", etag[1..^1]) : null;
    }

    private static Checksum? FromHex(string algorithm, string value) =>
        Bytes.TryGetValue(algorithm, out int length) && value.Length == 2 * length && value.All(char.IsAsciiHexDigit) ? new Checksum(algorithm, value.ToLowerInvariant()) : null;

    private static Checksum? FromBase64(string algorithm, string? value)
    {
        if (value is null || !Bytes.TryGetValue(algorithm, out int length))
            return null;
        var bytes = new byte[length];
        return Convert.TryFromBase64String(value.Trim(), bytes, out int written) && written == length ? new Checksum(algorithm, Convert.ToHexStringLower(bytes)) : null;
    }

    /// <summary>Hashes a file by several algorithms in one pass.</summary>
    internal static Dictionary<string, string> OfFile(string path, IEnumerable<string> algorithms, CancellationToken cancel)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        return Of(file, algorithms, cancel);
    }

    /// <summary>Hashes what is left of a stream by several algorithms in one pass.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "what servers state; nothing is proven by it")]
    [SuppressMessage("Security", "CA5351", Justification = "what servers state; nothing is proven by it")]
    internal static Dictionary<string, string> Of(Stream stream, IEnumerable<string> algorithms, CancellationToken cancel)
    {
        string[] names = [.. algorithms.Distinct()];
        Dictionary<string, IncrementalHash> hashes = names.Where(name => !name.StartsWith("crc", StringComparison.Ordinal)).ToDictionary(name => name, name => IncrementalHash.CreateHash(name switch
        {
            "sha256" => HashAlgorithmName.SHA256,
            "sha512" => HashAlgorithmName.SHA512,
            "sha1" => HashAlgorithmName.SHA1,
            _ => HashAlgorithmName.MD5,
        }));
        var crcs = names.Where(name => !hashes.ContainsKey(name)).ToDictionary(name => name, Crc.Named);
        try
        {
            var buffer = new byte[1 << 18];
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                cancel.ThrowIfCancellationRequested();
                foreach (IncrementalHash hash in hashes.Values)
                    hash.AppendData(buffer, 0, read);
                foreach (Crc crc in crcs.Values)
                    crc.Append(buffer.AsSpan(0, read));
            }
            return names.ToDictionary(name => name, name => hashes.TryGetValue(name, out IncrementalHash? hash) ? Convert.ToHexStringLower(hash.GetHashAndReset()) : crcs[name].ToString());
        }
        finally
        {
            foreach (IncrementalHash hash in hashes.Values)
                hash.Dispose();
        }
    }
}

/// <summary>Reflected CRCs by a table of 256 entries, as S3 states them.</summary>
/// <param name="polynomial">Reflected.</param>
/// <param name="bits">32 or 64.</param>
internal sealed class Crc(ulong polynomial, int bits)
{
    private readonly ulong[] _table = [.. Enumerable.Range(0, 256).Select(value => Entry((ulong)value, polynomial))];
    private readonly ulong _mask = ulong.MaxValue >> (64 - bits);
    private ulong _state = ulong.MaxValue >> (64 - bits);

    public static Crc Named(string name) => name switch
    {
        "crc32" => new Crc(0xEDB88320, 32),
        "crc32c" => new Crc(0x82F63B78, 32),
        _ => new Crc(0x9A6C9329AC4BC9B5, 64),
    };

    public void Append(ReadOnlySpan<byte> bytes)
    {
        ulong state = _state;
        foreach (byte value in bytes)
            state = _table[(byte)state ^ value] ^ (state >> 8);
        _state = state;
    }

    public override string ToString() => (_state ^ _mask).ToString(bits == 64 ? "x16" : "x8", CultureInfo.InvariantCulture);

    private static ulong Entry(ulong value, ulong polynomial)
    {
        for (int bit = 0; bit < 8; bit++)
            value = (value & 1) != 0 ? (value >> 1) ^ polynomial : value >> 1;
        return value;
    }
}
