using System.Text.Json.Nodes;
using DataPipeline.Core.Config;
using DataPipeline.Runs;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train.Tests;

/// <summary>What every family keeps: exact counts, a cache that changes nothing, and files that come back the same.</summary>
public class ModelShapeTests
{
    private const int Vocabulary = 61;

    private static readonly (string Name, ModelOptions Options)[] families =
    [
        ("gpt2", new Gpt2Options(2, 2, 32, 24)),
        ("gpt2 without biases, untied", new Gpt2Options(2, 2, 32, 24, bias: false, tanhGelu: false, tied: false)),
        ("gpt", new Gpt2Options(2, 2, 32, 24, postNorm: true)),
        ("bloom", new BloomOptions(2, 6, 48, 24)),
        ("llama", new LlamaOptions(2, 4, 2, 32, 24)),
        ("llama interleaved", new LlamaOptions(2, 4, 2, 32, 24, tied: false, ropeLayout: RopeLayout.Interleaved)),
        ("llama 3.1", new LlamaOptions(2, 4, 2, 32, 24, ropeScaling: new RopeScaling(RopeScalingKind.Llama3, 4, 12))),
        ("llama interpolated", new LlamaOptions(2, 4, 2, 32, 24, ropeScaling: new RopeScaling(RopeScalingKind.Linear, 2))),
        ("llama ntk", new LlamaOptions(2, 4, 2, 32, 24, ropeScaling: new RopeScaling(RopeScalingKind.Ntk, 2))),
        ("mistral", new LlamaOptions(2, 4, 2, 32, 24, window: 5, headWidth: 12)),
        ("qwen3", new LlamaOptions(2, 4, 2, 32, 24, qkNorm: true, ropeLayout: RopeLayout.Interleaved)),
        ("n-grams", new LlamaOptions(2, 4, 2, 32, 24, ngrams: 3, ngramRows: 50)),
        ("mixtral", new LlamaOptions(2, 4, 2, 32, 24, tied: false, experts: new ExpertOptions(4, 2))),
        ("switch", new LlamaOptions(2, 4, 4, 32, 24, experts: new ExpertOptions(4, 1, capacityFactor: 1.25))),
    ];

    public static TheoryData<string> Families => [.. families.Select(f => f.Name)];

    private static LanguageModel Make(string family, ulong seed = 3, ScalarType dtype = float64)
    {
        LanguageModel model = families.Single(f => f.Name == family).Options.Make(Vocabulary, seed, dtype);
        // Larger than a new model's, so that attention is not flat and norms are not ones.
        using var off = no_grad();
        using var scope = NewDisposeScope();
        manual_seed(seed);
        foreach (Weight weight in model.Weights) weight.Value.add_(randn(weight.Value.shape, dtype), 0.15);
        return model;
    }

    private static Tensor Tokens(int rows, int columns) =>
        tensor<long>([.. Enumerable.Range(0, rows * columns).Select(i => (i * 37L + i / columns * 11 + 5) % Vocabulary)], [rows, columns]);

    [TorchTheory]
    [MemberData(nameof(Families))]
    public void Parameters_EveryFamily_AreThoseOfItsWeights(string family)
    {
        using LanguageModel model = Make(family);
        Assert.Equal(model.Parameters, families.Single(f => f.Name == family).Options.Parameters(Vocabulary));
    }

