using DataPipeline.Tokens.Scaling;

namespace DataPipeline.Train.Tests.Progress;

/// <summary>FLOPs counted from a model's weights against those that `plan` counts from its shape.</summary>
public class ModelFlopsTests
{
    private const int Vocabulary = 101, Context = 32;

    [TorchFact]
    public void PerToken_Gpt2AndLlama_EqualThePlan()
    {
        Check(new Gpt2Options(layers: 3, heads: 4, width: 32, context: Context), new ModelShape("", DecoderKind.Gpt2, 3, 32, 4, Vocabulary, Context));
        Check(new LlamaOptions(layers: 2, heads: 4, kvHeads: 2, width: 32, context: Context, feedForward: 96, tied: false),
            new ModelShape("", DecoderKind.Llama, 2, 32, 4, Vocabulary, Context) { KeyValueHeads = 2, FeedForward = 96 });
        Check(new LlamaOptions(layers: 2, heads: 4, width: 32, context: Context, feedForward: 96, ngrams: 3),
            new ModelShape("", DecoderKind.Llama, 2, 32, 4, Vocabulary, Context) { FeedForward = 96, Tied = true });
    }

    [TorchFact]
    public void PerToken_Experts_CountsThoseOfAToken()
    {
        // Two of four experts, each 3 * 32 * 96 weights, and a router of 4 * 32.
        using LanguageModel model = new LlamaOptions(layers: 2, heads: 4, width: 32, context: Context, feedForward: 96, experts: new ExpertOptions(experts: 4, perToken: 2)).Make(Vocabulary);
        double block = 4 * 32 * 32 + 2 * (3 * 32 * 96) + 4 * 32 + 2 * 32;
        Assert.Equal(6 * (2 * block + 32 + Vocabulary * 32) + 12 * 2 * 32 * Context, ModelFlops.PerToken(model, Context));
    }

    [TorchFact]
    public void PerToken_WindowAndBloom_CountTheirAttention()
    {
        using LanguageModel whole = new LlamaOptions(layers: 2, heads: 4, width: 32, context: Context).Make(Vocabulary), windowed = new LlamaOptions(layers: 2, heads: 4, width: 32, context: Context, window: 8).Make(Vocabulary);
        Assert.Equal(12 * 2 * 32 * (Context - 8), ModelFlops.PerToken(whole, Context) - ModelFlops.PerToken(windowed, Context));
        using LanguageModel bloom = new BloomOptions(layers: 2, heads: 4, width: 32, context: Context).Make(Vocabulary);
        Assert.Equal(6.0 * bloom.Parameters + 12 * 2 * 32 * Context, ModelFlops.PerToken(bloom, Context));
    }

    private static void Check(ModelOptions options, ModelShape shape)
    {
        using LanguageModel model = options.Make(Vocabulary);
        Assert.Equal(TrainingFlops.PerToken(shape, Context), ModelFlops.PerToken(model, Context));
    }
}
