using DataPipeline.Core;

namespace DataPipeline.Tokens.Scaling;

/// <summary>What is known of a training. Size, compute and tokens are tied by C = 6 N D, so at most two of them can be given.</summary>
public sealed record PlanRequest
{
    /// <summary>The rule that chooses what is not given.</summary>
    public ScalingRule Rule { get; init; } = ScalingRule.ChinchillaRefit;

    /// <summary>Parameters of the model.</summary>
    public double? Parameters { get; init; }

    /// <summary>A model whose shape is known.</summary>
    public ModelShape? Model { get; init; }

    /// <summary>Tokens to train on.</summary>
    public double? Tokens { get; init; }

    /// <summary>Training FLOPs, as the laws count them: 6 for each parameter and token.</summary>
    public double? Flops { get; init; }

    /// <summary>Kind of GPU.</summary>
    public Gpu? Gpu { get; init; }

    /// <summary>How many of them.</summary>
    public int GpuCount { get; init; } = 1;

    /// <summary>Hours that all of them are there.</summary>
    public double? Hours { get; init; }

    /// <summary>Share of the peak that is reached, 0 to 1.</summary>
    public double Utilisation { get; init; } = 0.4;

    /// <summary>The corpus trained on.</summary>
    public Corpus? Corpus { get; init; }

    /// <summary>Tokens of a sequence; default: what the model was made for.</summary>
    public int? Context { get; init; }

    /// <summary>Sequences a GPU holds at a time.</summary>
    public int MicroBatch { get; init; } = 1;

    /// <summary>What is computed again in the backward pass.</summary>
    public Recompute Recompute { get; init; } = Recompute.Selective;

    /// <summary>Rank of LoRA's adapters.</summary>
    public int LoraRank { get; init; } = 16;

    /// <summary>Refuses what contradicts itself; all mistakes at once.</summary>
    /// <exception cref="ConfigurationException">Too little, too much or nonsense is given.</exception>
    public void Check()
    {
        var mistakes = new List<string>();
        void Refuse(bool wrong, string message)
        {
            if (wrong)
                mistakes.Add(message);
        }
        bool hasSize = Parameters is not null || Model is not null, hasCompute = Flops is not null || Hours is not null;
        Refuse(Parameters is not null && Model is not null, "--parameters and --model both say the size: give one");
        Refuse(Flops is not null && Hours is not null, "--flops and --hours both say the compute: give one; without --hours, --gpus says how long it takes");
        Refuse(Hours is not null && Gpu is null, "--hours needs --gpus, such as h100:64");
        Refuse(hasSize && hasCompute && Tokens is not null, "size, compute and tokens are tied by C = 6 N D: give two of them at most");
        Refuse(!hasSize && !hasCompute && Tokens is null && Corpus is null, "nothing to plan from: give --parameters or --model, --flops or --gpus with --hours, --tokens, or --corpus");
        Refuse(Utilisation is not (> 0 and <= 1), "--mfu is above 0 and at most 1");
        Refuse(Context < 1 || MicroBatch < 1 || LoraRank < 1, "--context, --micro-batch and --lora-rank are at least 1");
        if (mistakes.Count > 0)
            throw new ConfigurationException(string.Join('\n', mistakes));
    }
}
