using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>How likely a model finds given tokens behind others.</summary>
public static class LogLikelihood
{
    /// <summary>Sum of log-probabilities, and whether each token was the likeliest.</summary>
    public readonly record struct Score(double LogProbability, bool IsGreedy);

    /// <summary>Scores continuations: of each window the last tokens that it predicts.</summary>
    /// <param name="model">The model.</param>
    /// <param name="windows">What is read and what is scored.</param>
    /// <param name="batch">Windows computed together; those of like length go together, so that little is padded.</param>
    public static Score[] Of(LanguageModel model, IReadOnlyList<RollingWindows.Window> windows, int batch = 8)
    {
        var scores = new Score[windows.Count];
        int[] order = [.. Enumerable.Range(0, windows.Count).OrderByDescending(i => windows[i].Input.Length)];
        using var off = no_grad();
        foreach (int[] part in order.Chunk(batch)) ScoreBatch(model, windows, part, scores);
        return scores;
    }

    /// <summary>The window that scores a continuation behind a context; what does not fit the model falls off the front.</summary>
    public static RollingWindows.Window Continuation(int[] context, int[] continuation, int longest)
    {
        int[] all = [.. context, .. continuation], input = all[..^1];
        int[] predicted = continuation.Length > longest ? continuation[^longest..] : continuation;
        return new RollingWindows.Window(input.Length > longest ? input[^longest..] : input, predicted);
    }

    // Rows are padded behind their end, where a causal model does not look.
    private static void ScoreBatch(LanguageModel model, IReadOnlyList<RollingWindows.Window> windows, int[] part, Score[] scores)
    {
        using var scope = NewDisposeScope();
        int time = part.Max(i => windows[i].Input.Length), predicted = part.Max(i => windows[i].Predicted.Length);
        var inputs = new long[part.Length * time];
        var places = new long[part.Length * predicted];
        var targets = new long[part.Length * predicted];
        for (int row = 0; row < part.Length; row++)
        {
            (int[] input, int[] wanted) = (windows[part[row]].Input, windows[part[row]].Predicted);
            TokenIds.Check(input, model.Vocabulary);
            TokenIds.Check(wanted, model.Vocabulary);
            for (int t = 0; t < input.Length; t++) inputs[row * time + t] = input[t];
            for (int t = 0; t < predicted; t++)
            {
                bool isScored = t < wanted.Length;
                places[row * predicted + t] = row * time + (isScored ? input.Length - wanted.Length + t : 0);
                targets[row * predicted + t] = isScored ? wanted[t] : Loss.Ignored;
            }
        }
        Tensor hidden = model.Forward(tensor<long>(inputs, [part.Length, time], model.Device));
        Tensor logits = hidden.view(-1, model.Vocabulary).index_select(0, tensor<long>(places, [places.Length], model.Device)).view(part.Length, predicted, model.Vocabulary);
        Tensor wantedIds = tensor<long>(targets, [part.Length, predicted], model.Device);
        double[] losses = Loss.ByToken(logits, wantedIds).to(float64).ToArray<double>();
        long[] likeliest = logits.argmax(-1).ToArray<long>();
        for (int row = 0; row < part.Length; row++)
        {
            double sum = 0;
            bool isGreedy = true;
            for (int t = 0; t < windows[part[row]].Predicted.Length; t++)
            {
                sum -= losses[row * predicted + t];
                isGreedy &= likeliest[row * predicted + t] == targets[row * predicted + t];
            }
            scores[part[row]] = new Score(sum, isGreedy);
        }
    }
}
