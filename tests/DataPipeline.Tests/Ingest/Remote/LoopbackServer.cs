using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DataPipeline.Tests.Ingest.Remote;

/// <summary>A request as it came.</summary>
/// <param name="Target">Path and query, as sent.</param>
/// <param name="Headers">Names in lower case.</param>
/// <param name="Number">How often this target was asked for before.</param>
internal sealed record Asked(string Target, IReadOnlyDictionary<string, string> Headers, int Number)
{
    public string? Range => Headers.GetValueOrDefault("range");
}

/// <summary>A connection that a test answers on as it likes; it is closed behind the answer.</summary>
internal sealed class Answer(Socket socket)
{
    /// <summary>Writes any bytes.</summary>
    public async Task RawAsync(byte[] bytes)
    {
        for (int sent = 0; sent < bytes.Length;)
            sent += await socket.SendAsync(bytes.AsMemory(sent));
    }

    public Task RawAsync(string text) => RawAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>A whole answer of a status; headers are lines <c>Name: value</c>.</summary>
    public Task StatusAsync(int status, params string[] headers) => BodyAsync(status, [], headers);

    public Task BodyAsync(int status, byte[] body, params string[] headers) => PartAsync(status, body, body.Length, body.Length, headers);

    /// <summary>Promises <paramref name="promised"/> bytes and sends the first <paramref name="sent"/>.</summary>
    public Task PartAsync(int status, byte[] body, int promised, int sent, params string[] headers) =>
        RawAsync([.. Encoding.Latin1.GetBytes($"HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {promised}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n"), .. body[..sent]]);

    /// <summary>Breaks the connection off with a reset.</summary>
    public void Reset() => socket.LingerState = new LingerOption(true, 0);

    /// <summary>The file as a good server gives it: whole, or the rest behind the range that is asked for.</summary>
    public Task FileAsync(Asked asked, byte[] file, params string[] headers)
    {
        if (asked.Range is not { } range)
            return BodyAsync(200, file, headers);
        int from = int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
        return BodyAsync(206, file[from..], [.. headers, $"Content-Range: bytes {from}-{file.Length - 1}/{file.Length}"]);
    }
}

/// <summary>An HTTP server on loopback whose every byte is up to the test: sockets, so that it can stall, cut, lie and reset.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Asked> _requests = new();
    private readonly ConcurrentDictionary<string, int> _counts = new();
    private readonly Func<Asked, Answer, Task> _answer;

    public LoopbackServer(Func<Asked, Answer, Task> answer, string address = "127.0.0.1")
    {
        _answer = answer;
        _listener = new TcpListener(IPAddress.Parse(address), 0);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        Url = $"http://{address}:{Port}";
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Without a slash at the end.</summary>
    public string Url { get; }

    /// <summary>All but those for robots.txt.</summary>
    public Asked[] Requests => [.. _requests.Where(asked => asked.Target != "/robots.txt")];

    public int RobotsRequests => _requests.Count(asked => asked.Target == "/robots.txt");

    /// <summary>The ranges asked for, a dash where there was none.</summary>
    public string Ranges => string.Join(' ', Requests.Select(asked => asked.Range ?? "-"));

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                var head = new StringBuilder();
                var buffer = new byte[4096];
                while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
                {
                    int read = await socket.ReceiveAsync(buffer);
                    if (read == 0)
                        return;
                    head.Append(Encoding.Latin1.GetString(buffer, 0, read));
                }
                string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
                string target = lines[0].Split(' ')[1];
                var asked = new Asked(target, lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0].ToLowerInvariant(), pair => pair[1]),
                    _counts.AddOrUpdate(target, 0, (_, count) => count + 1));
                _requests.Enqueue(asked);
                await _answer(asked, new Answer(socket));
                if (socket.LingerState?.Enabled != true)
                    socket.Shutdown(SocketShutdown.Send);
            }
            catch (Exception error) when (error is SocketException or IOException or OperationCanceledException)
            {
                // The client went away, as some tests want it to.
            }
        }
    }
}
