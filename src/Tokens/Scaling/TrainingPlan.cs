namespace DataPipeline.Tokens.Scaling;

/// <summary>A training as planned. Its properties are the fields of <c>plan --json</c> in snake_case; their names do not change.</summary>
public sealed record TrainingPlan
{
    /// <summary>The rule that it follows.</summary>
    public required string Rule { get; init; }

    /// <summary>Parameters.</summary>
    public required double Parameters { get; init; }

    /// <summary>Tokens trained on, repeats counted.</summary>
    public required double Tokens { get; init; }

    /// <summary>Tokens for each parameter.</summary>
    public required double TokensPerParameter { get; init; }

    /// <summary>6 for each parameter and token.</summary>
    public required double Flops { get; init; }

    /// <summary>The same with attention, by the parameters that multiply a token.</summary>
    public required double FlopsWithAttention { get; init; }

    /// <summary>Predicted loss in nats a token, all tokens new.</summary>
    public required double Loss { get; init; }

    /// <summary>What each rule would do with the same <see cref="Flops"/>.</summary>
    public required IReadOnlyList<PlanOptimum> Optima { get; init; }

    /// <summary>The model.</summary>
    public required PlanModel Model { get; init; }

    /// <summary>Share of the peak that the times assume.</summary>
    public required double Utilisation { get; init; }

    /// <summary>Times.</summary>
    public required IReadOnlyList<PlanTime> Time { get; init; }

    /// <summary>Memory of a GPU.</summary>
    public required PlanMemory Memory { get; init; }

    /// <summary>The corpus, or null.</summary>
    public required PlanCorpus? Corpus { get; init; }

    /// <summary>What to think twice about.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Plans a training.</summary>
    /// <exception cref="Core.ConfigurationException">The request contradicts itself or lacks something.</exception>
    public static TrainingPlan Create(PlanRequest request)
    {
        request.Check();
        ScalingPoint point = PointOf(request);
        ModelShape shape = request.Model ?? ModelShape.Assumed(point.Parameters);
        int context = request.Context ?? shape.Context;
        double flops = FlopsPerToken(point.Parameters, shape, context) * point.Tokens;
        var memory = new MemorySettings(request.GpuCount, request.MicroBatch, context, request.Recompute, request.LoraRank);
        PlanCorpus? corpus = request.Corpus is null ? null : PlanCorpus.Of(request.Corpus, request.Rule, point);
        IEnumerable<Gpu> gpus = request.Gpu is null ? Gpu.Standard : Gpu.Standard.Where(gpu => gpu != request.Gpu).Prepend(request.Gpu);
        IReadOnlyList<MemoryRow> rows = TrainingMemory.Of(point.Parameters, shape, memory);
        return new TrainingPlan
        {
            Rule = request.Rule.Name,
            Parameters = point.Parameters,
            Tokens = point.Tokens,
            TokensPerParameter = point.TokensPerParameter,
            Flops = point.Flops,
            FlopsWithAttention = flops,
            Loss = request.Rule.Loss(point.Parameters, point.Tokens),
            Optima = [.. ScalingRule.All.Prepend(request.Rule).Distinct().Select(rule => PlanOptimum.Of(rule, point.Flops))],
            Model = PlanModel.Of(shape, context),
            Utilisation = request.Utilisation,
            Time = [.. gpus.Select(gpu => new PlanTime(gpu.Name, gpu.Precision, request.GpuCount, gpu.Hours(flops, request.GpuCount, request.Utilisation), gpu.Hours(flops, 1, request.Utilisation)))],
            Memory = new PlanMemory(request.GpuCount, request.MicroBatch, context, request.Recompute, request.Gpu?.MemoryBytes, rows, shape.KeyValueBytes()),
            Corpus = corpus,
            Warnings = [.. request.Rule.Range?.Warnings(request.Rule.Name, point) ?? [], .. corpus?.Warnings ?? [], .. Misfits(request, rows)],
        };
    }

