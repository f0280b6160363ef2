using System.Text.Json.Nodes;
using DataPipeline.Tokens.Scaling;

namespace DataPipeline.Train;

/// <summary>FLOPs of training a model, forward and backward, by the definition of <see cref="TrainingFlops"/> (Chowdhery et al. 2022, appendix B).</summary>
/// <remarks>Counted from the weights, so that every family has a figure: each weight that multiplies a token, which is all but tables that are looked up. Of experts those count that a token goes to.</remarks>
public static class ModelFlops
{
    /// <summary>FLOPs of a token.</summary>
    /// <param name="model">The model.</param>
    /// <param name="length">Tokens of a sample.</param>
    public static double PerToken(LanguageModel model, int length)
    {
        JsonObject config = model.Config;
        int layers = Setting("num_hidden_layers", "n_layer"), heads = Setting("num_attention_heads", "n_head"), width = Setting("hidden_size", "n_embd");
        var shape = new ModelShape("", DecoderKind.Llama, layers, width, heads, model.Vocabulary, length) { HeadWidth = config.Whole("head_dim", width / heads) };
        int window = config["sliding_window"] is JsonValue ? config.Whole("sliding_window") : length;
        double active = config["num_local_experts"] is null ? 1 : (double)config.Whole("num_experts_per_tok") / config.Whole("num_local_experts");
        double matrices = model.Weights.Where(weight => !weight.IsEmbedding).Sum(weight => weight.Value.numel() * (weight.Name.Contains(".experts.", StringComparison.Ordinal) ? active : 1));
        bool isTied = config.Truth("tie_word_embeddings", true);
        return TrainingFlops.OfMatrices(matrices + (isTied ? (double)model.Vocabulary * width : 0)) + TrainingFlops.OfAttention(shape, Math.Min(length, window));

        int Setting(string name, string inOther) => config.Whole(config.ContainsKey(name) ? name : inOther);
    }
}
