using DataPipeline.Core;

namespace DataPipeline.Ingest.Remote.S3;

/// <summary>A key pair of AWS or of a server that speaks S3.</summary>
/// <param name="AccessKey">Its public half.</param>
/// <param name="SecretKey">Its secret half; it never leaves the machine.</param>
/// <param name="SessionToken">What temporary keys come with.</param>
public sealed record S3Credentials(string AccessKey, string SecretKey, string? SessionToken = null)
{
    /// <inheritdoc/>
    public override string ToString() => $"the key {AccessKey}";
}

/// <summary>Where <c>s3://</c> addresses are and who asks for them.</summary>
public sealed record S3Settings
{
    /// <summary>Region of the buckets.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>A server that is not AWS's, as http or https address; buckets are the first part of its paths.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Who asks; null for nobody, as public buckets allow.</summary>
    public S3Credentials? Credentials { get; init; }

    /// <summary>What AWS's own programs would take: environment variables first, then <c>~/.aws/credentials</c> and <c>~/.aws/config</c>, by <c>AWS_PROFILE</c>.</summary>
    /// <param name="variable">An environment variable, or null.</param>
    /// <param name="home">The user's folder.</param>
    /// <exception cref="ConfigurationException">The endpoint is no http or https address, half of a key pair is missing, or the profile that is asked for.</exception>
    public static S3Settings FromEnvironment(Func<string, string?> variable, string home)
    {
        string? Of(string name) => variable(name) is { Length: > 0 } value ? value : null;
        string profile = Of("AWS_PROFILE") ?? "default";
        Dictionary<string, string>? keys = Section(Of("AWS_SHARED_CREDENTIALS_FILE") ?? Path.Combine(home, ".aws", "credentials"), profile);
        string config = Of("AWS_CONFIG_FILE") ?? Path.Combine(home, ".aws", "config");
        Dictionary<string, string>? settings = Section(config, profile == "default" ? profile : "profile " + profile);
        if (Of("AWS_PROFILE") is not null && keys is null && settings is null)
            throw new ConfigurationException($"AWS_PROFILE={profile}: no such profile in ~/.aws/credentials or {config}");
        string? access = Of("AWS_ACCESS_KEY_ID"), secret = Of("AWS_SECRET_ACCESS_KEY"), token = Of("AWS_SESSION_TOKEN");
        if (access is null && secret is null)
        {
            keys = keys?.ContainsKey("aws_access_key_id") == true ? keys : settings;
            (access, secret, token) = (keys?.GetValueOrDefault("aws_access_key_id"), keys?.GetValueOrDefault("aws_secret_access_key"), keys?.GetValueOrDefault("aws_session_token"));
        }
        if (access is null != secret is null)
            throw new ConfigurationException("one half of the AWS key pair is missing: set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither for public buckets");
        return new S3Settings
        {
            Region = Of("AWS_REGION") ?? Of("AWS_DEFAULT_REGION") ?? settings?.GetValueOrDefault("region") ?? "us-east-1",
            Endpoint = (Of("AWS_ENDPOINT_URL_S3") ?? Of("AWS_ENDPOINT_URL") ?? settings?.GetValueOrDefault("endpoint_url")) is { } endpoint ? EndpointOf(endpoint) : null,
            Credentials = access is null ? null : new S3Credentials(access, secret!, token),
        };
    }

    /// <summary>True for what may be the name of a region: it becomes part of a host's name.</summary>
    public static bool IsRegion(string text) => text.Length is > 0 and <= 40 && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    /// <summary>Reads the address of a server.</summary>
    /// <exception cref="ConfigurationException">It is no http or https address.</exception>
    public static Uri EndpointOf(string text) =>
        Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out Uri? endpoint) && endpoint.Scheme is "http" or "https" && endpoint.UserInfo.Length == 0 && endpoint.Query.Length == 0
            ? endpoint : throw new ConfigurationException($"the S3 endpoint {text} is not an address such as https://minio.example:9000");

    // Keys of one [section] of an INI file; null where there is no such section.
    private static Dictionary<string, string>? Section(string path, string name)
    {
        if (!File.Exists(path))
            return null;
        Dictionary<string, string>? found = null;
        bool inside = false;
        foreach (string line in File.ReadLines(path))
        {
            string text = line.Trim();
            if (text.StartsWith('['))
            {
                inside = text.EndsWith(']') && text[1..^1].Trim() == name;
                found = inside ? found ?? [] : found;
            }
            else if (inside && !text.StartsWith('#') && !text.StartsWith(';') && text.Split('=', 2) is [var key, var value] && !char.IsWhiteSpace(line[0]))
            {
                found![key.Trim().ToLowerInvariant()] = value.Trim();
            }
        }
        return found;
    }
}
