using System.Text.Json;
using DataPipeline.Core;

namespace DataPipeline.Tokens.Scaling;

/// <summary>Shapes of models from a <c>config.json</c> of Hugging Face: LlamaForCausalLM and those built like it, and GPT-2.</summary>
internal static class ModelConfigFile
{
    public static ModelShape Read(string path)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement config = json.RootElement;
            string name = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))) ?? path;
            ModelShape shape = config.TryGetProperty("n_embd", out _) ? Gpt2(name, config) : Llama(name, config);
            return shape.Layers > 0 && shape.Width > 0 && shape.Heads > 0 && shape.HeadWidth > 0 && shape.KeyValueHeads > 0 && shape.FeedForward > 0
                && shape.Vocabulary > 0 && shape.Context > 0 ? shape : throw new ConfigurationException($"--model {path}: every size must be above zero");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or DivideByZeroException)
        {
            throw new ConfigurationException($"--model {path}: no config.json of a LLaMA-style or GPT-2 model: {error.Message}");
        }
    }

    private static ModelShape Gpt2(string name, JsonElement config)
    {
        int width = Required(config, "n_embd");
        return new ModelShape(name, DecoderKind.Gpt2, Required(config, "n_layer"), width, Required(config, "n_head"), Required(config, "vocab_size"), Required(config, "n_positions"))
        {
            FeedForward = Optional(config, "n_inner", 4 * width),
        };
    }

    private static ModelShape Llama(string name, JsonElement config)
    {
        int width = Required(config, "hidden_size"), heads = Required(config, "num_attention_heads");
        return new ModelShape(name, DecoderKind.Llama, Required(config, "num_hidden_layers"), width, heads, Required(config, "vocab_size"),
            Optional(config, "max_position_embeddings", 2048))
        {
            KeyValueHeads = Optional(config, "num_key_value_heads", heads),
            HeadWidth = Optional(config, "head_dim", width / heads),
            FeedForward = Required(config, "intermediate_size"),
            Tied = config.TryGetProperty("tie_word_embeddings", out JsonElement tied) && tied.GetBoolean(),
        };
    }

    private static int Required(JsonElement config, string name) => config.GetProperty(name) is { ValueKind: JsonValueKind.Number } value
        ? value.GetInt32() : throw new FormatException($"{name} is no number");

    private static int Optional(JsonElement config, string name, int standard) =>
        config.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : standard;
}
