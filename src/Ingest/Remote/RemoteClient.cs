using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DataPipeline.Ingest.Remote.S3;

namespace DataPipeline.Ingest.Remote;

/// <summary>Asks servers: one request at a time and place, at the pace of its host, as its robots.txt allows, with redirections followed by rules of our own.</summary>
/// <remarks>A redirection may lead to another host, but not from https to http, to another scheme, or from outside into a private network; signatures go to the host they
/// were made for and no further. Cookies, passwords and compressed transfers are not used. HTTP/1.1, so that an exchange can be archived as text.</remarks>
internal sealed class RemoteClient : IDisposable
{
    /// <summary>Longest address, also of a redirection.</summary>
    public const int MaxUrlChars = 8192;

    private const int MaxHeaderKilobytes = 64;

    /// <summary>Longer pauses between requests are no way to fetch anything.</summary>
    private static readonly TimeSpan LongestCrawlDelay = TimeSpan.FromMinutes(5);

    private static readonly HttpRequestOptionsKey<bool> MayBePrivate = new("may be private");

    private readonly FetchOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<IPAddress, bool> _isPrivate;
    private readonly HttpClient _http;
    private readonly ConcurrentDictionary<string, HostPace> _paces = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, Lazy<Task<Robots>>> _robots = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="options">Rates, limits and who asks.</param>
    /// <param name="time">The clock of waits.</param>
    /// <param name="isPrivate">Which addresses a redirection from outside must not lead to.</param>
    public RemoteClient(FetchOptions options, TimeProvider time, Func<IPAddress, bool>? isPrivate = null)
    {
        (_options, _time, _isPrivate) = (options, time, isPrivate ?? PrivateAddress.Is);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = MaxHeaderKilobytes,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
            ConnectCallback = ConnectAsync,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Asks for an address.</summary>
    /// <param name="uri">Where.</param>
    /// <param name="headers">More of the request's headers.</param>
    /// <param name="sign">True for an object of S3 where there are credentials.</param>
    /// <param name="robots">What robots.txt decides.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="FetchException">No answer, or none that may be followed or asked for.</exception>
    public async Task<RemoteResponse> GetAsync(Uri uri, IReadOnlyList<(string Name, string Value)> headers, bool sign, RobotsRule robots, CancellationToken cancel)
    {
        Uri signedFor = uri;
        var exchanges = new List<Exchange>();
        bool mayBePrivate = true;
        for (int redirects = 0; ; redirects++)
        {
            HostPace pace = await PermitAsync(uri, robots, cancel).ConfigureAwait(false);
            await pace.RequestAsync(cancel).ConfigureAwait(false);
            using var request = new HttpRequestMessage(HttpMethod.Get, uri) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            request.Options.Set(MayBePrivate, mayBePrivate);
            bool signs = sign && _options.S3.Credentials is not null && SameServer(uri, signedFor);
            foreach ((string name, string value) in (IEnumerable<(string, string)>)[("Host", uri.Authority), ("User-Agent", _options.UserAgent), ("Accept", "*/*"), ("Accept-Encoding", "identity"), .. headers, .. signs ? Signature(uri, headers) : []])
                request.Headers.TryAddWithoutValidation(name, value);
            var stall = new StallTimer(_time, _options.Stall);
            HttpResponseMessage? message = null;
            bool handedOver = false;
            try
            {
                message = await stall.GuardAsync(token => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), cancel).ConfigureAwait(false);
                exchanges.Add(ExchangeOf(uri, request, message));
                if ((int)message.StatusCode is not (301 or 302 or 303 or 307 or 308) || Location(message) is not { } location)
                {
                    handedOver = true;
                    return new RemoteResponse(message, exchanges, pace, stall);
                }
                if (redirects >= _options.MaxRedirects)
                    throw new FetchException("too_many_redirects", $"more than {_options.MaxRedirects} redirections, the last to {location}");
                Uri next = Follow(uri, location);
                if (!next.IdnHost.Equals(uri.IdnHost, StringComparison.OrdinalIgnoreCase))
                    mayBePrivate = mayBePrivate && await IsPrivateHostAsync(uri, cancel).ConfigureAwait(false);
                uri = next;
            }
            finally
            {
                if (!handedOver)
                {
                    message?.Dispose();
                    stall.Dispose();
                }
            }
        }
    }

    /// <summary>The pace of a host.</summary>
    public HostPace PaceOf(Uri uri) => _paces.GetOrAdd(Origin(uri), _ => new HostPace(_time, _options.RequestsPerSecond, _options.BytesPerSecond));

    private async Task<HostPace> PermitAsync(Uri uri, RobotsRule rule, CancellationToken cancel)
    {
        HostPace pace = PaceOf(uri);
        if (rule == RobotsRule.Ignore)
            return pace;
        // One question for all that wait for it: who gives up waiting must not end it for the others.
        Robots robots = await _robots.GetOrAdd(Origin(uri), _ => new Lazy<Task<Robots>>(() => AskRobotsAsync(uri))).Value.WaitAsync(cancel).ConfigureAwait(false);
        if (rule == RobotsRule.Obey && !robots.Allows(uri.PathAndQuery))
            throw new FetchException("robots_disallowed", $"robots.txt of {uri.Authority} disallows {uri.PathAndQuery}");
        if (robots.CrawlDelay is { } delay)
        {
            if (delay > LongestCrawlDelay)
                throw new FetchException("crawl_delay_too_long", $"robots.txt of {uri.Authority} asks for {delay.TotalSeconds:0} s between requests, more than {LongestCrawlDelay.TotalSeconds:0}");
            pace.Space(delay);
        }
        return pace;
    }

