using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Models;

namespace DataPipeline.Tokens.Formats;

/// <summary>Writes a tokenizer of steps as Hugging Face's tokenizer.json; the steps are written as they were read.</summary>
internal static class PipelineJsonWriter
{
    private static readonly JsonWriterOptions Layout = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    public static void Write(PipelineTokenizer tokenizer, string path)
    {
        TokenizerParts parts = tokenizer.Parts;
        if (parts.Source.PreTokenizer is { } pre && !pre.StartsWith('{'))
            throw new InputException($"{path}: this tokenizer was read from ranks, which tokenizer.json has no list of merges for: keep its own file");
        using FileStream file = File.Create(path);
        using Utf8JsonWriter json = new(file, Layout);
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        TokenizerJsonWriter.WriteAdded(json, parts.Added);
        WritePart(json, "normalizer", parts.Source.Normalizer);
        WritePart(json, "pre_tokenizer", parts.Source.PreTokenizer);
        WritePart(json, "post_processor", parts.Source.PostProcessor);
        WritePart(json, "decoder", parts.Source.Decoder);
        json.WriteStartObject("model");
        WriteModel(json, tokenizer, parts.Model);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePart(Utf8JsonWriter json, string name, string? part)
    {
        json.WritePropertyName(name);
        // Written member by member, so that it is laid out like the rest.
        if (part is null)
        {
            json.WriteNullValue();
            return;
        }
        using JsonDocument document = JsonDocument.Parse(part);
        document.RootElement.WriteTo(json);
    }

    private static void WriteModel(Utf8JsonWriter json, PipelineTokenizer tokenizer, TokenModel model)
    {
        switch (model)
        {
            case WordPieceModel words:
                json.WriteString("type", "WordPiece");
                json.WriteString("unk_token", words.Unknown);
                json.WriteString("continuing_subword_prefix", words.Prefix);
                json.WriteNumber("max_input_chars_per_word", words.MaxCharacters);
                WriteVocabulary(json, model.Tokens);
                break;
            case WordLevelModel level:
                json.WriteString("type", "WordLevel");
                WriteVocabulary(json, model.Tokens);
                json.WriteString("unk_token", level.Unknown);
                break;
            case UnigramModel unigram:
                WriteUnigram(json, unigram);
                break;
            case CharacterBpeModel characters:
                WriteBpe(json, characters.Settings);
                WriteVocabulary(json, model.Tokens);
                WriteMerges(json, characters.Merges.Select(merge => (Encoding.UTF8.GetString(model.Tokens[merge.Left]), Encoding.UTF8.GetString(model.Tokens[merge.Right]))));
                break;
            case ByteLevelModel bytes:
                WriteBpe(json, new BpeOptions { IgnoreMerges = bytes.Pairs.WholePieceFirst });
                WriteByteVocabulary(json, tokenizer, bytes);
                WriteMerges(json, (bytes.Pairs.Merges ?? []).Select(merge => (Spell(tokenizer, bytes, merge.Left), Spell(tokenizer, bytes, merge.Right))));
                break;
        }
    }

    private static string Spell(PipelineTokenizer tokenizer, ByteLevelModel model, int id) => model.IdToToken(id) ?? tokenizer.IdToToken(id)!;

    private static void WriteUnigram(Utf8JsonWriter json, UnigramModel model)
    {
        json.WriteString("type", "Unigram");
        if (model.UnknownId >= 0)
            json.WriteNumber("unk_id", model.UnknownId);
        else
            json.WriteNull("unk_id");
        json.WriteStartArray("vocab");
        for (int id = 0; id < model.Scores.Count; id++)
        {
            json.WriteStartArray();
            json.WriteStringValue(Encoding.UTF8.GetString(model.Tokens[id]));
            json.WriteNumberValue(model.Scores[id]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteBoolean("byte_fallback", model.ByteFallback);
    }

    private static void WriteBpe(Utf8JsonWriter json, BpeOptions options)
    {
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        WriteOptional(json, "unk_token", options.Unknown);
        WriteOptional(json, "continuing_subword_prefix", options.ContinuingPrefix);
        WriteOptional(json, "end_of_word_suffix", options.EndOfWordSuffix);
        json.WriteBoolean("fuse_unk", options.FuseUnknown);
        json.WriteBoolean("byte_fallback", options.ByteFallback);
        json.WriteBoolean("ignore_merges", options.IgnoreMerges);
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (string.IsNullOrEmpty(value))
            json.WriteNull(name);
        else
            json.WriteString(name, value);
    }

    private static void WriteVocabulary(Utf8JsonWriter json, TokenBytes tokens)
    {
        json.WriteStartObject("vocab");
        for (int id = 0; id < tokens.Limit; id++)
        {
            // Of a text with two ids the one that is found counts.
            if (tokens.Contains(id) && tokens.Find(tokens[id]) == id)
                json.WriteNumber(Encoding.UTF8.GetString(tokens[id]), id);
        }
        json.WriteEndObject();
    }

    private static void WriteByteVocabulary(Utf8JsonWriter json, PipelineTokenizer tokenizer, ByteLevelModel model)
    {
        json.WriteStartObject("vocab");
        Dictionary<int, string> added = tokenizer.Parts.Added.ToDictionary(token => token.Id, token => token.Content);
        for (int id = 0; id < tokenizer.VocabularySize; id++)
        {
            if (model.IdToToken(id) is { } token)
                json.WriteNumber(token, id);
            else if (added.TryGetValue(id, out string? name) || model.Pairs.Others.TryGetValue(id, out name))
                json.WriteNumber(name, id);
        }
        json.WriteEndObject();
    }

    private static void WriteMerges(Utf8JsonWriter json, IEnumerable<(string Left, string Right)> merges)
    {
        // As pairs: a token may hold a space.
        json.WriteStartArray("merges");
        foreach ((string left, string right) in merges)
        {
            json.WriteStartArray();
            json.WriteStringValue(left);
            json.WriteStringValue(right);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }
}
