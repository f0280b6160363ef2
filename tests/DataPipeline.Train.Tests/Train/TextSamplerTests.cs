using System.Text.Json;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

public class TextSamplerTests
{
    private static readonly double[] logits = [0.1, 2.0, -1.0, 1.9, 0.5];

    [Theory]
    [InlineData(0.0, 0, 0.99, 1)]
    [InlineData(1.0, 1, 0.99, 1)]
    [InlineData(1.0, 2, 0.0, 1)]
    [InlineData(1.0, 2, 0.99, 3)]
    [InlineData(1.0, 0, 0.0, 0)]
    [InlineData(1.0, 0, 0.9999, 4)]
    public void Draw_PlaceInTheDistribution_TakesThatToken(double temperature, int topK, double place, int expected) =>
        Assert.Equal(expected, TextSampler.Draw(logits, temperature, topK, place));

    [Fact]
    public void Draw_ManyPlaces_FollowsTheSoftmax()
    {
        double sum = logits.Sum(l => Math.Exp(l / 0.7));
        var counts = new int[logits.Length];
        for (int i = 0; i < 20_000; i++) counts[TextSampler.Draw(logits, 0.7, 0, (i + 0.5) / 20_000)]++;
        for (int i = 0; i < counts.Length; i++) Near.Absolute(Math.Exp(logits[i] / 0.7) / sum, counts[i] / 20_000.0, 1e-4, $"share of {i}");
    }

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
}
