using System.Text.RegularExpressions;

namespace DataPipeline.Ingest.Remote.S3;

/// <summary><c>s3://bucket/key</c>, or with a slash at the end all keys that begin so.</summary>
/// <param name="Bucket">Its name.</param>
/// <param name="Key">Any characters; empty or with a final slash for a prefix.</param>
internal sealed partial record S3Address(string Bucket, string Key)
{
    private const string Scheme = "s3://";

    // Keys are any bytes, "../" among them: the address must not be tidied up.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>True when many keys are meant.</summary>
    public bool IsPrefix => Key.Length == 0 || Key.EndsWith('/');

    /// <summary>Reads an address; null where it is none.</summary>
    public static S3Address? Parse(string text)
    {
        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        int slash = text.IndexOf('/', Scheme.Length);
        string bucket = slash < 0 ? text[Scheme.Length..] : text[Scheme.Length..slash];
        return BucketName().IsMatch(bucket) ? new S3Address(bucket, slash < 0 ? "" : text[(slash + 1)..]) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Scheme}{Bucket}/{Key}";

    /// <summary>Where the object is asked for: by path at an endpoint of one's own and for names with points, which AWS's certificates do not cover; else by host.</summary>
    public Uri Object(S3Settings settings) => Uri(settings, Key, "");

    /// <summary>Where a page of the keys that begin with this one is asked for.</summary>
    public Uri List(S3Settings settings, string? continuation)
    {
        string token = continuation is null ? "" : $"continuation-token={SignatureV4.Escape(continuation)}&";
        return Uri(settings, "", $"?{token}encoding-type=url&list-type=2&prefix={SignatureV4.Escape(Key)}");
    }

    private Uri Uri(S3Settings settings, string key, string query)
    {
        string path = "/" + SignatureV4.Escape(key, isPath: true);
        string root = settings.Endpoint is { } endpoint ? $"{endpoint.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{Bucket}"
            : Bucket.Contains('.', StringComparison.Ordinal) ? $"https://s3.{settings.Region}.amazonaws.com/{Bucket}" : $"https://{Bucket}.s3.{settings.Region}.amazonaws.com";
        return new Uri(root + path + query, AsWritten);
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$")]
    private static partial Regex BucketName();
}
