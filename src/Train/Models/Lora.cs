using System.Text.Json;
using System.Text.Json.Nodes;
using DataPipeline.Core;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>The two small matrices beside one of the model's: A [r, in] random, B [out, r] zero, so that a new adapter changes nothing.</summary>
internal sealed record LoraPair(Tensor A, Tensor B, double Scale, double Dropout) : IDisposable
{
    internal Tensor Apply(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor kept = F.dropout(x, Dropout, training: is_grad_enabled());
        return (F.linear(F.linear(kept, A), B) * Scale).MoveToOuterDisposeScope();
    }

    /// <summary>What the pair adds to the matrix.</summary>
    internal Tensor Product() => matmul(B, A) * Scale;

    public void Dispose()
    {
        A.Dispose();
        B.Dispose();
    }
}

/// <summary>
/// Low-rank adapters (Hu 2021) of a model: attached, trained in place of its weights, stored alone in the files of Hugging Face's PEFT
/// (adapter_config.json, adapter_model.safetensors), or merged into it.
/// </summary>
public static class Lora
{
    /// <summary>Name of the file that holds adapters.</summary>
    internal const string WeightsFile = "adapter_model.safetensors";

    private const string ConfigFile = "adapter_config.json", Prefix = "base_model.model.";

    /// <summary>Freezes a model and gives its matrices adapters; returns what is trained.</summary>
    /// <exception cref="ConfigurationException">A target is no matrix of the model, or the model is in 4 bits and has no adapter to train.</exception>
    public static IReadOnlyList<Weight> Attach(LanguageModel model, LoraOptions options, ulong seed = 1)
    {
        foreach (Weight weight in model.Weights) weight.Value.requires_grad = false;
        Linear[] chosen = Chosen(model, options.targets);
        Seed drawn = new Seed(seed).For("lora");
        foreach (Linear linear in chosen)
        {
            using var scope = NewDisposeScope();
            Tensor before = get_rng_state();
            manual_seed(drawn.For(linear.Name).Value, CPU);
            long output = linear.Weight.size(0), input = linear.Weight.size(1);
            // Kaiming's uniform bound with a = sqrt(5), as PEFT: 1 / sqrt(in).
            Tensor a = empty([options.rank, input], model.Dtype).uniform_(-1 / Math.Sqrt(input), 1 / Math.Sqrt(input));
            set_rng_state(before);
            linear.Lora = new LoraPair(Trained(a, model.Device), Trained(zeros([output, options.rank], model.Dtype), model.Device), options.alpha / options.rank, options.dropout);
        }
        if (options.quantize)
            foreach (Linear linear in model.Linears.Where(l => l.Weight.numel() % Nf4.Block == 0))
                linear.Quantize();
        return Adapters(model);
    }

    /// <summary>The adapters of a model, by the names of PEFT.</summary>
    public static IReadOnlyList<Weight> Adapters(LanguageModel model) =>
        [.. model.Linears.Where(l => l.Lora is not null).SelectMany(l => new[] { new Weight($"{Prefix}{l.Name}.lora_A.weight", l.Lora!.A), new Weight($"{Prefix}{l.Name}.lora_B.weight", l.Lora.B) })];

    /// <summary>Adds the adapters to the matrices and removes them; a quantized matrix becomes a full one again, with what rounding lost.</summary>
    public static void Merge(LanguageModel model)
    {
        using var off = no_grad();
        foreach (Linear linear in model.Linears)
        {
            using var scope = NewDisposeScope();
            linear.Unquantize();
            if (linear.Lora is not { } pair) continue;
            linear.Weight.copy_(linear.Weight + pair.Product());
            pair.Dispose();
            linear.Lora = null;
        }
    }

    /// <summary>Writes the adapters of a model as PEFT reads them.</summary>
    public static void Save(string folder, LanguageModel model, LoraOptions options)
    {
        IReadOnlyList<Weight> adapters = Adapters(model);
        DurableFolder.Create(folder, part =>
        {
            Safetensors.Write(Path.Combine(part, WeightsFile), adapters);
            var config = new JsonObject
            {
                ["peft_type"] = "LORA",
                ["task_type"] = "CAUSAL_LM",
                ["r"] = options.rank,
                ["lora_alpha"] = options.alpha,
                ["lora_dropout"] = options.dropout,
                ["bias"] = "none",
                ["fan_in_fan_out"] = model is Gpt2,
                ["target_modules"] = new JsonArray([.. model.Linears.Where(l => l.Lora is not null).Select(LastName).Distinct().Select(name => (JsonNode)name)]),
            };
            DurableFolder.WriteFile(Path.Combine(part, ConfigFile), System.Text.Encoding.UTF8.GetBytes(config.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n"));
        });
    }

    /// <summary>Attaches the adapters of a folder to the model they were trained on.</summary>
    public static void Load(string folder, LanguageModel model)
    {
        string config = Path.Combine(folder, ConfigFile), weights = Path.Combine(folder, WeightsFile);
        if (JsonNode.Parse(File.ReadAllBytes(config)) is not JsonObject json) throw new InputException($"{config}: not a JSON object");
        if (json["target_modules"] is not JsonArray targets) throw new InputException($"{config}: target_modules is not a list of names");
        Attach(model, new LoraOptions(json.Whole("r"), json.Number("lora_alpha"), json.Number("lora_dropout", 0), [.. targets.Select(name => name!.GetValue<string>())]));
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Dictionary<string, Tensor> stored = Safetensors.Read(weights).ToDictionary(w => w.Name, w => w.Value);
        foreach (Weight adapter in Adapters(model))
        {
            if (!stored.Remove(adapter.Name, out Tensor? value)) throw new InputException($"{weights}: holds no '{adapter.Name}': were the adapters trained on another model?");
            if (!value.shape.AsSpan().SequenceEqual(adapter.Value.shape)) throw new InputException($"{weights}: '{adapter.Name}' is [{string.Join(", ", value.shape)}], the model wants [{string.Join(", ", adapter.Value.shape)}]");
            adapter.Value.copy_(value);
        }
        if (stored.Count > 0) throw new InputException($"{weights}: holds '{stored.Keys.First()}', which the model has no place for");
    }

    private static Linear[] Chosen(LanguageModel model, IReadOnlyList<string>? targets)
    {
        // A router is not adapted unless it is named: a small change of it sends tokens elsewhere.
        if (targets is null) return [.. model.Linears.Where(l => LastName(l) != "gate")];
        string[] names = [.. model.Linears.Select(LastName).Distinct()];
        if (targets.FirstOrDefault(t => !names.Contains(t)) is { } unknown)
            throw new ConfigurationException($"lora: there is no matrix '{unknown}' in the model; it has {string.Join(", ", names)}");
        return [.. model.Linears.Where(l => targets.Contains(LastName(l)))];
    }

    private static string LastName(Linear linear) => linear.Name[(linear.Name.LastIndexOf('.') + 1)..];

    private static Tensor Trained(Tensor value, Device device)
    {
        Tensor placed = value.to(device).DetachFromDisposeScope();
        placed.requires_grad = true;
        return placed;
    }
}
