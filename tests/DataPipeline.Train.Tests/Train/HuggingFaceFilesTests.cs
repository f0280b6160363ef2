using System.Text.Json;
using System.Text.Json.Nodes;
using DataPipeline.Core;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train.Tests;

/// <summary>Models in Hugging Face's files with the logits that an implementation of its own gave (tests/oracles/models.py): read, computed, written back.</summary>
public sealed class HuggingFaceFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("files").FullName;

    public static TheoryData<string> Models => ["gpt2", "openai-gpt", "bloom", "llama3", "linear", "mistral", "qwen3", "mixtral"];

    private static string PathOf(string model) => Path.Combine(AppContext.BaseDirectory, "Models", model);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TorchTheory]
    [MemberData(nameof(Models))]
    public void LoadModel_OfAnotherProgram_GivesItsLogits(string name)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        JsonElement expected = JsonElement.Parse(File.ReadAllBytes(Path.Combine(PathOf(name), "expected.json")));
        using LanguageModel model = Checkpoint.LoadModel(PathOf(name), float64);
        Near.Absolute(expected.GetProperty("logits").Numbers(), model.Forward(expected.GetProperty("tokens").ToTensor(int64).unsqueeze(0)).Values(), 1e-6, name);
    }

    [TorchTheory]
    [MemberData(nameof(Models))]
    public void SaveModel_OfAnotherProgram_WritesItsTensorsUnderItsNames(string name)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> stored = Stored(PathOf(name));
        foreach (long largest in (long[])[long.MaxValue, 3000])
        {
            string folder = Path.Combine(_folder, largest.ToString());
            using (LanguageModel model = Checkpoint.LoadModel(PathOf(name))) Checkpoint.SaveModel(folder, model, largest);
            Assert.Equal(largest > 3000, File.Exists(Path.Combine(folder, "model.safetensors")));
            Dictionary<string, Tensor> written = Stored(folder);
            Assert.Equal(stored.Keys.Order(), written.Keys.Order());
            foreach ((string tensor, Tensor value) in stored) Assert.Equal(value.Values(), written[tensor].Values());
            using LanguageModel again = Checkpoint.LoadModel(folder);
            Assert.Equal(stored.Count, again.Weights.Count);
        }
        JsonObject was = JsonNode.Parse(File.ReadAllText(Path.Combine(PathOf(name), "config.json")))!.AsObject(), now = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "3000", "config.json")))!.AsObject();
        foreach (string key in (string[])["model_type", "vocab_size", "rope_theta", "sliding_window", "tie_word_embeddings", "num_key_value_heads", "n_head", "num_experts_per_tok"])
            if (was[key] is not null) Assert.True(JsonNode.DeepEquals(was[key], now[key]), $"{key}: {was[key]} became {now[key]}");
    }

    // Prefixes of the class with a head are optional, and masks are no weights.
    private static Dictionary<string, Tensor> Stored(string folder) => Directory.GetFiles(folder, "*.safetensors").SelectMany(Safetensors.Read)
        .Where(w => !w.Name.EndsWith(".attn.bias", StringComparison.Ordinal)).ToDictionary(w => w.Name.Replace("transformer.", ""), w => w.Value);

    [TorchTheory]
    [InlineData("""{"weight_map": {"model.norm.weight": "../model.safetensors"}}""", "not a file beside it")]
    [InlineData("""{"weight_map": {"model.norm.weight": "none.safetensors"}}""", "not a file beside it")]
    [InlineData("""{"weight_map": {"model.norm.weight": "model-00001-of-00003.safetensors"}}""", "does not say")]
    [InlineData("""{"weight_map": {"model.norm.weight": 3}}""", "not an index")]
    [InlineData("""{"weights": {}}""", "not an index")]
    [InlineData("{", "not an index")]
    [InlineData("""{"weight_map": {}}""", "holds no")]
    public void LoadModel_AWrongIndex_IsRefused(string index, string message)
    {
        foreach (string file in Directory.GetFiles(PathOf("mixtral"))) File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(_folder, "model.safetensors.index.json"), index);
        Assert.Contains(message, Assert.Throws<InputException>(() => Checkpoint.LoadModel(_folder)).Message);
    }

    [TorchTheory]
    [InlineData("llama3", "rope_scaling", """{"rope_type": "yarn", "factor": 2}""", "yarn")]
    [InlineData("llama3", "attention_bias", "true", "attention_bias")]
    [InlineData("llama3", "hidden_act", "\"relu\"", "relu")]
    [InlineData("llama3", "hidden_size", "\"wide\"", "hidden_size")]
    [InlineData("llama3", "num_hidden_layers", "1", "no place for")]
    [InlineData("llama3", "num_hidden_layers", "3", "holds no")]
    [InlineData("llama3", "intermediate_size", "32", "the model wants")]
    [InlineData("llama3", "model_type", "\"mamba\"", "mamba")]
    [InlineData("gpt2", "n_inner", "70", "n_inner")]
    [InlineData("gpt2", "activation_function", "\"relu\"", "relu")]
    [InlineData("bloom", "apply_residual_connection_post_layernorm", "true", "apply_residual")]
    public void LoadModel_WhatIsNotSupported_IsRefusedByName(string name, string key, string value, string message)
    {
        foreach (string file in Directory.GetFiles(PathOf(name))) File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "config.json")))!.AsObject();
        config[key] = JsonNode.Parse(value);
        File.WriteAllText(Path.Combine(_folder, "config.json"), config.ToJsonString());
        Assert.Contains(message, Assert.Throws<InputException>(() => Checkpoint.LoadModel(_folder)).Message);
    }
}
