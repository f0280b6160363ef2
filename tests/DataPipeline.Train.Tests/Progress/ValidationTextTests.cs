using System.Text;
using DataPipeline.Tokens;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests.Progress;

public class ValidationTextTests
{
    private static readonly string[] texts = ["the tide comes in at noon", "河边有一座灯塔", "the tide goes out"];

    [TorchFact]
    public void Evaluate_TwoSources_BitsPerByteAreThoseOfTheTexts()
    {
        Tokenizer tokenizer = new BpeTrainer(300).TrainTokenizer(texts);
        int end = tokenizer.EndOfDocumentId!.Value;
        using LanguageModel model = new LlamaOptions(layers: 1, heads: 2, width: 16, context: 128).Make(tokenizer.VocabularySize, seed: 7, torch.float64);
        int[][] rows = [[end, .. Ids(texts[0]), end, .. Ids(texts[2])], [end, .. Ids(texts[1]), end]];
        int columns = rows.Max(row => row.Length) + 3;
        // The rest of a row is padding.
        var batch = new TokenBatch([.. rows.SelectMany(row => (int[])[.. row, .. Enumerable.Repeat(-1, columns - row.Length)])], 2, [4, 9]);

        var text = new ValidationText(tokenizer, [batch]);
        EvaluationReport report = Evaluator.Evaluate(model, [batch], text: text);

        Assert.Equal([Bytes(0) + Bytes(2), Bytes(1)], new[] { text.BytesOf(4), text.BytesOf(9) });
        double[] nats = [.. rows.Select(row => Nats(model, row, end))];
        Near.Absolute(nats[0] / ((Bytes(0) + Bytes(2)) * Math.Log(2)), report.BySource[0].BitsPerByte!.Value, 1e-6, "first source");
        Near.Absolute(nats[1] / (Bytes(1) * Math.Log(2)), report.BySource[1].BitsPerByte!.Value, 1e-6, "second source");
        Near.Absolute(nats.Sum() / ((Bytes(0) + Bytes(1) + Bytes(2)) * Math.Log(2)), report.BitsPerByte!.Value, 1e-6, "all");
        Assert.Equal(Math.Exp(report.Loss), report.Perplexity);
        Assert.Null(Evaluator.Evaluate(model, [batch]).BitsPerByte);

        int[] Ids(string s) => [.. tokenizer.EncodeToIds(s)];
    }

    private static long Bytes(int text) => Encoding.UTF8.GetByteCount(texts[text]);

    // Each token that is text, one after the other.
    private static double Nats(LanguageModel model, int[] row, int end)
    {
        double sum = 0;
        using var off = torch.no_grad();
        for (int at = 1; at < row.Length; at++)
        {
            using var scope = torch.NewDisposeScope();
            double[] logits = model.Forward(torch.tensor<long>([.. row[..at].Select(id => (long)id)], [1, at])).select(1, at - 1).ToArray<double>();
            if (row[at] != end) sum += Math.Log(logits.Sum(Math.Exp)) - logits[row[at]];
        }
        return sum;
    }
}
