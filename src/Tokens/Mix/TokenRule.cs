namespace DataPipeline.Tokens.Mix;

/// <summary>The order of samples that hold different numbers of tokens to predict, so that the ratios hold for these tokens at every prefix.</summary>
/// <remarks>Tijdeman's rule with tokens for time: a sample of s tokens is too early before its source is asked for a small part of it, and too late once it is asked for nearly all; of those
/// that are not too early when they are taken, the one that is too late first comes. With samples of one size it is his order. In tests with up to
/// 40 sources of any sizes no source was ever off by one largest sample. The counters are the samples of each source, behind them their tokens.</remarks>
/// <param name="targets">Ratios; the unit is tokens.</param>
/// <param name="tokensOf">Tokens to predict in a sample of a source, by its number there.</param>
internal sealed class TokenRule(BlendTargets targets, Func<int, long, int> tokensOf) : BlendRule
{
    private readonly PriorityQueue<int, (double, int)> _waiting = new(), _ready = new();
    private readonly int[] _sources = [.. Enumerable.Range(0, targets.SourceCount).Where(targets.IsAsked)];
    private readonly int[] _next = new int[targets.SourceCount];
    private long _tokens;

    private double Early => _sources.Length < 2 ? 0.5 : 1.0 / (2 * _sources.Length - 2);

    public override int Counters => 2 * targets.SourceCount;

    public override long Tokens => _tokens;

    public override void Restart(long[] taken)
    {
        _waiting.Clear();
        _ready.Clear();
        _tokens = taken.AsSpan(targets.SourceCount).ToArray().Sum();
        foreach (int source in _sources)
            Wait(source, taken);
    }

    public override int Take(long sample, long[] taken)
    {
        while (_waiting.TryPeek(out int early, out (double Time, int) release) && release.Time <= _tokens)
        {
            _waiting.Dequeue();
            _ready.Enqueue(early, (targets.Reach(early, taken[targets.SourceCount + early] + (1 - Early) * _next[early]), early));
        }
        // One is always ready but for rounding.
        int best = _ready.Count > 0 ? _ready.Dequeue() : _waiting.Dequeue();
        taken[best]++;
        taken[targets.SourceCount + best] += _next[best];
        _tokens += _next[best];
        Wait(best, taken);
        return best;
    }

    /// <summary>A sample that is taken now ends its own tokens later, and must not be too early then.</summary>
    private void Wait(int source, long[] taken)
    {
        _next[source] = tokensOf(source, taken[source]);
        _waiting.Enqueue(source, (targets.Reach(source, taken[targets.SourceCount + source] + Early * _next[source]) - _next[source], source));
    }
}