    [Theory]
    [InlineData("gpt2-124m", 50257, 124_439_808)]
    [InlineData("gpt2-355m", 50257, 354_823_168)]
    [InlineData("gpt2-774m", 50257, 774_030_080)]
    [InlineData("gpt2-1558m", 50257, 1_557_611_200)]
    [InlineData("llama-7b", 32000, 6_738_415_616)]
    [InlineData("llama-13b", 32000, 13_015_864_320)]
    [InlineData("llama-33b", 32000, 32_528_943_616)]
    [InlineData("llama-65b", 32000, 65_285_660_672)]
    [InlineData("llama2-7b", 32000, 6_738_415_616)]
    [InlineData("llama2-13b", 32000, 13_015_864_320)]
    [InlineData("llama2-70b", 32000, 68_976_648_192)]
    [InlineData("llama3-8b", 128256, 8_030_261_248)]
    [InlineData("llama3-70b", 128256, 70_553_706_496)]
    [InlineData("mistral-7b", 32000, 7_241_732_096)]
    [InlineData("mixtral-8x7b", 32000, 46_702_792_704)]
    [InlineData("bloom-560m", 250880, 559_214_592)]
    [InlineData("bloom-1b1", 250880, 1_065_314_304)]
    [InlineData("bloom-7b1", 250880, 7_069_016_064)]
    [InlineData("bloom-176b", 250880, 176_247_271_424)]
    public void Parameters_NamedSize_AreThePublished(string name, int vocabulary, long expected)
    {
        StageCatalog catalog = RunPlanner.Stages([typeof(ModelOptions)], [typeof(ModelOptions).Assembly]);
        var options = (ModelOptions)StageCatalog.Constructor(catalog.Find(typeof(ModelOptions), name)!).Invoke(
            [.. StageCatalog.Settings(catalog.Find(typeof(ModelOptions), name)!).Select(setting => setting.DefaultValue())]);
        Assert.Null(options.Mistake);
        Assert.Equal(expected, options.Parameters(vocabulary));
    }

    [Theory]
    [InlineData("{ layers: 2, rope_scaling: { kind: llama3, factor: 4 } }", "Llama")]
    [InlineData("{ layers: 2 }", "Llama")]
    [InlineData("{ llama: { layers: 2, experts: { experts: 4 } } }", "Llama")]
    [InlineData("{ bloom: { heads: 6, width: 96 } }", "Bloom")]
    [InlineData("gpt2-124m", "Gpt2")]
    [InlineData("{ gpt2-124m: { context: 256 } }", "Gpt2")]
    [InlineData("mixtral-8x7b", "Llama")]
    public void Bind_AModelInYaml_IsItsFamily(string yaml, string family)
    {
        var mistakes = new Mistakes();
        YamlMapping top = YamlLoader.Parse("t.yaml", new StringReader($"model: {yaml}"), new Variables(new Dictionary<string, string>()), mistakes)!;
        ModelOptions? made = new YamlBinder(RunPlanner.Stages([typeof(ModelOptions)], [typeof(ModelOptions).Assembly]), mistakes).Bind<ModelOptions>(top["model"]!);
        Assert.Equal("", mistakes.ToString());
        Assert.Contains(made!.GetType().BaseType!.Name + made.GetType().Name, (string[])[$"ModelOptions{family}Options", $"{family}Options{made.GetType().Name}"]);
    }

    [Theory]
    [InlineData("gpt2-124", "there is no model_options `gpt2-124`")]
    [InlineData("{ layer: 2 }", "`llama` has no setting `layer`")]
    public void Bind_AWrongModel_SaysWhatThereIs(string yaml, string mistake)
    {
        var mistakes = new Mistakes();
        YamlMapping top = YamlLoader.Parse("t.yaml", new StringReader($"model: {yaml}"), new Variables(new Dictionary<string, string>()), mistakes)!;
        Assert.Null(new YamlBinder(RunPlanner.Stages([typeof(ModelOptions)], [typeof(ModelOptions).Assembly]), mistakes).Bind<ModelOptions>(top["model"]!));
        Assert.Contains(mistake, mistakes.ToString());
    }