    /// <summary>FLOPs of a token with attention. Of a guessed shape the parameters are those asked for, and attention grows as their power of two thirds.</summary>
    private static double FlopsPerToken(double parameters, ModelShape shape, int context) => shape.IsAssumed
        ? TrainingFlops.OfMatrices(parameters) + TrainingFlops.OfAttention(shape, context) * Math.Pow(parameters / shape.Parameters, 2 / 3.0)
        : TrainingFlops.PerToken(shape, context);

    private static ScalingPoint PointOf(PlanRequest request)
    {
        double? size = request.Model?.Parameters ?? request.Parameters;
        double? tokens = request.Tokens ?? (size is null && request.Flops is null && request.Hours is null ? request.Corpus!.Budget(RepeatedTokens.GoodEpochs) : null);
        Frontier frontier = request.Rule.Frontier;
        if (request.Flops is { } flops)
            return At(flops);
        if (request.Hours is { } hours)
            return WithinHours(request, request.Gpu!.Flops(hours, request.GpuCount, request.Utilisation), At);
        return (size, tokens) switch
        {
            ({ } n, { } d) => new ScalingPoint(n, d),
            ({ } n, null) => frontier.ForParameters(n),
            _ => frontier.ForTokens(tokens!.Value),
        };

        ScalingPoint At(double budget) => size is { } n ? new ScalingPoint(n, budget / (6 * n))
            : tokens is { } d ? new ScalingPoint(budget / (6 * d), d) : frontier.ForFlops(budget);
    }

    /// <summary>GPUs pay for attention too: the budget of the laws is found for which matrices and attention together take these FLOPs.</summary>
    private static ScalingPoint WithinHours(PlanRequest request, double flops, Func<double, ScalingPoint> at)
    {
        (double low, double high) = (Math.Log(flops) - 20, Math.Log(flops) + 1);
        for (int i = 0; i < 80; i++)
        {
            double middle = (low + high) / 2;
            ScalingPoint point = at(Math.Exp(middle));
            ModelShape shape = request.Model ?? ModelShape.Assumed(point.Parameters);
            bool isTooMuch = FlopsPerToken(point.Parameters, shape, request.Context ?? shape.Context) * point.Tokens > flops;
            (low, high) = isTooMuch ? (low, middle) : (middle, high);
        }
        return at(Math.Exp(low));
    }

    private static IEnumerable<string> Misfits(PlanRequest request, IReadOnlyList<MemoryRow> rows)
    {
        if (request.Utilisation > 0.6)
            yield return $"an MFU of {request.Utilisation:0.##} has hardly been reached: 0.3 to 0.5 is usual";
        if (request.Gpu is { } gpu && rows.All(row => row.Total > gpu.MemoryBytes))
            yield return $"nothing fits into the {gpu.MemoryBytes / 1e9:0} GB of a {gpu.Name}: split the model over GPUs (tensor or pipeline parallel), or lower --context or --micro-batch";
    }
}

/// <summary>What a rule would do with a budget.</summary>
/// <param name="Rule">Its name.</param>
/// <param name="Parameters">Best size.</param>
/// <param name="Tokens">Best tokens.</param>
/// <param name="TokensPerParameter">Tokens for each parameter.</param>
/// <param name="Loss">Loss it predicts, in nats a token.</param>
public sealed record PlanOptimum(string Rule, double Parameters, double Tokens, double TokensPerParameter, double Loss)
{
    internal static PlanOptimum Of(ScalingRule rule, double flops)
    {
        ScalingPoint best = rule.Frontier.ForFlops(flops);
        return new PlanOptimum(rule.Name, best.Parameters, best.Tokens, best.TokensPerParameter, rule.Loss(best.Parameters, best.Tokens));
    }
}

