using DataPipeline.Ingest.Compression;
using DataPipeline.Ingest.Files;
using DataPipeline.Ingest.Remote.S3;

namespace DataPipeline.Ingest.Remote;

/// <summary>One file from its server to its place: tries until it is whole, each going on where the last one broke off, then holds it against every checksum known.</summary>
/// <remarks>A range is asked for with <c>If-Range</c>, so a file that changed comes whole; a server that ignores ranges, or gives another one, makes it start again. Errors of the
/// disk pass through: they are not the server's, and another try would not mend them.</remarks>
internal sealed class Download(RemoteClient client, FetchOptions options, TimeProvider time, string folder, FetchProgress progress)
{
    /// <summary>Whole files that may come damaged before one is given up.</summary>
    private const int MaxDamaged = 3;

    private const int BufferBytes = 1 << 17;

    private readonly string _workFolder = Path.Combine(folder, FetchLedger.WorkFolder);

    /// <summary>Brings a file.</summary>
    /// <param name="item">Which.</param>
    /// <param name="cancel">Ends it; what came is kept.</param>
    /// <exception cref="FetchException">It cannot be had.</exception>
    public async Task<FetchedFile> RunAsync(FetchItem item, CancellationToken cancel)
    {
        (Uri uri, bool isS3) = Resolve(item.Url);
        string path = Path.Combine(folder, item.Name);
        var part = new PartFile(_workFolder, item.Url);
        // Whole, but the program ended before it was recorded: here still, or in its place already.
        if (part.State?.Finished is { } ready && part.Length != ready.Bytes && (!File.Exists(path) || new FileInfo(path).Length != ready.Bytes))
            part.Discard();
        if (part.State?.Finished is null && Path.Exists(path))
            throw new FetchException("file_in_the_way", $"{path} is there, and {FetchManifest.FileName} does not know it: move it away, or name another folder with --output");
        progress.Found(part.Length);
        long most = 0;
        for (int failures = 0, damaged = 0; part.State?.Finished is null;)
        {
            FetchException failure;
            try
            {
                if (part.State is null || part.Length != part.State.Length)
                    await ReceiveAsync(item, part, uri, isS3, cancel).ConfigureAwait(false);
                Verify(item, part, cancel);
                break;
            }
            catch (FetchException error) when (error.Again)
            {
                failure = error;
            }
            if (failure.Reason is "checksum_mismatch" or "corrupt_gzip" && ++damaged >= MaxDamaged)
                throw new FetchException(failure.Reason, $"{failure.Message} It came so {damaged} times.");
            failures = part.Length >= most + options.ProgressBytes ? 1 : failures + 1;
            most = Math.Max(most, part.Length);
            if (failures >= options.Tries)
                throw new FetchException(failure.Reason, $"{failure.Message} Given up after {failures} tries that brought nothing new.", inner: failure);
            await Retries.PauseAsync(failures, failure, options, time, client.PaceOf(uri), uri, cancel).ConfigureAwait(false);
        }
        FetchedFile file = part.State!.Finished! with { Name = item.Name };
        part.MoveTo(path);
        return file;
    }

    /// <summary>Where an address is asked for.</summary>
    /// <exception cref="FetchException">It is none.</exception>
    private (Uri Uri, bool IsS3) Resolve(string url)
    {
        if (S3Address.Parse(url) is { } s3)
            return (s3.Object(options.S3), true);
        return Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" ? (uri!, false) : throw new FetchException("bad_address", $"{url} is no http, https or s3 address");
    }

