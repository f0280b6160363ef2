using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>How tokens are drawn.</summary>
/// <param name="tokens">Most new tokens.</param>
/// <param name="temperature">Divides the logits; 0 takes the likeliest token.</param>
/// <param name="topK">Draws among the k likeliest (Fan 2018); 0 is all.</param>
/// <param name="seed">Seed of the draws.</param>
public sealed record SamplingOptions(
    [Range(1, 1 << 20)] int tokens = 64,
    [Range(0.0, 100.0)] double temperature = 0.8,
    [Range(0, 1 << 24)] int topK = 40,
    ulong seed = 1);

/// <summary>Continues a prompt. Draws come from the sampler's own seed, so that sampling during training leaves torch's random state alone.</summary>
public static class TextSampler
{
    /// <summary>New tokens after the prompt; ends early after an id of `stops`.</summary>
    public static int[] Sample(LanguageModel model, ReadOnlySpan<int> prompt, SamplingOptions options, ReadOnlySpan<int> stops = default)
    {
        if (prompt.IsEmpty) throw new ArgumentException("a prompt needs one token at least: give the end-of-text token", nameof(prompt));
        var seed = new Seed(options.seed);
        List<int> all = [.. prompt];
        using var off = no_grad();
        for (int i = 0; i < options.tokens; i++)
        {
            using var scope = NewDisposeScope();
            int start = Math.Max(0, all.Count - model.Context);
            long[] window = [.. all.Skip(start).Select(id => (long)id)];
            Tensor logits_BTV = model.Forward(tensor<long>(window, [1, window.Length], model.Device));
            double[] logits = logits_BTV.select(1, window.Length - 1).view(-1).to(float64).ToArray<double>();
            int next = Draw(logits, options.temperature, options.topK, seed.Fraction((ulong)i));
            all.Add(next);
            if (stops.Contains(next)) break;
        }
        return [.. all.Skip(prompt.Length)];
    }

    /// <summary>The token at a place in [0, 1) of the cumulated distribution, in the order of ids.</summary>
    internal static int Draw(ReadOnlySpan<double> logits, double temperature, int topK, double place)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best]) best = i;
        if (temperature == 0) return best;

        double least = topK > 0 && topK < logits.Length ? Least(logits, topK) : double.NegativeInfinity;
        var weights = new double[logits.Length];
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (logits[i] < least) continue;
            sum += weights[i] = Math.Exp((logits[i] - logits[best]) / temperature);
        }
        double target = place * sum, passed = 0;
        int last = best;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0) continue;
            passed += weights[i];
            last = i;
            if (passed > target) return i;
        }
        return last;
    }

    private static double Least(ReadOnlySpan<double> logits, int topK)
    {
        double[] sorted = logits.ToArray();
        Array.Sort(sorted);
        return sorted[^topK];
    }
}