/// <summary>The model of a plan.</summary>
/// <param name="Name">Name, or <c>assumed</c> where the shape was guessed from the number of parameters.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Width">Width.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Key and value heads.</param>
/// <param name="FeedForward">Width of the feed-forward layer.</param>
/// <param name="Vocabulary">Rows of the embedding.</param>
/// <param name="Context">Tokens of a sequence.</param>
/// <param name="Parameters">Parameters of this shape; a guessed one comes near to those asked for.</param>
/// <param name="NonEmbeddingParameters">Without embeddings, positions and head.</param>
public sealed record PlanModel(
    string Name, int Layers, int Width, int Heads, int KeyValueHeads, int FeedForward, int Vocabulary, int Context, long Parameters, long NonEmbeddingParameters)
{
    internal static PlanModel Of(ModelShape shape, int context) => new(
        shape.Name, shape.Layers, shape.Width, shape.Heads, shape.KeyValueHeads, shape.FeedForward, shape.Vocabulary, context, shape.Parameters, shape.NonEmbeddingParameters);
}

/// <summary>How long a plan takes.</summary>
/// <param name="Gpu">Kind of GPU.</param>
/// <param name="Precision">Format of its peak.</param>
/// <param name="Count">How many.</param>
/// <param name="Hours">Hours that all of them work.</param>
/// <param name="GpuHours">Hours of one.</param>
public sealed record PlanTime(string Gpu, string Precision, int Count, double Hours, double GpuHours);

/// <summary>Memory of each GPU in bytes.</summary>
/// <param name="Devices">GPUs that share data-parallel work.</param>
/// <param name="MicroBatch">Sequences at a time.</param>
/// <param name="Context">Tokens of a sequence.</param>
/// <param name="Recompute">What is computed again.</param>
/// <param name="GpuBytes">Memory of the GPU asked for, or null.</param>
/// <param name="Methods">A line for each way to train.</param>
/// <param name="KeyValueBytesPerToken">Bytes that a token's keys and values take in generation, 16 bits.</param>
public sealed record PlanMemory(
    int Devices, int MicroBatch, int Context, Recompute Recompute, double? GpuBytes, IReadOnlyList<MemoryRow> Methods, long KeyValueBytesPerToken);

/// <summary>A corpus under a plan.</summary>
/// <param name="Mix">Where the shares come from.</param>
/// <param name="Available">Tokens at hand.</param>
/// <param name="Worth">New tokens that all trained tokens are worth.</param>
/// <param name="Loss">Predicted loss with repeats.</param>
/// <param name="LossChange">How much repeats add to the loss.</param>
/// <param name="Budget">The most tokens for which no source is repeated more than four times.</param>
/// <param name="Sources">A line for each source.</param>
public sealed record PlanCorpus(string Mix, double Available, double Worth, double Loss, double LossChange, double Budget, IReadOnlyList<CorpusShare> Sources)
{
    internal IEnumerable<string> Warnings
    {
        get
        {
            CorpusShare[] repeated = [.. Sources.Where(source => source.Epochs > RepeatedTokens.GoodEpochs * (1 + 1e-9))];
            foreach (CorpusShare source in repeated)
                yield return $"{source.Source} would be repeated {source.Epochs:0.0} times: beyond {RepeatedTokens.GoodEpochs} epochs repeats are worth clearly less than new text";
            if (repeated.Length > 0)
                yield return $"at these shares {Quantity.Format(Budget)} tokens keep every source within {RepeatedTokens.GoodEpochs} epochs";
        }
    }

    internal static PlanCorpus Of(Corpus corpus, ScalingRule rule, ScalingPoint point)
    {
        IReadOnlyList<CorpusShare> sources = corpus.At(point.Tokens);
        double worth = sources.Sum(source => source.Worth), loss = rule.Loss(point.Parameters, worth);
        return new PlanCorpus(corpus.Mix, corpus.Sources.Sum(source => (double)source.Tokens), worth, loss, loss - rule.Loss(point.Parameters, point.Tokens),
            corpus.Budget(RepeatedTokens.GoodEpochs), sources);
    }
}
