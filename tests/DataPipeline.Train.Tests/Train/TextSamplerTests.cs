using System.Text.Json;
using DataPipeline.Tests;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

public class TextSamplerTests
{
    private static readonly JsonElement golden = SharedData.Missing("golden/train") is not null ? default : GoldenFile.Read("g7_sampling.json");

    public static TheoryData<int> Cases() =>
        [.. Enumerable.Range(0, golden.ValueKind == JsonValueKind.Undefined ? 1 : golden.GetProperty("cases").GetArrayLength()).Where(i => golden.ValueKind == JsonValueKind.Undefined || Probabilities(i) is not null)];

    private static double[]? Probabilities(int index)
    {
        JsonElement test = golden.GetProperty("cases")[index], hyper = test.TryGetProperty("hyper", out JsonElement given) ? given : default;
        string name = test.GetProperty("case").GetString()!;
        double Number(string key, double otherwise) => hyper.TryGetProperty(key, out JsonElement value) ? value.GetDouble() : otherwise;
        if (name is not ("temperature" or "temperature_zero" or "top_k" or "top_p" or "topk_then_topp" or "min_p" or "repetition_penalty")) return null;
        var options = new SamplingOptions(
            temperature: Number("T", 1), topK: (int)Number("k", 0), topP: Number("p", 1), minP: Number("min_p", 0), repetitionPenalty: Number("penalty", 1));
        int[] seen = hyper.TryGetProperty("seen", out JsonElement ids) ? [.. ids.Numbers().Select(id => (int)id)] : [];
        return TokenSampler.Probabilities(golden.GetProperty("inputs").GetProperty("logits").Numbers(), options, seen);
    }

    [GoldenTheory]
    [MemberData(nameof(Cases))]
    public void Probabilities_GoldenCase_EqualsPyTorch(int index)
    {
        JsonElement expected = golden.GetProperty("cases")[index].GetProperty("expected");
        double[] probabilities = Probabilities(index)!;
        Near.Absolute(expected.GetProperty("probs").Numbers(), probabilities, 1e-9, "probability");
        Assert.Equal(expected.GetProperty("kept").Numbers(), Enumerable.Range(0, probabilities.Length).Where(i => probabilities[i] > 0).Select(i => (double)i));
    }

    [GoldenTheory]
    [InlineData("inverse_cdf")]
    public void Draw_GoldenPlaces_TakesTheirTokens(string name)
    {
        JsonElement test = golden.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("case").GetString() == name);
        double[] probabilities = TokenSampler.Probabilities(golden.GetProperty("inputs").GetProperty("logits").Numbers(), new SamplingOptions(temperature: 1, topK: 0), []);
        Assert.Equal(test.GetProperty("expected").GetProperty("ids").Numbers(), test.GetProperty("hyper").GetProperty("u").Numbers().Select(u => (double)TokenSampler.Draw(probabilities, u)));
    }

    [Theory]
    [InlineData(0.0, 0, 0.99, 1)]
    [InlineData(1.0, 1, 0.99, 1)]
    [InlineData(1.0, 2, 0.0, 1)]
    [InlineData(1.0, 2, 0.99, 3)]
    [InlineData(1.0, 0, 0.0, 0)]
    [InlineData(1.0, 0, 0.9999, 4)]
    public void Draw_PlaceInTheDistribution_TakesThatToken(double temperature, int topK, double place, int expected) =>
        Assert.Equal(expected, TokenSampler.Draw(TokenSampler.Probabilities([0.1, 2.0, -1.0, 1.9, 0.5], new SamplingOptions(temperature: temperature, topK: topK), []), place));

    [TorchFact]
    public void Sample_SameSeed_SameTokensAndTorchStateUntouched()
    {
        using var scope = torch.NewDisposeScope();
        using var model = new Llama(new LlamaOptions(layers: 1, heads: 2, width: 32, context: 8), 32, seed: 2);
        byte[] state = torch.get_rng_state().ToArray<byte>();
        var options = new SamplingOptions(tokens: 20, seed: 4);

        int[] first = TextSampler.Sample(model, [1, 2], options), second = TextSampler.Sample(model, [1, 2], options), other = TextSampler.Sample(model, [1, 2], options with { seed = 5 });

        Assert.Equal(20, first.Length);
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
        Assert.Equal(state, torch.get_rng_state().ToArray<byte>());
        Assert.Equal(first[..(Array.IndexOf(first, first[3]) + 1)], TextSampler.Sample(model, [1, 2], options, stops: [first[3]]));
    }

    [TorchTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sample_PromptsOfManyLengthsTogether_EqualsEachAloneAndWithoutACache(bool bloom)
    {
        using var scope = torch.NewDisposeScope();
        ModelOptions shape = bloom ? new BloomOptions(layers: 2, heads: 2, width: 32, context: 24) : new LlamaOptions(layers: 2, heads: 4, kvHeads: 2, width: 32, context: 24, window: 7);
        using LanguageModel model = shape.Make(32, 2, torch.float64);
        int[][] prompts = [[1, 2, 3], [4], [5, 6, 7, 8, 9, 10, 11]];
        var options = new SamplingOptions(tokens: 40, seed: 4, temperature: 1, topP: 0.95, repetitionPenalty: 1.1);

        int[][] together = TextSampler.Sample(model, prompts, options, [31], [7, 8, 9]);

        for (int i = 0; i < prompts.Length; i++)
        {
            // Longer texts are cut where the longest row fills the context, so rows are compared up to there.
            int same = Math.Min(together[i].Length, 24 - 7);
            Assert.Equal(together[i][..same], TextSampler.Sample(model, [prompts[i]], options, [31], [(ulong)(7 + i)])[0][..same]);
            Assert.Equal(TextSampler.Sample(model, [prompts[i]], options, [31], [(ulong)(7 + i)])[0], TextSampler.Sample(model, [prompts[i]], options, [31], [(ulong)(7 + i)], isCached: false)[0]);
        }
    }
}
