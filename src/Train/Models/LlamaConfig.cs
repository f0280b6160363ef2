using System.Text.Json.Nodes;
using DataPipeline.Core;

namespace DataPipeline.Train;

public partial record LlamaOptions
{
    private string ModelType => experts is not null ? "mixtral" : qkNorm ? "qwen3" : window > 0 ? "mistral" : "llama";

    /// <summary>The settings as the config.json of the Hugging Face class that computes the same.</summary>
    internal JsonObject ToConfig(int vocabulary)
    {
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(ModelType switch { "mixtral" => "MixtralForCausalLM", "qwen3" => "Qwen3ForCausalLM", "mistral" => "MistralForCausalLM", _ => "LlamaForCausalLM" }),
            ["model_type"] = ModelType,
            ["vocab_size"] = vocabulary,
            ["hidden_size"] = width,
            ["intermediate_size"] = HiddenWidth,
            ["num_hidden_layers"] = layers,
            ["num_attention_heads"] = heads,
            ["num_key_value_heads"] = KeyHeads,
            ["head_dim"] = HeadSize,
            ["hidden_act"] = "silu",
            ["max_position_embeddings"] = context,
            ["initializer_range"] = initStd,
            ["rms_norm_eps"] = normEps,
            // NTK-aware scaling is another base; Hugging Face has no name for it.
            ["rope_theta"] = ropeScaling?.Base(HeadSize, ropeTheta) ?? ropeTheta,
            ["tie_word_embeddings"] = tied,
            ["attention_bias"] = false,
            ["mlp_bias"] = false,
            ["torch_dtype"] = "float32",
        };
        if (ropeScaling is { kind: RopeScalingKind.Linear }) config["rope_scaling"] = new JsonObject { ["rope_type"] = "linear", ["factor"] = ropeScaling.factor };
        if (ropeScaling is { kind: RopeScalingKind.Llama3 })
            config["rope_scaling"] = new JsonObject
            {
                ["rope_type"] = "llama3",
                ["factor"] = ropeScaling.factor,
                ["low_freq_factor"] = ropeScaling.lowFrequencyFactor,
                ["high_freq_factor"] = ropeScaling.highFrequencyFactor,
                ["original_max_position_embeddings"] = ropeScaling.originalContext,
            };
        if (window > 0 || experts is not null) config["sliding_window"] = window > 0 ? window : null;
        if (window > 0 && ModelType == "qwen3") (config["use_sliding_window"], config["max_window_layers"]) = (true, 0);
        if (experts is not null)
        {
            if (qkNorm) config["qk_norm"] = true;
            config["num_local_experts"] = experts.experts;
            config["num_experts_per_tok"] = experts.perToken;
            config["router_aux_loss_coef"] = experts.balanceWeight;
            config["expert_options"] = new JsonObject
            {
                ["capacity_factor"] = experts.capacityFactor,
                ["balance"] = experts.balance.ToString(),
                ["router_z_weight"] = experts.routerZWeight,
                ["renormalize"] = experts.renormalize,
            };
        }
        if (attentionDropout > 0) config["attention_dropout"] = attentionDropout;
        if (dropout > 0) config[nameof(dropout)] = dropout;
        // With these tables it is no longer the architecture that other programs know under that name.
        if (ngrams > 0) (config["architectures"], config[nameof(ngrams)], config["ngram_rows"]) = (new JsonArray("LlamaWithNgrams"), ngrams, ngramRows);
        return config;
    }

    internal static LlamaOptions FromConfig(JsonObject config)
    {
        string type = config.Word("model_type", "llama");
        foreach (string bias in (string[])["attention_bias", "mlp_bias"])
            if (config.Truth(bias, false)) throw new InputException($"config.json: {bias} is true: LLaMA models with biases are not supported");
        if (config.Word("hidden_act", "silu") is var act and not "silu") throw new InputException($"config.json: hidden_act '{act}' is not silu");
        int context = config.Whole("max_position_embeddings");
        bool hasWindow = type != "qwen3" || config.Truth("use_sliding_window", false);
        if (hasWindow && type == "qwen3" && config.Whole("max_window_layers", 0) > 0) throw new InputException("config.json: max_window_layers is above 0: a window in some layers only is not supported");
        return new LlamaOptions(
            layers: config.Whole("num_hidden_layers"),
            heads: config.Whole("num_attention_heads"),
            kvHeads: config.Whole("num_key_value_heads", 0),
            width: config.Whole("hidden_size"),
            context: context,
            feedForward: config.Whole("intermediate_size"),
            ropeTheta: config.Number("rope_theta", 10000),
            normEps: config.Number("rms_norm_eps", 1e-6),
            tied: config.Truth("tie_word_embeddings", false),
            initStd: config.Number("initializer_range", 0.02),
            headWidth: config.Whole("head_dim", 0),
            window: hasWindow ? config.Whole("sliding_window", 0) : 0,
            qkNorm: type == "qwen3" || config.Truth("qk_norm", false),
            ropeScaling: Scaling(config, context),
            ngrams: config.Whole("ngrams", 0),
            ngramRows: config.Whole("ngram_rows", 8192),
            experts: type == "mixtral" ? Experts(config) : null,
            dropout: config.Number(nameof(dropout), 0),
            attentionDropout: config.Number("attention_dropout", 0));
    }

    private static RopeScaling? Scaling(JsonObject config, int context)
    {
        if (config["rope_scaling"] is not JsonObject scaling) return null;
        string type = scaling.Word("rope_type", scaling.Word("type", "default"));
        return type switch
        {
            "default" => null,
            "linear" => new RopeScaling(RopeScalingKind.Linear, scaling.Number("factor")),
            "llama3" => new RopeScaling(RopeScalingKind.Llama3, scaling.Number("factor"), scaling.Whole("original_max_position_embeddings", context),
                scaling.Number("low_freq_factor"), scaling.Number("high_freq_factor")),
            _ => throw new InputException($"config.json: rope_scaling '{type}' is not one of default, linear, llama3"),
        };
    }

    private static ExpertOptions Experts(JsonObject config)
    {
        JsonObject ours = config["expert_options"] as JsonObject ?? [];
        return new ExpertOptions(
            experts: config.Whole("num_local_experts", 8),
            perToken: config.Whole("num_experts_per_tok", 2),
            capacityFactor: ours.Number("capacity_factor", 0),
            balance: Enum.TryParse(ours.Word("balance", ""), out BalanceLoss balance) ? balance : BalanceLoss.Mixtral,
            balanceWeight: config.Number("router_aux_loss_coef", 0.001),
            routerZWeight: ours.Number("router_z_weight", 0),
            renormalize: ours.Truth("renormalize", true));
    }
}
