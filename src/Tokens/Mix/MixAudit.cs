using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens.Steps;

namespace DataPipeline.Tokens.Mix;

/// <summary>Compares the tokens of each source that a training step consumed, as its log counts them batch by batch, with the plan of the mix.</summary>
/// <remarks>The counts are the trainer's, not the loader's: a loader that drew wrongly would describe itself as right. A window's deviation is the difference of the deviations
/// at its ends, so the worst window is the largest minus the smallest of them.</remarks>
public sealed class MixAudit
{
    /// <summary>Share of all trained tokens that a source may be off.</summary>
    public const double Tolerance = 0.001;

    private MixAudit(IReadOnlyList<SourceAudit> sources, long steps, long tokens, long padding, long batchTokens)
    {
        Sources = sources;
        Steps = steps;
        Tokens = tokens;
        Padding = padding;
        BatchTokens = batchTokens;
    }

    /// <summary>A line for each source of the plan.</summary>
    public IReadOnlyList<SourceAudit> Sources { get; }

    /// <summary>Steps looked at.</summary>
    public long Steps { get; }

    /// <summary>Tokens trained on in these steps.</summary>
    public long Tokens { get; }

    /// <summary>Places of the batches that held no token to predict.</summary>
    public long Padding { get; }

    /// <summary>Share of the batches that was padding, 0 to 1.</summary>
    public double PaddingShare => Tokens + Padding == 0 ? 0 : (double)Padding / (Tokens + Padding);

    /// <summary>Most tokens of one step.</summary>
    public long BatchTokens { get; }

    /// <summary>Tokens a source may be off: 0.1 % of all, or one batch where that is more.</summary>
    public double Allowed => Math.Max(Tolerance * Tokens, BatchTokens);

    /// <summary>Sources that are further off.</summary>
    public IEnumerable<SourceAudit> Wrong => Sources.Where(source => Math.Abs(source.Tokens - source.Planned) > Allowed);

    /// <summary>Audits a training step.</summary>
    /// <param name="mix">The mix it drew from.</param>
    /// <param name="trained">The step.</param>
    /// <param name="from">Steps before the window that is looked at.</param>
    /// <param name="to">The window's last step.</param>
    /// <exception cref="InputException">The log is damaged, names other sources than the plan, or does not agree with the manifest.</exception>
    public static MixAudit Of(Artifact mix, Artifact trained, long from = 0, long to = long.MaxValue)
    {
        FileEntry log = trained.Files("log") is [var only] ? only : throw new InputException($"{trained.Folder}: no training log in its manifest.json: train again");
        IReadOnlyList<MixShare> shares = MixArtifact.Shares(mix.Manifest);
        MixSchedule? schedule = MixArtifact.Schedule(mix.Manifest);
        var index = shares.Select((share, i) => (share.Source, i)).ToDictionary(pair => pair.Source, pair => pair.i, StringComparer.Ordinal);
        long[] taken = new long[shares.Count], window = new long[shares.Count];
        double[] least = new double[shares.Count], most = new double[shares.Count];
        long steps = 0, tokens = 0, before = 0, inside = 0, padding = 0, batch = 0, line = 0;
        foreach (string text in File.ReadLines(log.Path))
        {
            line++;
            if (StepCounts(log.Path, line, text) is not { } step)
                continue;
            bool isInside = steps >= from && steps < to;
            long counted = tokens;
            foreach ((string source, long count) in step.Sources)
            {
                if (!index.TryGetValue(source, out int i))
                    throw new InputException($"{log.Path}: line {line}: source {source} is not in the plan of {mix.Folder}: the model was trained on another mix");
                taken[i] += count;
                tokens += count;
                window[i] += isInside ? count : 0;
            }
            steps++;
            if (steps <= from)
                before = tokens;
            if (!isInside)
                continue;
            inside++;
            padding += step.Padding;
            batch = Math.Max(batch, tokens - counted);
            for (int i = 0; i < taken.Length; i++)
            {
                double off = taken[i] - Planned(i, tokens);
                (least[i], most[i]) = (Math.Min(least[i], off), Math.Max(most[i], off));
            }
        }
        Compare(trained, log.Path, steps, tokens);
        if (inside == 0)
            throw new InputException($"{log.Path}: no step behind {from} up to {to}: it has {steps}");
        long until = before + window.Sum();
        return new MixAudit([.. shares.Select((share, i) => new SourceAudit(share.Source, share.Asked, share.Share, Planned(i, until) - Planned(i, before), window[i],
            share.Available == 0 ? 0 : (double)window[i] / share.Available, most[i] - least[i]))], inside, window.Sum(), padding, batch);

        double Planned(int source, long trained) => schedule?.Tokens(source, trained) ?? shares[source].Share * trained;
    }

    private static ((string Source, long Tokens)[] Sources, long Padding)? StepCounts(string path, long line, string text)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            if (json.RootElement.GetProperty("kind").GetString() != "train")
                return null;
            return json.RootElement.TryGetProperty("sources", out JsonElement sources)
                ? ([.. sources.EnumerateObject().Select(source => (source.Name, source.Value.GetInt64()))],
                    json.RootElement.TryGetProperty("padding", out JsonElement padding) ? padding.GetInt64() : 0)
                : throw new InputException($"{path}: line {line} does not count tokens by source: it was written by an earlier version; train again to audit");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InputException($"{path}: line {line} is no line of a training log: {error.Message}", error);
        }
    }

    private static void Compare(Artifact trained, string log, long steps, long tokens)
    {
        if (steps != (long)trained.Manifest.Number("steps") || tokens != (long)trained.Manifest.Number("tokens"))
        {
            throw new InputException($"{log}: {steps} steps of {tokens} tokens, but manifest.json says {trained.Manifest.Number("steps")} of {trained.Manifest.Number("tokens")}:"
                + " lines are missing or repeated; train again");
        }
    }
}

/// <summary>Asked and consumed for a source.</summary>
/// <param name="Source">Name.</param>
/// <param name="Asked">Share asked for, 0 to 1.</param>
/// <param name="Share">Share planned after caps.</param>
/// <param name="Planned">Tokens that this share is of all trained.</param>
/// <param name="Tokens">Tokens consumed.</param>
/// <param name="Epochs">How often the source was gone through.</param>
/// <param name="WorstWindow">Most tokens it was off over any run of steps.</param>
public sealed record SourceAudit(string Source, double Asked, double Share, double Planned, long Tokens, double Epochs, double WorstWindow);
