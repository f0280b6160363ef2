using System.Globalization;
using DataPipeline.Tokens.Scaling;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>What people see of a training under way: loss, speed, share of the card's peak, time left and the mix so far. It holds times, so no output has anything of it.</summary>
public sealed class TrainingProgress
{
    // About the last twenty steps: fast enough to show a slow disk, slow enough to read.
    private const double Decay = 0.95;

    private readonly int steps, first;
    private readonly TimeProvider clock;
    private readonly long started;
    private readonly SortedDictionary<string, long> delivered = new(StringComparer.Ordinal);
    private int step;
    private double loss, recentAmount, recentSeconds;
    private string more = "";

    /// <summary>Starts the clock.</summary>
    /// <param name="steps">Steps of the run.</param>
    /// <param name="done">Those of an earlier process.</param>
    /// <param name="clock">The clock; the system's if not given.</param>
    public TrainingProgress(int steps, int done = 0, TimeProvider? clock = null)
    {
        (this.steps, first, step) = (steps, done, done);
        this.clock = clock ?? TimeProvider.System;
        started = this.clock.GetTimestamp();
    }

    /// <summary>FLOPs of a token (<see cref="ModelFlops"/>); 0 where the share of the peak is not asked for.</summary>
    public double FlopsPerToken { get; init; }

    /// <summary>The card; null where its peak is not known, as on a CPU.</summary>
    public Gpu? Gpu { get; init; }

    /// <summary>Cards that share the work, all of that kind.</summary>
    public int Gpus { get; init; } = 1;

    /// <summary>What is counted: tokens to be predicted, or such as pairs.</summary>
    public string Unit { get; init; } = "tokens";

    /// <summary>That many a second over the last steps, without what lies between them (validation, checkpoints).</summary>
    public double PerSecond => recentSeconds > 0 ? recentAmount / recentSeconds : 0;

    /// <summary>Model FLOPs utilisation: the share of the cards' dense 16-bit peak that this speed is, whatever the precision; null where the peak is not known.</summary>
    public double? Utilisation => Gpu is { } gpu && FlopsPerToken > 0 ? PerSecond * FlopsPerToken / (gpu.PeakFlops * Gpus) : null;

    /// <summary>Wall time to the end at the mean pace of this process, validation and checkpoints counted; null before its first step.</summary>
    public TimeSpan? Left => step > first ? clock.GetElapsedTime(started) / (step - first) * (steps - step) : null;

    /// <summary>The kind of a card, or null for a CPU or a card without a known peak.</summary>
    public static Gpu? GpuOf(Device device) => device.Type == DeviceType.CUDA && torch.cuda.get_device_name(device) is { } name ? Gpu.OfDevice(name) : null;

    /// <summary>Counts what was delivered: of a step, or of the steps of an earlier process.</summary>
    public void Deliver(IEnumerable<KeyValuePair<string, long>> tokensBySource)
    {
        foreach ((string source, long tokens) in tokensBySource) delivered[source] = delivered.GetValueOrDefault(source) + tokens;
    }

    /// <summary>Takes in a step.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="loss">Its loss.</param>
    /// <param name="amount">Its tokens to be predicted, or what else is counted.</param>
    /// <param name="seconds">Its wall time.</param>
    /// <param name="more">What else to show beside the loss.</param>
    public void Add(int step, double loss, double amount, double seconds, string more = "")
    {
        (this.step, this.loss, this.more) = (step, loss, more);
        (recentAmount, recentSeconds) = (recentAmount * Decay + amount, recentSeconds * Decay + seconds);
    }

    /// <summary>One line of all of it.</summary>
    public override string ToString()
    {
        var parts = new List<string> { Invariant($"step {step:N0} of {steps:N0}, loss {loss:F4}{(more.Length > 0 ? ", " : "")}{more}, {Speed}") };
        if (Left is { } left) parts.Add($"{Duration(left)} left");
        double all = delivered.Values.Sum();
        if (all > 0) parts.Add($"mix {string.Join(' ', delivered.Select(source => Invariant($"{source.Key} {100 * source.Value / all:F1}%")))}");
        return string.Join(", ", parts);
    }

    /// <summary>The speed, and the share of the peak where it is known.</summary>
    public string Speed => Invariant($"{Scaled(PerSecond)} {Unit}/s") + (Utilisation is { } share ? Invariant($", MFU {100 * share:F1}%") : "");

    private static string Scaled(double value) => value >= 1e6 ? Invariant($"{value / 1e6:F2}M") : value >= 1e3 ? Invariant($"{value / 1e3:F1}k") : Invariant($"{value:F0}");

    private static string Duration(TimeSpan time) => Invariant($"{(long)time.TotalHours:00}:{time.Minutes:00}:{time.Seconds:00}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
