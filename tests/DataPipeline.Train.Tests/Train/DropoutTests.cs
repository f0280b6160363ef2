using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train.Tests;

public sealed class DropoutTests
{
    private const int Vocabulary = 32;

    private static LanguageModel Make(string family, double dropout, double attentionDropout) => family switch
    {
        "gpt2" => new Gpt2(new Gpt2Options(2, 2, 32, 16, dropout: dropout, attentionDropout: attentionDropout), Vocabulary, 3),
        "bloom" => new Bloom(new BloomOptions(2, 2, 32, 16, dropout: dropout, attentionDropout: attentionDropout), Vocabulary, 3),
        _ => new Llama(new LlamaOptions(2, 4, 2, 32, 16, dropout: dropout, attentionDropout: attentionDropout), Vocabulary, 3),
    };

    [TorchTheory]
    [InlineData("gpt2", 0.3, 0)]
    [InlineData("gpt2", 0, 0.3)]
    [InlineData("bloom", 0.3, 0)]
    [InlineData("bloom", 0, 0.3)]
    [InlineData("llama", 0.3, 0)]
    [InlineData("llama", 0, 0.3)]
    public void Forward_EachDropout_ActsInTrainingAloneAndRepeatsFromTheRandomState(string family, double dropout, double attentionDropout)
    {
        using var scope = NewDisposeScope();
        using LanguageModel model = Make(family, dropout, attentionDropout), without = Make(family, 0, 0);
        Tensor tokens = tensor<long>([1, 5, 9, 30, 2], [1, 5]);
        double[] Logits(LanguageModel which) => which.Forward(tokens).Values();
        manual_seed(4);
        double[] first = Logits(model), second = Logits(model);
        manual_seed(4);

        Assert.Equal(first, Logits(model));
        Assert.NotEqual(first, second);
        Assert.NotEqual(Logits(without), second);
        using (no_grad()) Assert.Equal(Logits(without), Logits(model));
        LanguageModel read = LanguageModel.FromConfig(model.Config);
        Assert.Equal(model.Config.ToJsonString(), read.Config.ToJsonString());
        read.Dispose();
    }

    [TorchFact]
    public void Attend_Dropout_ZeroesWeightsBehindTheSoftmax()
    {
        using var scope = NewDisposeScope();
        using var attention = new Attention(2, 2, causal: false, fused: false, dropout: 0.5);
        Tensor q = randn([1, 5, 2, 4], float64), k = randn([1, 5, 2, 4], float64), v = randn([1, 5, 2, 4], float64);
        manual_seed(8);
        Tensor mixed = attention.Attend(q, k, v, null).view(1, 5, 2, 4).transpose(1, 2);

        manual_seed(8);
        Tensor weights = F.softmax(matmul(q.transpose(1, 2), k.permute(0, 2, 3, 1)) / 2, -1);
        Tensor kept = F.dropout(ones([2, 5, 5], float64), 0.5, training: true).view(1, 2, 5, 5);

        Assert.Contains(0, kept.contiguous().Values());
        Near.Absolute(matmul(weights * kept, v.transpose(1, 2)).contiguous().Values(), mixed.contiguous().Values(), 1e-12, "mixed");
    }
}
