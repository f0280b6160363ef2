using System.Globalization;
using System.Xml;

namespace DataPipeline.Ingest.Remote.S3;

/// <summary>The objects below a prefix, page by page (ListObjectsV2).</summary>
internal static class S3Listing
{
    private const int MaxPageBytes = 16 << 20, MaxObjects = 10_000_000;

    /// <summary>All objects in the order of the server; keys with a slash at the end and no bytes, which programs make for folders, are left out.</summary>
    /// <exception cref="FetchException">The server refuses, or answers with something else.</exception>
    public static async Task<List<FetchAddress>> ReadAsync(RemoteClient client, FetchOptions options, TimeProvider time, S3Address prefix, CancellationToken cancel)
    {
        var found = new List<FetchAddress>();
        var tokens = new HashSet<string>(StringComparer.Ordinal);
        string? continuation = null;
        do
        {
            byte[] page = await PageAsync(client, options, time, prefix.List(options.S3, continuation), cancel).ConfigureAwait(false);
            continuation = Parse(page, prefix, found);
            if (continuation is not null && !tokens.Add(continuation) || found.Count > MaxObjects)
                throw new FetchException("bad_response", $"the list of {prefix} goes round in circles, or has more than {MaxObjects:N0} objects");
        }
        while (continuation is not null);
        return found;
    }

    private static Task<byte[]> PageAsync(RemoteClient client, FetchOptions options, TimeProvider time, Uri uri, CancellationToken cancel) => Retries.RunAsync(async () =>
    {
        using RemoteResponse response = await client.GetAsync(uri, [], sign: true, RobotsRule.Ignore, cancel).ConfigureAwait(false);
        return response.Status == 200 ? await response.ReadAllAsync(MaxPageBytes, cancel).ConfigureAwait(false) : throw Retries.Refusal(response, options, time);
    }, options, time, client.PaceOf(uri), uri, cancel);

    // Returns where the list goes on, or null at its end.
    private static string? Parse(byte[] page, S3Address prefix, List<FetchAddress> found)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreWhitespace = true, MaxCharactersInDocument = MaxPageBytes };
        string? continuation = null, key = null;
        bool escaped = false, truncated = false;
        long size = 0;
        var keys = new List<(string Key, long Size)>();
        try
        {
            using var xml = XmlReader.Create(new MemoryStream(page, writable: false), settings);
            xml.MoveToContent();
            if (xml.LocalName != "ListBucketResult")
                throw new FetchException("bad_response", $"a list of objects was asked for, the server sent <{xml.LocalName}>");
            xml.Read();
            while (!xml.EOF)
            {
                if (xml.NodeType == XmlNodeType.EndElement && xml.LocalName == "Contents" && key is not null)
                {
                    keys.Add((key, size));
                    (key, size) = (null, 0);
                }
                string name = xml.NodeType == XmlNodeType.Element ? xml.LocalName : "";
                if (name is not ("Key" or "Size" or "NextContinuationToken" or "IsTruncated" or "EncodingType" or "Owner" or "CommonPrefixes"))
                {
                    xml.Read();
                    continue;
                }
                if (name is "Owner" or "CommonPrefixes")
                {
                    xml.Skip();
                    continue;
                }
                string value = xml.ReadElementContentAsString();
                if (name == "Key")
                    key = value;
                else if (name == "Size")
                    size = long.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);
                else if (name == "NextContinuationToken")
                    continuation = value;
                else if (name == "IsTruncated")
                    truncated = value == "true";
                else
                    escaped = value == "url";
            }
        }
        catch (Exception error) when (error is XmlException or FormatException or OverflowException or InvalidOperationException)
        {
            throw new FetchException("bad_response", $"the list of {prefix} cannot be read: {error.Message}", inner: error);
        }
        foreach ((string listed, long bytes) in keys)
        {
            // S3 escapes as forms do: a plus stands for a space.
            string name = escaped ? Uri.UnescapeDataString(listed.Replace('+', ' ')) : listed;
            if (!name.StartsWith(prefix.Key, StringComparison.Ordinal))
                throw new FetchException("bad_response", $"the list of {prefix} names an object that does not begin so");
            if (!name.EndsWith('/') || bytes > 0)
                found.Add(new FetchAddress(new S3Address(prefix.Bucket, name).ToString(), [], bytes, name[prefix.Key.Length..]));
        }
        return truncated ? continuation : null;
    }
}
