namespace DataPipeline.Ingest.Remote;

/// <summary>When another try is made, and after how long.</summary>
internal static class Retries
{
    /// <summary>Twice as long after each failure, with a jitter down to half of it that depends on seed, address and number alone, so that many files that failed together
    /// do not come back together; never less than the server asks for.</summary>
    /// <param name="failures">Failures in a row, from 1.</param>
    /// <param name="failure">The last one.</param>
    /// <param name="options">First and longest wait, seed.</param>
    /// <param name="uri">What is asked for.</param>
    /// <exception cref="FetchException">The server asks for more than the longest wait.</exception>
    public static TimeSpan Wait(int failures, FetchException failure, FetchOptions options, Uri uri)
    {
        if (failure.After > options.MaxWait)
            throw new FetchException("retry_after_too_long", $"{failure.Message} The server asks to wait for {failure.After.Value.TotalSeconds:0} s, more than {options.MaxWait.TotalSeconds:0}.");
        double seconds = Math.Min(options.FirstWait.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 30)), options.MaxWait.TotalSeconds);
        var own = TimeSpan.FromSeconds(seconds * (0.5 + 0.5 * options.Seed.For(uri.AbsoluteUri).Fraction((ulong)failures)));
        return failure.After > own ? failure.After.Value : own;
    }

    /// <summary>What is not worth going on with half of it: tried from the start each time.</summary>
    /// <exception cref="FetchException">It went wrong for good, or too often.</exception>
    public static async Task<T> RunAsync<T>(Func<Task<T>> attempt, FetchOptions options, TimeProvider time, HostPace pace, Uri uri, CancellationToken cancel)
    {
        for (int failures = 1; ; failures++)
        {
            FetchException failure;
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (FetchException error) when (error.Again)
            {
                failure = error;
            }
            if (failures >= options.Tries)
                throw new FetchException(failure.Reason, $"{failure.Message} Given up after {failures} tries.", inner: failure);
            await PauseAsync(failures, failure, options, time, pace, uri, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Waits before another try; where the server asked for it, nobody asks it before.</summary>
    public static Task PauseAsync(int failures, FetchException failure, FetchOptions options, TimeProvider time, HostPace pace, Uri uri, CancellationToken cancel)
    {
        TimeSpan wait = Wait(failures, failure, options, uri);
        if (failure.After is { } asked)
            pace.Hold(asked);
        return Task.Delay(wait, time, cancel);
    }

    /// <summary>What an answer with another status than the wanted one means: 408, 429 and all from 500 may go better later.</summary>
    public static FetchException Refusal(RemoteResponse response, FetchOptions options, TimeProvider time)
    {
        int status = response.Status;
        string region = response.Header("x-amz-bucket-region") is { } name && name != options.S3.Region ? $" The bucket is in another region: set --region {name}." : "";
        return new FetchException($"http_{status}", $"The server answers with status {status}.{region}", again: status is 408 or 429 or >= 500, after: RetryAfter.Parse(response.Header("retry-after"), time.GetUtcNow()));
    }
}
