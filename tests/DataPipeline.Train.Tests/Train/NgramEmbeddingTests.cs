using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

public class NgramEmbeddingTests
{
    private const int Rows = 11, Width = 3, Vocabulary = 7;
    private static readonly long[] tokens = [5, 0, 3, 3, 6, 1, 0, 0, 2, 4, 3, 3, 6, 1];

    // 2 rows of 7 tokens.
    private static Tensor Tokens() => torch.tensor<long>(tokens, [2, 7]);

    private static (int, Tensor)[] Tables() => [(2, torch.randn([Rows, Width])), (3, torch.randn([Rows, Width])), (4, torch.randn([Rows, Width]))];

    // The definition: each n-gram's own sum of products, one by one.
    private static double[] ByHand((int Order, Tensor Table)[] tables, Func<int, int, bool> reaches)
    {
        var sums = new double[tokens.Length * Width];
        foreach ((int order, Tensor table) in tables)
        {
            double[] values = table.Values();
            for (int row = 0; row < 2; row++)
                for (int t = 0; t < 7; t++)
                {
                    ulong hash = 0, power = 1;
                    for (int back = 0; back < order; back++)
                    {
                        power *= 6364136223846793005;
                        if (t - back >= 0 && reaches(t, t - back)) hash += power * (ulong)(tokens[row * 7 + t - back] + 1);
                    }
                    long high = (long)hash >> 33;
                    long at = (high % Rows + Rows) % Rows;
                    for (int c = 0; c < Width; c++) sums[(row * 7 + t) * Width + c] += values[at * Width + c];
                }
        }
        return sums;
    }

    [TorchFact]
    public void AddTo_Tokens_AddsTheRowOfEachNgram()
    {
        using var scope = torch.NewDisposeScope();
        (int, Tensor)[] tables = Tables();

        Tensor sum = new NgramEmbedding(tables).AddTo(torch.zeros([2, 7, Width]), Tokens(), ForwardContext.Plain);

        Near.Absolute(ByHand(tables, (_, _) => true), sum.Values(), 1e-6, "sum");
    }

    [TorchFact]
    public void AddTo_Documents_NgramsDoNotReachAcross()
    {
        using var scope = torch.NewDisposeScope();
        (int, Tensor)[] tables = Tables();
        Tensor documents = torch.tensor<int>([0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1], [2, 7]);

        Tensor sum = new NgramEmbedding(tables).AddTo(torch.zeros([2, 7, Width]), Tokens(), new ForwardContext(documents));

        Near.Absolute(ByHand(tables, (t, from) => t < 3 == from < 3), sum.Values(), 1e-6, "sum");
    }

    [TorchFact]
    public void Forward_TokenByTokenWithACache_EqualsTheWholeRow()
    {
        using var scope = torch.NewDisposeScope();
        using var off = torch.no_grad();
        using var model = new Llama(new LlamaOptions(layers: 2, heads: 2, width: 16, context: 8, ngrams: 4, ngramRows: Rows), Vocabulary);
        foreach (Weight table in model.Weights.Where(w => w.Name.Contains("ngrams"))) table.Value.normal_();
        Tensor whole = model.Forward(Tokens(), ForwardContext.Plain);
        using KeyValueCache cache = model.NewCache(2, 7);

        for (int t = 0; t < 7; t++)
        {
            Tensor one = model.Forward(Tokens().narrow(1, t, 1), new ForwardContext { Cache = cache });
            Near.Absolute(whole.select(1, t).contiguous().Values(), one.select(1, 0).contiguous().Values(), 1e-5, $"token {t}");
        }
    }

    [TorchFact]
    public void Model_NewWithNgramsAndZeroOutputs_PredictsAsWithoutNgramsAndKeepsItsShapeInItsConfig()
    {
        using var scope = torch.NewDisposeScope();
        using var off = torch.no_grad();
        var options = new LlamaOptions(layers: 1, heads: 2, width: 16, context: 8, tied: false, zeroOutputs: true, ngrams: 3, ngramRows: 5);
        using var model = new Llama(options, Vocabulary);

        Assert.All(model.Forward(Tokens(), ForwardContext.Plain).Values(), logit => Assert.Equal(0, logit));
        using LanguageModel again = LanguageModel.FromConfig(model.Config);
        Assert.Equal(model.Weights.Select(w => (w.Name, string.Join('x', w.Value.shape))), again.Weights.Select(w => (w.Name, string.Join('x', w.Value.shape))));
        Assert.Equal(["model.embed_tokens.weight", "model.embed_ngrams_2.weight", "model.embed_ngrams_3.weight"], model.Weights.Where(w => w.IsEmbedding).Select(w => w.Name));
    }
}
