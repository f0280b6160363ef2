using System.Text.Json;
using DataPipeline.Torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train.Tests;

/// <summary>GPT-2 and LLaMA against PyTorch: logits, loss, gradients and five AdamW steps with clipping.</summary>
public class ModelGoldenTests
{
    [GoldenTheory]
    [InlineData("g1_gpt2_tanh", true)]
    [InlineData("g1_gpt2_tanh", false)]
    [InlineData("g1_gpt2_erf", true)]
    [InlineData("g1_gpt2_erf", false)]
    [InlineData("g1_llama_gqa", true)]
    [InlineData("g1_llama_gqa", false)]
    [InlineData("g1_llama_mha", true)]
    [InlineData("g1_llama_mha", false)]
    [InlineData("g1_llama_window", true)]
    [InlineData("g1_llama_window", false)]
    public void Train_FiveSteps_EqualsPyTorch(string file, bool exact)
    {
        ScalarType type = exact ? torch.float64 : torch.float32;
        JsonElement golden = GoldenFile.Read(file + ".json");
        using var scope = torch.NewDisposeScope();
        using LanguageModel model = Make(golden.GetProperty("config"), type);
        Dictionary<string, Tensor> byGoldenName = model.Weights.ToDictionary(w => GoldenName(w.Name), w => w.Value);
        foreach (JsonProperty parameter in golden.GetProperty("params").EnumerateObject())
            using (torch.no_grad()) byGoldenName[parameter.Name].copy_(parameter.Value.ToTensor(type));

        JsonElement expected = golden.GetProperty("expected");
        Tensor tokens = golden.GetProperty("tokens").ToTensor(torch.int64), targets = golden.GetProperty("targets").ToTensor(torch.int64);
        Tensor logits = model.Forward(tokens);
        Near.Absolute(expected.GetProperty("logits").Numbers(), logits.Values(), exact ? 1e-9 : 2e-4, "logits");

        double loss = Backward(model, tokens, targets);
        Near.Absolute(expected.GetProperty("loss").GetDouble(), loss, exact ? 1e-9 : 2e-5, "loss");
        foreach (JsonProperty norm in expected.GetProperty("grad_norms").EnumerateObject())
        {
            double actual = byGoldenName[norm.Name].grad!.norm().item();
            if (exact) Near.Absolute(norm.Value.GetDouble(), actual, 1e-9, norm.Name);
            else Near.Relative(norm.Value.GetDouble(), actual, 1e-3, norm.Name);
        }
        if (exact)
            foreach (JsonProperty sample in expected.GetProperty("grad_samples").EnumerateObject())
                Near.Absolute(sample.Value.Numbers(), byGoldenName[sample.Name].grad!.Values().AsSpan(0, 6), 1e-9, "gradient of " + sample.Name);

        JsonElement run = golden.GetProperty("adamw_run").GetProperty("expected");
        double[] losses = run.GetProperty("loss_before_each_step").Numbers(), norms = run.GetProperty("grad_norm_before_clip").Numbers();
        using var optimizer = new AdamW(model.Weights, new OptimizerOptions(beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1));
        for (int step = 0; step < 5; step++)
        {
            Gradients.Clear(model.Weights);
            Near.Absolute(losses[step], Backward(model, tokens, targets), exact ? 1e-9 : 1e-3, $"loss of step {step}");
            double norm = Gradients.Clip(model.Weights, 1.0);
            if (exact) Near.Absolute(norms[step], norm, 1e-9, $"norm of step {step}");
            optimizer.Step(0.01);
        }
        Near.Absolute(run.GetProperty("loss_after").GetDouble(), Backward(model, tokens, targets), exact ? 1e-9 : 1e-3, "loss after");
        foreach (JsonProperty row in run.GetProperty("final_first_row").EnumerateObject())
            Near.Absolute(row.Value.Numbers(), byGoldenName[row.Name].Values().AsSpan(0, 6), exact ? 1e-9 : 1e-2, row.Name);
    }

    private static double Backward(LanguageModel model, Tensor tokens, Tensor targets)
    {
        using var scope = torch.NewDisposeScope();
        Tensor loss = F.cross_entropy(model.Forward(tokens).view(-1, model.Vocabulary), targets.view(-1));
        loss.backward();
        return loss.item();
    }

    private static LanguageModel Make(JsonElement config, ScalarType type)
    {
        int Whole(string key) => config.GetProperty(key).GetInt32();
        if (config.GetProperty("arch").GetString() == "gpt2")
            return new Gpt2(
                new Gpt2Options(Whole("n_layer"), Whole("n_head"), Whole("d_model"), Whole("ctx"), tanhGelu: config.GetProperty("gelu").GetString() == "tanh"),
                Whole("vocab"), dtype: type);
        return new Llama(
            new LlamaOptions(Whole("n_layer"), Whole("n_head"), Whole("n_kv_head"), Whole("d_model"), context: 16, Whole("d_ff"),
                config.GetProperty("rope_theta").GetDouble(), config.GetProperty("rms_eps").GetDouble(), tied: false,
                window: config.TryGetProperty("window", out JsonElement window) && window.ValueKind == JsonValueKind.Number ? window.GetInt32() : 0),
            Whole("vocab"), dtype: type);
    }

    private static readonly (string Ours, string Golden)[] names =
    [
        ("transformer.", ""), ("model.embed_tokens.weight", "tok_emb"), ("lm_head.weight", "lm_head"), ("model.norm.weight", "norm"), ("model.layers", "layers"),
        ("input_layernorm.weight", "attn_norm"), ("post_attention_layernorm.weight", "ffn_norm"), ("self_attn.q_proj.weight", "wq"), ("self_attn.k_proj.weight", "wk"),
        ("self_attn.v_proj.weight", "wv"), ("self_attn.o_proj.weight", "wo"), ("mlp.gate_proj.weight", "w_gate"), ("mlp.up_proj.weight", "w_up"), ("mlp.down_proj.weight", "w_down"),
        ("wte.weight", "wte"), ("wpe.weight", "wpe"), ("ln_f", "lnf"), ("ln_1", "ln1"), ("ln_2", "ln2"), ("c_attn", "qkv"), ("c_proj", "proj"), ("c_fc", "fc"), (".weight", ".w"), (".bias", ".b"),
    ];

    private static string GoldenName(string name) => names.Aggregate(name, (at, pair) => at.Replace(pair.Ours, pair.Golden));
}
