namespace DataPipeline.Ingest.Remote;

/// <summary>Keeps requests and bytes of one host below their rates, for all connections together.</summary>
/// <remarks>Requests are spaced evenly. Bytes are a token bucket that holds one second's worth. Any thread may call; <see cref="_lock"/> guards all fields.</remarks>
internal sealed class HostPace(TimeProvider time, double requestsPerSecond, double bytesPerSecond)
{
    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _interval = requestsPerSecond > 0 ? TimeSpan.FromSeconds(1 / requestsPerSecond) : TimeSpan.Zero;
    private TimeSpan _nextRequest, _bytesPaid;

    private TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>Asks for at least this much time between requests from now on.</summary>
    public void Space(TimeSpan interval)
    {
        lock (_lock)
            _interval = interval > _interval ? interval : _interval;
    }

    /// <summary>Nobody asks this host before so much time has passed.</summary>
    public void Hold(TimeSpan wait)
    {
        lock (_lock)
            _nextRequest = Now + wait > _nextRequest ? Now + wait : _nextRequest;
    }

    /// <summary>Waits until a request may be sent.</summary>
    public async Task RequestAsync(CancellationToken cancel)
    {
        while (true)
        {
            TimeSpan wait;
            lock (_lock)
            {
                wait = _nextRequest - Now;
                if (wait <= TimeSpan.Zero)
                {
                    _nextRequest = Now + _interval;
                    return;
                }
            }
            await Task.Delay(WholeMilliseconds(wait), time, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until so many bytes that came are paid for; true if it had to.</summary>
    public async Task<bool> BytesAsync(int count, CancellationToken cancel)
    {
        if (bytesPerSecond <= 0)
            return false;
        TimeSpan wait;
        lock (_lock)
        {
            TimeSpan earliest = Now - TimeSpan.FromSeconds(1);
            _bytesPaid = (_bytesPaid > earliest ? _bytesPaid : earliest) + TimeSpan.FromSeconds(count / bytesPerSecond);
            wait = _bytesPaid - Now;
        }
        if (wait <= TimeSpan.Zero)
            return false;
        await Task.Delay(WholeMilliseconds(wait), time, cancel).ConfigureAwait(false);
        return true;
    }

    // Task.Delay cuts fractions off, and would come back too early for ever.
    private static TimeSpan WholeMilliseconds(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
}