    // 4xx: there are no rules. 5xx and no answer: nothing is allowed (RFC 9309, 2.3.1).
    private async Task<Robots> AskRobotsAsync(Uri uri)
    {
        var place = new Uri(uri, "/robots.txt");
        try
        {
            return await Retries.RunAsync(async () =>
            {
                using RemoteResponse response = await GetAsync(place, [], sign: false, RobotsRule.Ignore, CancellationToken.None).ConfigureAwait(false);
                if (response.Status is >= 200 and < 300)
                    return Robots.Parse(await response.ReadAllAsync(Robots.MaxBytes, CancellationToken.None, cut: true).ConfigureAwait(false), Robots.ProductToken(_options.UserAgent));
                return response.Status is >= 300 and < 500 and not 429 ? Robots.AllowAll : throw Retries.Refusal(response, _options, _time);
            }, _options, _time, PaceOf(uri), place, CancellationToken.None).ConfigureAwait(false);
        }
        catch (FetchException error) when (error.Reason == "too_many_redirects")
        {
            return Robots.AllowAll;
        }
        catch (FetchException error)
        {
            throw new FetchException("robots_unreachable", $"{place}: {error.Message} Without an answer nothing may be fetched there.");
        }
    }

    internal static Uri Follow(Uri from, string location)
    {
        // Many servers send UTF-8, which HTTP reads as Latin-1.
        byte[] bytes = Encoding.Latin1.GetBytes(location);
        if (System.Text.Unicode.Utf8.IsValid(bytes))
            location = Encoding.UTF8.GetString(bytes);
        if (location.Length > MaxUrlChars || !Uri.TryCreate(from, location, out Uri? next))
            throw new FetchException("redirect_refused", "a redirection to what is no address");
        if (next.Scheme is not ("http" or "https") || next.UserInfo.Length > 0 || from.Scheme == "https" && next.Scheme == "http")
            throw new FetchException("redirect_refused", $"a redirection from {from.Scheme} to {next.Scheme}{(next.UserInfo.Length > 0 ? " with a password" : "")} ({next.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)})");
        return next;
    }

    // S3 refuses any x-amz- header that is not signed.
    private (string, string)[] Signature(Uri uri, IEnumerable<(string Name, string Value)> others)
    {
        S3Credentials credentials = _options.S3.Credentials!;
        string date = SignatureV4.Date(_time.GetUtcNow());
        (string Name, string Value)[] headers =
        [
            ("x-amz-content-sha256", SignatureV4.EmptyBody), ("x-amz-date", date), .. credentials.SessionToken is { } token ? new[] { ("x-amz-security-token", token) } : [],
        ];
        string authorization = SignatureV4.Authorization(
            "GET", uri.AbsolutePath, uri.Query.TrimStart('?'), [("host", uri.Authority), .. headers, .. others.Where(header => header.Name.StartsWith("x-amz-", StringComparison.Ordinal))], SignatureV4.EmptyBody, credentials, _options.S3.Region, "s3");
        return [.. headers, ("Authorization", authorization)];
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        HttpRequestMessage request = context.InitialRequestMessage;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            bool toProxy = !context.DnsEndPoint.Host.Equals(request.RequestUri!.IdnHost.Trim('[', ']'), StringComparison.OrdinalIgnoreCase);
            if (toProxy || !request.Options.TryGetValue(MayBePrivate, out bool may) || may)
            {
                await socket.ConnectAsync(context.DnsEndPoint, cancel).ConfigureAwait(false);
            }
            else
            {
                // The addresses that are looked at are those that are connected to.
                IPAddress[] addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancel).ConfigureAwait(false);
                if (addresses.Any(_isPrivate))
                    throw new FetchException("redirect_refused", $"a redirection from outside to {context.DnsEndPoint.Host}, which is in a private network");
                await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancel).ConfigureAwait(false);
            }
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<bool> IsPrivateHostAsync(Uri uri, CancellationToken cancel)
    {
        try
        {
            return (await Dns.GetHostAddressesAsync(uri.IdnHost.Trim('[', ']'), cancel).ConfigureAwait(false)).All(_isPrivate);
        }
        catch (SocketException)
        {
            // A name that only a proxy knows is outside.
            return false;
        }
    }

    private static Exchange ExchangeOf(Uri uri, HttpRequestMessage request, HttpResponseMessage message)
    {
        var asked = new StringBuilder($"GET {uri.PathAndQuery} HTTP/1.1\r\n");
        foreach ((string name, System.Net.Http.Headers.HeaderStringValues values) in request.Headers.NonValidated)
            asked.Append($"{name}: {string.Join(", ", values)}\r\n");
        var answered = new StringBuilder($"HTTP/1.1 {(int)message.StatusCode} {OneLine(message.ReasonPhrase)}\r\n");
        foreach ((string name, System.Net.Http.Headers.HeaderStringValues values) in message.Headers.NonValidated.Concat(message.Content.Headers.NonValidated))
        {
            foreach (string value in values)
                answered.Append($"{name}: {OneLine(value)}\r\n");
        }
        return new Exchange(uri, asked.ToString(), answered.ToString(), message.Headers.Date, message.Headers.TransferEncodingChunked == true);
    }

    private static string OneLine(string? text) => text?.Replace('\r', ' ').Replace('\n', ' ') ?? "";

    private static string? Location(HttpResponseMessage message) => message.Headers.NonValidated.TryGetValues("Location", out System.Net.Http.Headers.HeaderStringValues values) ? values.ToString() : null;

    private static bool SameServer(Uri one, Uri other) => Origin(one) == Origin(other);

    private static string Origin(Uri uri) => $"{uri.Scheme}://{uri.IdnHost}:{uri.Port}";
}
