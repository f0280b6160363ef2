using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DataPipeline.Ingest.Remote.S3;

/// <summary>Signs requests as AWS asks (Signature Version 4, with the secret of a day, a region and a service).</summary>
internal static class SignatureV4
{
    /// <summary>SHA-256 of no body.</summary>
    public const string EmptyBody = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /// <summary>A time as <c>x-amz-date</c> holds it.</summary>
    public static string Date(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The value of the header <c>Authorization</c>.</summary>
    /// <param name="method">Such as GET.</param>
    /// <param name="path">As it is sent, escaped.</param>
    /// <param name="query">As it is sent, escaped, without the question mark.</param>
    /// <param name="headers">What is signed: host, x-amz-date and any others; the values as they are sent.</param>
    /// <param name="bodySha256">Lower-case hexadecimal.</param>
    /// <param name="credentials">Who signs.</param>
    /// <param name="region">Such as us-east-1.</param>
    /// <param name="service">Such as s3.</param>
    public static string Authorization(
        string method, string path, string query, IEnumerable<(string Name, string Value)> headers, string bodySha256, S3Credentials credentials, string region, string service)
    {
        (string Name, string Value)[] signed = [.. headers.Select(header => (header.Name.ToLowerInvariant(), SingleSpaces(header.Value))).OrderBy(header => header.Item1, StringComparer.Ordinal)];
        string names = string.Join(';', signed.Select(header => header.Name)), date = signed.Single(header => header.Name == "x-amz-date").Value;
        string request = $"{method}\n{(path.Length == 0 ? "/" : path)}\n{CanonicalQuery(query)}\n{string.Concat(signed.Select(header => $"{header.Name}:{header.Value}\n"))}\n{names}\n{bodySha256}";
        string scope = $"{date[..8]}/{region}/{service}/aws4_request";
        string toSign = $"AWS4-HMAC-SHA256\n{date}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request)))}";
        byte[] key = Encoding.UTF8.GetBytes("AWS4" + credentials.SecretKey);
        foreach (string part in scope.Split('/'))
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        string signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        return $"AWS4-HMAC-SHA256 Credential={credentials.AccessKey}/{scope}, SignedHeaders={names}, Signature={signature}";
    }

    /// <summary>Escapes all UTF-8 bytes but letters, digits and <c>-._~</c>; slashes stay in a path.</summary>
    public static string Escape(string text, bool isPath = false)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)value) || value is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~' || isPath && value == '/')
                escaped.Append((char)value);
            else
                escaped.Append('%').Append(value.ToString("X2", CultureInfo.InvariantCulture));
        }
        return escaped.ToString();
    }

    private static string CanonicalQuery(string query) => string.Join('&', query.Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2)).Select(pair => (Name: pair[0], Value: pair.Length > 1 ? pair[1] : ""))
        .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal).Select(pair => $"{pair.Name}={pair.Value}"));

    private static string SingleSpaces(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
