using System.Text.Encodings.Web;
using System.Text.Json;
using DataPipeline.Tokens.Training;

namespace DataPipeline.Tokens;

/// <summary>A trained WordPiece or Unigram model: its tokens by id, saved as a tokenizer.json that Hugging Face tokenizers loads.</summary>
public sealed class TrainedVocabulary
{
    private static readonly JsonWriterOptions Layout = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    private readonly TrainedModelJson _json;
    private readonly IReadOnlyList<string> _specialTokens;

    internal TrainedVocabulary(TrainedModelJson json, IReadOnlyList<string> specialTokens, IReadOnlyList<(string Text, double Score)> tokens)
    {
        _json = json;
        _specialTokens = specialTokens;
        Tokens = tokens;
    }

    /// <summary>The tokens by id, special tokens first, each with its log probability (0 for a WordPiece token).</summary>
    public IReadOnlyList<(string Text, double Score)> Tokens { get; }

    /// <summary>Writes a tokenizer.json; the same tokenizer gives the same bytes.</summary>
    public void Save(string path)
    {
        using FileStream file = File.Create(path);
        using Utf8JsonWriter json = new(file, Layout);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        for (int id = 0; id < _specialTokens.Count; id++)
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", _specialTokens[id]);
            json.WriteBoolean("single_word", false);
            json.WriteBoolean("lstrip", false);
            json.WriteBoolean("rstrip", false);
            json.WriteBoolean("normalized", false);
            json.WriteBoolean("special", true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        _json.WriteComponents(json, _specialTokens);
        json.WriteStartObject("model");
        _json.WriteModel(json, Tokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
