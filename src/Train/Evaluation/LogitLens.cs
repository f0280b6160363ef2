using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>What a model would say after each of its blocks (nostalgebraist 2020): the residual stream through the last norm and the output matrix.</summary>
public static class LogitLens
{
    /// <summary>The likeliest next token behind one token, read off one layer.</summary>
    /// <param name="Token">Its id.</param>
    /// <param name="Probability">Its probability there.</param>
    /// <param name="Target">Log-probability of the token that comes next; NaN behind the last.</param>
    public readonly record struct Reading(int Token, double Probability, double Target);

    /// <summary>Readings by layer, the embedding first, then by token. The last layer's are the model's own.</summary>
    public static Reading[][] Of(LanguageModel model, int[] tokens)
    {
        TokenIds.Check(tokens, model.Vocabulary);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var layers = new List<Reading[]>();
        Tensor ids = tensor<long>([.. tokens.Select(id => (long)id)], [1, tokens.Length], model.Device);
        model.Forward(ids, new ForwardContext { Layer = x_BTC => layers.Add(Read(model, x_BTC, tokens)) });
        return [.. layers];
    }

    private static Reading[] Read(LanguageModel model, Tensor x_BTC, int[] tokens)
    {
        using var scope = NewDisposeScope();
        Tensor logs_TV = F.log_softmax(model.Unembed(x_BTC).view(tokens.Length, model.Vocabulary), -1, float64);
        (Tensor best, Tensor token) = logs_TV.topk(1);
        double[] logs = best.contiguous().ToArray<double>();
        long[] ids = token.contiguous().ToArray<long>();
        double[] targets = logs_TV.gather(1, tensor<long>([.. tokens.Skip(1).Select(id => (long)id), 0], [tokens.Length, 1], model.Device)).contiguous().ToArray<double>();
        targets[^1] = double.NaN;
        return [.. ids.Select((id, i) => new Reading((int)id, Math.Exp(logs[i]), targets[i]))];
    }
}
