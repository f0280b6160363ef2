using System.Text.Json.Nodes;
using DataPipeline.Core;

namespace DataPipeline.Train;

public partial record Gpt2Options
{
    /// <summary>The settings as a config.json: of GPT2LMHeadModel, or of OpenAIGPTLMHeadModel for norms behind the parts.</summary>
    internal JsonObject ToConfig(int vocabulary) => new()
    {
        ["architectures"] = new JsonArray(postNorm ? "OpenAIGPTLMHeadModel" : "GPT2LMHeadModel"),
        ["model_type"] = postNorm ? "openai-gpt" : "gpt2",
        ["vocab_size"] = vocabulary,
        ["n_embd"] = width,
        ["n_layer"] = layers,
        ["n_head"] = heads,
        ["n_positions"] = context,
        ["n_ctx"] = context,
        ["n_inner"] = 4 * width,
        // OpenAIGPT's "gelu" is the one by tanh.
        [postNorm ? "afn" : "activation_function"] = postNorm ? (tanhGelu ? "gelu" : "gelu_exact") : tanhGelu ? "gelu_new" : "gelu",
        ["layer_norm_epsilon"] = normEps,
        ["resid_pdrop"] = dropout,
        ["embd_pdrop"] = dropout,
        ["attn_pdrop"] = attentionDropout,
        [nameof(bias)] = bias,
        ["tie_word_embeddings"] = tied,
        ["torch_dtype"] = "float32",
    };

    internal static Gpt2Options FromConfig(JsonObject config)
    {
        bool postNorm = config.Word("model_type", "gpt2") == "openai-gpt";
        int width = config.Whole("n_embd");
        // A null n_inner is 4 times the width.
        if (config.Whole("n_inner", 4 * width) is var inner && inner != 4 * width) throw new InputException($"config.json: n_inner {inner} is not 4 * n_embd, which is the only width supported");
        foreach (string unlike in (string[])["scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn"])
            if (config.Truth(unlike, false)) throw new InputException($"config.json: {unlike} is true, which is not supported");
        string activation = postNorm ? config.Word("afn", "gelu") : config.Word("activation_function", "gelu_new");
        bool? tanhGelu = activation switch
        {
            "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => true,
            "gelu" => postNorm,
            "gelu_exact" => false,
            _ => null,
        };
        return new Gpt2Options(
            layers: config.Whole("n_layer"),
            heads: config.Whole("n_head"),
            width: width,
            context: config.Whole("n_positions"),
            bias: config.Truth(nameof(bias), true),
            tanhGelu: tanhGelu ?? throw new InputException($"config.json: the activation '{activation}' is not a GELU"),
            tied: config.Truth("tie_word_embeddings", true),
            dropout: config.Number("resid_pdrop", 0),
            normEps: config.Number("layer_norm_epsilon", 1e-5),
            postNorm: postNorm,
            attentionDropout: config.Number("attn_pdrop", 0));
    }
}