    [TorchTheory]
    [MemberData(nameof(Families))]
    public void Forward_WithACache_GivesTheLogitsWithoutOne(string family)
    {
        if (family == "switch") return;   // A capacity is counted over the tokens of a pass: fewer tokens, another choice.
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using LanguageModel model = Make(family);
        Tensor tokens = Tokens(2, 20);
        double[] whole = model.Forward(tokens).Values();
        using KeyValueCache cache = model.NewCache(2, 20);
        var parts = new List<Tensor>();
        int at = 0;
        foreach (int length in (int[])[7, 1, 4, 1, 1, 1, 5])
        {
            parts.Add(model.Forward(tokens.narrow(1, at, length), new ForwardContext { Cache = cache }));
            at += length;
        }
        Near.Absolute(whole, cat([.. parts], 1).Values(), 1e-10, family);
        Near.Absolute(model.Forward(tokens).narrow(1, 19, 1).contiguous().Values(), model.Forward(tokens, new ForwardContext { LastOnly = true }).Values(), 1e-12, "last only");
    }

    [TorchTheory]
    [MemberData(nameof(Families))]
    public void Forward_PackedDocumentsWithTheirPositions_GivesTheLogitsOfEachAlone(string family)
    {
        if (family == "switch") return;
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using LanguageModel model = Make(family);
        Tensor packed = Tokens(1, 17);
        Tensor documents = tensor<int>([.. Enumerable.Range(0, 17).Select(i => i < 6 ? 0 : 1)], [1, 17]), positions = tensor<long>([.. Enumerable.Range(0, 17).Select(i => (long)(i < 6 ? i : i - 6))], [1, 17]);
        Tensor together = model.Forward(packed, new ForwardContext(documents, positions));
        Near.Absolute(model.Forward(packed.narrow(1, 0, 6)).Values(), together.narrow(1, 0, 6).contiguous().Values(), 1e-10, "first");
        Near.Absolute(model.Forward(packed.narrow(1, 6, 11)).Values(), together.narrow(1, 6, 11).contiguous().Values(), 1e-10, "second");
    }

    [TorchTheory]
    [MemberData(nameof(Families))]
    public void SaveModel_ReadBack_ComputesTheSame(string family)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using LanguageModel model = Make(family, dtype: float32);
        string folder = Path.Combine(Directory.CreateTempSubdirectory("model").FullName, "saved");
        Checkpoint.SaveModel(folder, model);
        using LanguageModel read = Checkpoint.LoadModel(folder);
        Near.Absolute(model.Forward(Tokens(2, 20)).Values(), read.Forward(Tokens(2, 20)).Values(), 2e-4, family);
        if (!family.Contains("interleaved") && family is not ("qwen3" or "llama ntk"))
            Assert.True(JsonNode.DeepEquals(model.Config, read.Config), read.Config.ToJsonString());
        Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
    }

    [TorchFact]
    public void Forward_WindowOfTheWholeRow_IsPlainAttention()
    {
        using var scope = NewDisposeScope();
        using var plain = new Llama(new LlamaOptions(2, 4, 2, 32, 24), Vocabulary, 3, float64);
        using var wide = new Llama(new LlamaOptions(2, 4, 2, 32, 24, window: 20), Vocabulary, 3, float64);
        using var narrow = new Llama(new LlamaOptions(2, 4, 2, 32, 24, window: 19), Vocabulary, 3, float64);
        double[] expected = plain.Forward(Tokens(1, 20)).Values();
        Assert.Equal(expected, wide.Forward(Tokens(1, 20)).Values());
        Assert.NotEqual(expected, narrow.Forward(Tokens(1, 20)).Values());
    }

    [TorchFact]
    public void Forward_QueriesAndKeysOfAnyScale_AreNormed()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var model = new Llama(new LlamaOptions(1, 2, 2, 16, 24, qkNorm: true, normEps: 0), Vocabulary, 3, float64);
        double[] before = model.Forward(Tokens(1, 9)).Values();
        foreach (Weight weight in model.Weights.Where(w => w.Name.Contains("q_proj") || w.Name.Contains("k_proj"))) weight.Value.mul_(1000);
        Near.Absolute(before, model.Forward(Tokens(1, 9)).Values(), 1e-9, "logits");
    }
}