    private async Task ReceiveAsync(FetchItem item, PartFile part, Uri uri, bool isS3, CancellationToken cancel)
    {
        if (part.Length > 0 && part.State!.Validator is null)
            part.Discard();
        long from = part.Length;
        var headers = new List<(string, string)>();
        if (from > 0)
            headers.AddRange([("Range", $"bytes={from}-"), ("If-Range", part.State!.Validator!)]);
        if (isS3)
            headers.Add(("x-amz-checksum-mode", "ENABLED"));
        using RemoteResponse response = await client.GetAsync(uri, headers, isS3, isS3 ? RobotsRule.Ignore : options.Robots, cancel).ConfigureAwait(false);
        switch (response.Status)
        {
            case 200:
                progress.Back(from);
                part.Begin(new PartState(item.Url, response.Header("etag"), response.Header("last-modified"), response.ContentLength, Checksum.FromHeaders(response.Header)));
                progress.Knows(item, item.Bytes ?? response.ContentLength);
                break;
            case 206 when from > 0 && IsRest(response, part):
                progress.Knows(item, part.State!.Length);
                break;
            case 206 or 416:
                progress.Back(from);
                part.Discard();
                throw new FetchException("wrong_range", $"the server gave '{response.Header("content-range")}' (status {response.Status}) where bytes from {from} were asked for", again: true);
            default:
                throw Retries.Refusal(response, options, time);
        }
        long limit = Math.Min(item.Bytes ?? options.MaxFileBytes, options.MaxFileBytes);
        if (item.Bytes is { } listed && part.State!.Length is { } length && listed != length)
            throw new FetchException("size_mismatch", $"the server has {length:N0} bytes, the list says {listed:N0}");
        if (part.State!.Length > limit)
            throw new FetchException("too_large", $"the file has {part.State.Length:N0} bytes, allowed are {limit:N0}");
        await CopyAsync(response, part, limit, item.Bytes is not null, cancel).ConfigureAwait(false);
        if (part.State.Length is { } whole && part.Length != whole || item.Bytes is { } wanted && part.Length != wanted)
            throw new FetchException("truncated", $"the body ended after {part.Length:N0} of {part.State.Length ?? item.Bytes:N0} bytes", again: true);
    }

    private async Task CopyAsync(RemoteResponse response, PartFile part, long limit, bool isListed, CancellationToken cancel)
    {
        var buffer = new byte[BufferBytes];
        await using FileStream stream = part.OpenToAppend();
        while (true)
        {
            int read = await response.ReadAsync(buffer, cancel).ConfigureAwait(false);
            if (read == 0)
                return;
            if (part.Length + read > limit)
                throw isListed ? new FetchException("size_mismatch", $"more than the {limit:N0} bytes that the list says came") : new FetchException("too_large", $"more than the allowed {limit:N0} bytes came");
            await part.AppendAsync(stream, buffer.AsMemory(0, read), cancel).ConfigureAwait(false);
            progress.Came(read);
        }
    }

    // The bytes behind those that are here, of the same file: If-Range asks for that, and a server that does not know it may still give a range.
    private static bool IsRest(RemoteResponse response, PartFile part) =>
        response.ContentRange is { Unit: "bytes", From: { } start } range && start == part.Length && (range.Length is null || part.State!.Length is null || range.Length == part.State.Length)
        && (range.Length is null || range.To is null || range.To == range.Length - 1)
        && (part.State!.Etag is null || response.Header("etag") is not { } etag || etag == part.State.Etag)
        && (part.State.LastModified is null || response.Header("last-modified") is not { } modified || modified == part.State.LastModified);

    private void Verify(FetchItem item, PartFile part, CancellationToken cancel)
    {
        Checksum[] stated = [.. item.Checksums.Concat(part.State!.Checksums).Distinct()];
        // A file of no bytes has no part of its own yet.
        File.Open(part.BytesPath, FileMode.OpenOrCreate).Dispose();
        Dictionary<string, string> found = Checksum.OfFile(part.BytesPath, stated.Select(sum => sum.Algorithm).Append("sha256"), cancel);
        if (stated.FirstOrDefault(sum => found[sum.Algorithm] != sum.Value) is { } wrong)
        {
            progress.Back(part.Length);
            part.Discard();
            throw new FetchException("checksum_mismatch", $"the bytes have {wrong.Algorithm} {found[wrong.Algorithm]}, not {wrong.Value}.", again: true);
        }
        if (options.CheckGzip && item.Name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) && Damaged(part.BytesPath, cancel) is { } damage)
        {
            progress.Back(part.Length);
            part.Discard();
            throw new FetchException("corrupt_gzip", $"{damage.Detail}.", again: true);
        }
        part.Finish(new FetchedFile(item.Name, item.Url, part.Length, found["sha256"], part.State.Etag, part.State.LastModified, [.. stated.Select(sum => sum.Algorithm).Distinct()]));
    }

    private static Damage? Damaged(string path, CancellationToken cancel)
    {
        using var flow = ByteFlow.Open(path, FileSource.DefaultMaxExpansion, cancel: cancel);
        if (!flow.IsCompressed)
            return new Damage("corrupt_gzip", 0, "the file does not begin as gzip does");
        while (flow.Fill())
            flow.Advance(flow.Buffered.Length);
        return flow.Damage;
    }
}
