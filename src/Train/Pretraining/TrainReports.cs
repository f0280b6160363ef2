namespace DataPipeline.Train;

/// <summary>One step done.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps of the run.</param>
/// <param name="Loss">Mean loss of the step's targets in nats, before the step.</param>
/// <param name="LearningRate">Learning rate used.</param>
/// <param name="GradientNorm">Norm of the gradient before clipping.</param>
/// <param name="Tokens">Targets trained on since the start of the run.</param>
/// <param name="TokensPerSecond">Targets of this step over its wall time: for people, never for outputs.</param>
public sealed record StepReport(int Step, int Steps, double Loss, double LearningRate, double GradientNorm, long Tokens, double TokensPerSecond)
{
    /// <summary>Weighted losses besides that of the tokens, by name; empty for most models.</summary>
    public IReadOnlyDictionary<string, double> Auxiliary { get; init; } = new Dictionary<string, double>();
}

/// <summary>Loss over one source of the validation data.</summary>
/// <param name="Source">Number of the source.</param>
/// <param name="Loss">Mean loss in nats.</param>
/// <param name="Tokens">Targets.</param>
public sealed record SourceLoss(int Source, double Loss, long Tokens)
{
    /// <summary>exp(loss of a token); depends on the tokenizer.</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>Loss of the text in bits for each of its UTF-8 bytes, comparable between tokenizers; null where the text is not known.</summary>
    public double? BitsPerByte { get; init; }
}

/// <summary>One validation.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">Mean loss of all targets in nats.</param>
/// <param name="BySource">The same by source, in the order of their numbers.</param>
public sealed record EvaluationReport(int Step, double Loss, IReadOnlyList<SourceLoss> BySource)
{
    /// <summary>exp(loss of a token).</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>Of all sources together, as in <see cref="SourceLoss.BitsPerByte"/>.</summary>
    public double? BitsPerByte { get; init; }
}
