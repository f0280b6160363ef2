namespace DataPipeline.Tests.Ingest.Remote;

/// <summary>A clock on which waits are over at once and count as time passed. Timers of one length, those of stalls, stand still until a test lets them ring.</summary>
internal sealed class SkippingTime(TimeSpan held) : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2024, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Lock _lock = new();
    private readonly HashSet<Timer> _held = [];
    private long _ticks;

    /// <summary>All waits so far.</summary>
    public TimeSpan Passed => TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Passed.Ticks;

    public override DateTimeOffset GetUtcNow() => Start + Passed;

    /// <summary>Lets the timers that stand still ring.</summary>
    public void Ring()
    {
        Timer[] timers;
        lock (_lock)
        {
            timers = [.. _held];
            _held.Clear();
        }
        foreach (Timer timer in timers)
            timer.Ring();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(SkippingTime time, TimerCallback callback, object? state) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._held.Remove(this);
                if (dueTime == time.Held)
                    time._held.Add(this);
            }
            if (dueTime != time.Held && dueTime != Timeout.InfiniteTimeSpan)
            {
                Interlocked.Add(ref time._ticks, dueTime.Ticks);
                ThreadPool.QueueUserWorkItem(_ => Ring());
            }
            return true;
        }

        public void Ring() => callback(state);

        public void Dispose()
        {
            lock (time._lock)
                time._held.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private TimeSpan Held => held;
}
