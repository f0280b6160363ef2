using System.Text.Json;
using System.Text.Json.Nodes;
using DataPipeline.Core;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>One adapter: down [m, C], up [C, m] and their biases.</summary>
internal sealed record BottleneckLayer(Tensor Down, Tensor DownBias, Tensor Up, Tensor UpBias, BottleneckActivation Activation) : IDisposable
{
    internal Tensor Apply(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor inner = F.linear(x, Down, DownBias);
        inner = Activation switch
        {
            BottleneckActivation.Relu => inner.relu(),
            BottleneckActivation.Silu => F.silu(inner),
            _ => F.gelu(inner),
        };
        return (x + F.linear(inner, Up, UpBias)).MoveToOuterDisposeScope();
    }

    internal IEnumerable<Weight> Weights(string at) => [new($"{at}.down.weight", Down), new($"{at}.down.bias", DownBias), new($"{at}.up.weight", Up), new($"{at}.up.bias", UpBias)];

    public void Dispose()
    {
        foreach (Weight weight in Weights("")) weight.Value.Dispose();
    }
}

/// <summary>Bottleneck adapters (Houlsby 2019) of a model: attached, trained in place of its weights, and stored beside them.</summary>
public sealed class Bottleneck : IDisposable
{
    /// <summary>Name of the file that holds adapters.</summary>
    internal const string WeightsFile = "bottleneck.safetensors";

    /// <summary>Name of the file that says which adapters a model folder has.</summary>
    internal const string ConfigFile = "bottleneck.json";

    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true };
    private readonly BottleneckOptions options;
    private readonly BottleneckLayer?[] attention;
    private readonly BottleneckLayer[] feedForward;

    private Bottleneck(LanguageModel model, int layers, int width, BottleneckOptions options, ulong seed)
    {
        this.options = options;
        Seed drawn = new Seed(seed).For("bottleneck");
        attention = [.. Enumerable.Range(0, layers).Select(i => options.afterAttention ? Layer($"{i}.attention") : null)];
        feedForward = [.. Enumerable.Range(0, layers).Select(i => Layer($"{i}.feed_forward"))];

        BottleneckLayer Layer(string name)
        {
            using var scope = NewDisposeScope();
            Tensor before = get_rng_state();
            manual_seed(drawn.For(name).Value, CPU);
            Tensor down = randn([options.width, width], model.Dtype).mul_(1 / Math.Sqrt(width));
            set_rng_state(before);
            return new BottleneckLayer(Trained(down), Trained(zeros([options.width], model.Dtype)), Trained(zeros([width, options.width], model.Dtype)), Trained(zeros([width], model.Dtype)), options.activation);
        }

        Tensor Trained(Tensor value)
        {
            Tensor placed = value.to(model.Device).DetachFromDisposeScope();
            placed.requires_grad = true;
            return placed;
        }
    }

    /// <summary>Freezes a model and gives its blocks adapters; returns what is trained.</summary>
    /// <exception cref="ConfigurationException">The model is of a family without a place for them, or has some.</exception>
    public static IReadOnlyList<Weight> Attach(LanguageModel model, BottleneckOptions options, ulong seed = 1)
    {
        if (model.Bottleneck is not null) throw new ConfigurationException("bottleneck: the model has such adapters already, which cannot be merged into it; leave the setting out to go on training them");
        if (model.Residual is not var (layers, width)) throw new ConfigurationException("bottleneck: models of this family have no place for such adapters; take lora");
        foreach (Weight weight in model.Weights) weight.Value.requires_grad = false;
        model.Bottleneck = new Bottleneck(model, layers, width, options, seed);
        return Adapters(model);
    }

    /// <summary>The adapters of a model, none where it has none.</summary>
    public static IReadOnlyList<Weight> Adapters(LanguageModel model) => model.Bottleneck?.Weights ?? [];

    /// <summary>Adds to a model folder what its adapters are and hold.</summary>
    internal static void Write(string folder, LanguageModel model)
    {
        if (model.Bottleneck is not { options: var options }) return;
        Safetensors.Write(Path.Combine(folder, WeightsFile), Adapters(model));
        var config = new JsonObject { ["width"] = options.width, ["activation"] = options.activation.ToString().ToLowerInvariant(), ["after_attention"] = options.afterAttention };
        DurableFolder.WriteFile(Path.Combine(folder, ConfigFile), System.Text.Encoding.UTF8.GetBytes(config.ToJsonString(indented) + "\n"));
    }

    /// <summary>Attaches the adapters that a model folder has beside its weights, for the checkpoint to fill; false where it has none.</summary>
    internal static bool AttachFrom(string folder, LanguageModel model)
    {
        string path = Path.Combine(folder, ConfigFile);
        if (!File.Exists(path)) return false;
        if (JsonNode.Parse(File.ReadAllBytes(path)) is not JsonObject config) throw new InputException($"{path}: not a JSON object");
        string word = config.Word("activation", "");
        if (!Enum.TryParse(word, ignoreCase: true, out BottleneckActivation activation)) throw new InputException($"{path}: the activation '{word}' is not gelu, relu or silu");
        Attach(model, new BottleneckOptions(config.Whole("width"), activation, config.Truth("after_attention")));
        return true;
    }

    internal Tensor AfterAttention(int layer, Tensor y_BTC) => attention[layer]?.Apply(y_BTC) ?? y_BTC;

    internal Tensor AfterFeedForward(int layer, Tensor y_BTC) => feedForward[layer].Apply(y_BTC);

    /// <summary>Frees the adapters.</summary>
    public void Dispose()
    {
        foreach (Weight weight in Weights) weight.Value.Dispose();
    }

    private IReadOnlyList<Weight> Weights =>
        [.. feedForward.SelectMany((own, i) => (attention[i]?.Weights($"adapters.{i}.attention") ?? []).Concat(own.Weights($"adapters.{i}.feed_forward")))];
}
