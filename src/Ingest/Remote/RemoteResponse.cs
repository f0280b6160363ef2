using System.Net.Http.Headers;

namespace DataPipeline.Ingest.Remote;

/// <summary>One request and its answer on the way to a file, as a web archive holds them.</summary>
/// <param name="Uri">What was asked for.</param>
/// <param name="Request">Head of the request.</param>
/// <param name="Response">Head of the answer.</param>
/// <param name="Date">When the server says that it answered.</param>
/// <param name="IsChunked">True when the body came in chunks, which are gone here.</param>
internal sealed record Exchange(Uri Uri, string Request, string Response, DateTimeOffset? Date, bool IsChunked);

/// <summary>The last answer of a request, redirections followed; its body is read in pieces, at the pace of its host.</summary>
internal sealed class RemoteResponse(HttpResponseMessage message, IReadOnlyList<Exchange> exchanges, HostPace pace, StallTimer stall) : IDisposable
{
    private Stream? _body;

    /// <summary>All exchanges, the last one included.</summary>
    public IReadOnlyList<Exchange> Exchanges { get; } = exchanges;

    public HostPace Pace { get; } = pace;

    public int Status => (int)message.StatusCode;

    public long? ContentLength => message.Content.Headers.ContentLength;

    public ContentRangeHeaderValue? ContentRange => message.Content.Headers.ContentRange;

    /// <summary>The values of a header, joined by commas; null where there is none.</summary>
    public string? Header(string name) => Find(message.Headers.NonValidated, name) ?? Find(message.Content.Headers.NonValidated, name);

    /// <summary>Reads some bytes; 0 at the end.</summary>
    /// <exception cref="FetchException">The body breaks off or stalls.</exception>
    public async Task<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel)
    {
        int read = await stall.GuardAsync(async token =>
        {
            _body ??= await message.Content.ReadAsStreamAsync(token).ConfigureAwait(false);
            return await _body.ReadAsync(buffer, token).ConfigureAwait(false);
        }, cancel).ConfigureAwait(false);
        stall.Came(read);
        if (read > 0 && await Pace.BytesAsync(read, cancel).ConfigureAwait(false))
            stall.Restart();
        return read;
    }

    /// <summary>The whole body.</summary>
    /// <exception cref="FetchException">It is larger than allowed, breaks off or stalls.</exception>
    public async Task<byte[]> ReadAllAsync(int maxBytes, CancellationToken cancel, bool cut = false)
    {
        var body = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = await ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
        {
            body.Write(buffer, 0, read);
            if (body.Length > maxBytes)
                return cut ? body.ToArray()[..maxBytes] : throw new FetchException("too_large", $"the answer is larger than {maxBytes:N0} bytes");
        }
        return body.ToArray();
    }

    public void Dispose()
    {
        message.Dispose();
        stall.Dispose();
    }

    private static string? Find(HttpHeadersNonValidated headers, string name) => headers.TryGetValues(name, out HeaderStringValues values) ? string.Join(',', values) : null;
}

/// <summary>Ends a request that brings nothing, or a trickle, for too long, and says in our words what went wrong with it.</summary>
internal sealed class StallTimer(TimeProvider time, TimeSpan limit) : IDisposable
{
    /// <summary>Below so many bytes a second over the limit's time a connection counts as stalled, so that one byte now and then does not hold it for ever.</summary>
    private const int LeastBytesPerSecond = 100;

    private readonly CancellationTokenSource _source = new(limit, time);
    private long _came;

    public void Restart()
    {
        _came = 0;
        _source.CancelAfter(limit);
    }

    public void Came(int bytes)
    {
        _came += bytes;
        if (_came >= limit.TotalSeconds * LeastBytesPerSecond)
            Restart();
    }

    public async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancel)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(_source.Token, cancel);
        try
        {
            return await work(linked.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancel.IsCancellationRequested
            && error is (OperationCanceledException or IOException or HttpRequestException or ArgumentException or FormatException or NotSupportedException))
        {
            throw _source.IsCancellationRequested ? new FetchException("stalled", $"no bytes, or hardly any, for {limit.TotalSeconds:0.##} s", again: true) : Explain(error);
        }
    }

    public void Dispose() => _source.Dispose();

    private static FetchException Explain(Exception error)
    {
        for (Exception? inner = error; inner is not null; inner = inner.InnerException)
        {
            if (inner is FetchException ours)
                return ours;
        }
        // Addresses that are valid and still cannot be asked for.
        if (error is ArgumentException or FormatException or NotSupportedException)
            return new FetchException("bad_address", error.Message, inner: error);
        HttpRequestError kind = error is HttpRequestException request ? request.HttpRequestError : error is HttpIOException broken ? broken.HttpRequestError : HttpRequestError.Unknown;
        string detail = error.InnerException is { } cause && !error.Message.Contains(cause.Message, StringComparison.Ordinal) ? $"{error.Message} {cause.Message}" : error.Message;
        return kind switch
        {
            HttpRequestError.NameResolutionError => new FetchException("unknown_host", detail, again: true, inner: error),
            HttpRequestError.ConnectionError => new FetchException("connection_failed", detail, again: true, inner: error),
            HttpRequestError.SecureConnectionError => new FetchException("tls_failed", detail, inner: error),
            HttpRequestError.ConfigurationLimitExceeded => new FetchException("bad_response", detail, inner: error),
            HttpRequestError.InvalidResponse => new FetchException("bad_response", detail, again: true, inner: error),
            HttpRequestError.ResponseEnded => new FetchException("truncated", detail, again: true, inner: error),
            _ => new FetchException("connection_broken", detail, again: true, inner: error),
        };
    }
}
