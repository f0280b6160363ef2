namespace DataPipeline.Tokens.Mix;

/// <summary>In which order the samples of a mix come.</summary>
public enum BlendOrder
{
    /// <summary>No prefix is off by as much as one sample: at most 1 - 1/(2n - 2) of n sources (Tijdeman 1980, "The chairman assignment problem").</summary>
    Tijdeman,

    /// <summary>Megatron-LM's order: the source that lacks most comes next. A prefix may be off by more than one sample (1.6 in a million samples of five sources).</summary>
    Megatron,
}

/// <summary>How many samples of each source are asked for among the first so many, and the reverse: constant ratios.</summary>
public class BlendTargets
{
    private readonly double[] _weights;

    /// <summary>Constant ratios.</summary>
    /// <param name="weights">A weight of each source, at least one above zero; only ratios count.</param>
    /// <exception cref="ArgumentException">A weight is below zero or no number, or none is above zero.</exception>
    public BlendTargets(IReadOnlyList<double> weights)
    {
        double total = weights.Sum();
        if (weights.Any(weight => !(weight >= 0)) || !(total > 0) || double.IsInfinity(total))
            throw new ArgumentException("weights must be at least zero, one of them above", nameof(weights));
        _weights = [.. weights.Select(weight => weight / total)];
    }

    /// <summary>Sources.</summary>
    public int SourceCount => _weights.Length;

    /// <summary>False for a source that is never asked for.</summary>
    public bool IsAsked(int source) => _weights[source] > 0;

    /// <summary>Samples of a source asked for among the first <paramref name="samples"/>.</summary>
    public virtual double Asked(int source, double samples) => _weights[source] * samples;

    /// <summary>Among how many samples <paramref name="count"/> of a source are asked for; infinity if never.</summary>
    public virtual double Reach(int source, double count) => count / _weights[source];
}

/// <summary>Targets whose ratios change on the way.</summary>
/// <param name="schedule">Shares over the trained tokens.</param>
/// <param name="tokensOfSample">Tokens of a sample; 1 where the targets are of tokens.</param>
internal sealed class ScheduledTargets(MixSchedule schedule, double tokensOfSample)
    : BlendTargets([.. schedule.Knots[0].Shares.Select((_, source) => schedule.Knots.Max(knot => knot.Shares[source]))])
{
    public override double Asked(int source, double samples) => schedule.Tokens(source, samples * tokensOfSample) / tokensOfSample;

    public override double Reach(int source, double count) => schedule.Reach(source, count * tokensOfSample) / tokensOfSample;
}

/// <summary>Which source comes next, by what was taken before.</summary>
internal abstract class BlendRule
{
    private const int MostScanned = 32;

    public static BlendRule Of(BlendTargets targets, BlendOrder order) => order == BlendOrder.Megatron ? new MegatronRule(targets)
        : targets.SourceCount <= MostScanned ? new TijdemanScan(targets) : new TijdemanHeap(targets);

    /// <summary>Numbers it keeps in <c>taken</c>: the samples of each source, and behind them what else it counts.</summary>
    public abstract int Counters { get; }

    /// <summary>Tokens taken of all sources; 0 where the rule counts samples alone.</summary>
    public virtual long Tokens => 0;

    /// <summary>Goes on from counts.</summary>
    public abstract void Restart(long[] taken);

    /// <summary>Chooses the source of a sample and counts it.</summary>
    public abstract int Take(long sample, long[] taken);
}

/// <summary>At sample s comes the source with the largest asked(max(s, 1)) - taken, the first of equals.</summary>
internal sealed class MegatronRule(BlendTargets targets) : BlendRule
{
    public override int Counters => targets.SourceCount;

    public override void Restart(long[] taken)
    {
    }

    public override int Take(long sample, long[] taken)
    {
        double at = Math.Max(sample, 1);
        int best = 0;
        double most = double.NegativeInfinity;
        for (int source = 0; source < taken.Length; source++)
        {
            // Where all errors are zero, the first of equals may have no weight; it must never come.
            if (!targets.IsAsked(source))
                continue;
            double error = targets.Asked(source, at) - taken[source];
            if (error > most)
            {
                most = error;
                best = source;
            }
        }
        taken[best]++;
        return best;
    }
}

/// <summary>Each next sample of a source has a time before which it would be too early and one after which it would be too late; of those that are not too early, the
/// one that is too late first comes.</summary>
internal abstract class TijdemanRule : BlendRule
{
    private readonly BlendTargets _targets;
    private readonly double _early;

    protected TijdemanRule(BlendTargets targets)
    {
        _targets = targets;
        Sources = [.. Enumerable.Range(0, targets.SourceCount).Where(targets.IsAsked)];
        _early = Sources.Length < 2 ? 0.5 : 1.0 / (2 * Sources.Length - 2);
        Release = new double[targets.SourceCount];
        Deadline = new double[targets.SourceCount];
    }

    public override int Counters => _targets.SourceCount;

    protected int[] Sources { get; }

    protected double[] Release { get; }

    protected double[] Deadline { get; }

    public override void Restart(long[] taken)
    {
        foreach (int source in Sources)
            Set(source, taken[source]);
    }

    protected void Set(int source, long taken)
    {
        Release[source] = _targets.Reach(source, taken + _early);
        Deadline[source] = _targets.Reach(source, taken + 1 - _early);
    }
}

/// <summary>Looks at every source for every sample: for a few sources cheaper than keeping heaps.</summary>
internal sealed class TijdemanScan(BlendTargets targets) : TijdemanRule(targets)
{
    public override int Take(long sample, long[] taken)
    {
        double time = sample + 1;
        int best = -1, first = Sources[0];
        foreach (int source in Sources)
        {
            if (Release[source] <= time)
            {
                if (best < 0 || Deadline[source] < Deadline[best])
                    best = source;
            }
            else if (Release[source] < Release[first])
            {
                first = source;
            }
        }
        // By the theorem one is always ready; rounding may put it a hair behind.
        if (best < 0)
            best = first;
        Set(best, ++taken[best]);
        return best;
    }
}

/// <summary>The same with two heaps, so that a sample costs the logarithm of the number of sources.</summary>
internal sealed class TijdemanHeap(BlendTargets targets) : TijdemanRule(targets)
{
    private readonly PriorityQueue<int, (double, int)> _waiting = new(), _ready = new();

    public override void Restart(long[] taken)
    {
        base.Restart(taken);
        _ready.Clear();
        _waiting.Clear();
        _waiting.EnqueueRange(Sources.Select(source => (source, (Release[source], source))));
    }

    public override int Take(long sample, long[] taken)
    {
        double time = sample + 1;
        while (_waiting.TryPeek(out int early, out (double Release, int) priority) && priority.Release <= time)
        {
            _waiting.Dequeue();
            _ready.Enqueue(early, (Deadline[early], early));
        }
        int source = _ready.Count > 0 ? _ready.Dequeue() : _waiting.Dequeue();
        Set(source, ++taken[source]);
        _waiting.Enqueue(source, (Release[source], source));
        return source;
    }
}
