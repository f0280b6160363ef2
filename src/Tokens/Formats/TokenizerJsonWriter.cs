using System.Text.Encodings.Web;
using System.Text.Json;
using DataPipeline.Tokens.PreTokenize;

namespace DataPipeline.Tokens.Formats;

/// <summary>Writes a byte-level BPE tokenizer as Hugging Face's tokenizer.json; the same tokenizer gives the same bytes.</summary>
internal static class TokenizerJsonWriter
{
    private static readonly JsonWriterOptions Layout = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    public static void Write(BpeTokenizer tokenizer, string path)
    {
        using FileStream file = File.Create(path);
        using Utf8JsonWriter json = new(file, Layout);
        TokenizerOptions options = tokenizer.Options;
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        WriteAdded(json, options.Added);
        json.WritePropertyName("normalizer");
        json.WriteRawValue(options.Nfc ? """{"type":"NFC"}""" : "null");
        WritePreTokenizer(json, options);
        WritePostProcessor(json, tokenizer);
        WriteByteLevel(json, "decoder", prefixSpace: true, useRegex: true);
        WriteModel(json, tokenizer);
        json.WriteEndObject();
    }

    /// <summary>The added tokens by id.</summary>
    internal static void WriteAdded(Utf8JsonWriter json, IReadOnlyList<AddedToken> added)
    {
        json.WriteStartArray("added_tokens");
        foreach (AddedToken token in added.OrderBy(token => token.Id))
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("single_word", token.SingleWord);
            json.WriteBoolean("lstrip", token.StripLeft);
            json.WriteBoolean("rstrip", token.StripRight);
            json.WriteBoolean("normalized", token.Normalized);
            json.WriteBoolean("special", token.Special);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WritePreTokenizer(Utf8JsonWriter json, TokenizerOptions options)
    {
        if (options.Pattern is SplitPatternKind.Gpt2 or SplitPatternKind.None)
        {
            WriteByteLevel(json, "pre_tokenizer", options.PrefixSpace, options.Pattern == SplitPatternKind.Gpt2);
            return;
        }
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", SplitPattern.TextOf(options.Pattern));
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        WriteByteLevel(json, null, options.PrefixSpace, useRegex: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePostProcessor(Utf8JsonWriter json, BpeTokenizer tokenizer)
    {
        if (tokenizer.Prefix.Length + tokenizer.Suffix.Length == 0)
        {
            WriteByteLevel(json, "post_processor", prefixSpace: true, useRegex: true);
            return;
        }
        Dictionary<int, string> names = tokenizer.Options.Added.ToDictionary(token => token.Id, token => token.Content);
        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        foreach (string form in (ReadOnlySpan<string>)["single", "pair"])
        {
            json.WriteStartArray(form);
            foreach (string part in form == "single" ? (ReadOnlySpan<string>)["A"] : ["A", "B"])
            {
                foreach (int id in tokenizer.Prefix)
                    WriteItem(json, "SpecialToken", names[id], part);
                WriteItem(json, "Sequence", part, part);
                foreach (int id in tokenizer.Suffix)
                    WriteItem(json, "SpecialToken", names[id], part);
            }
            json.WriteEndArray();
        }
        json.WriteStartObject("special_tokens");
        foreach (int id in tokenizer.Prefix.Concat(tokenizer.Suffix).Distinct())
        {
            json.WritePropertyName(names[id]);
            json.WriteRawValue(JsonSerializer.Serialize(new { id = names[id], ids = new[] { id }, tokens = new[] { names[id] } }));
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteItem(Utf8JsonWriter json, string kind, string name, string part)
    {
        json.WriteStartObject();
        json.WriteStartObject(kind);
        json.WriteString("id", name);
        json.WriteNumber("type_id", part == "A" ? 0 : 1);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, string? name, bool prefixSpace, bool useRegex)
    {
        if (name is null)
            json.WriteStartObject();
        else
            json.WriteStartObject(name);
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", prefixSpace);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, BpeTokenizer tokenizer)
    {
        BytePairModel model = tokenizer.Model;
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        foreach (string name in (ReadOnlySpan<string>)["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"])
            json.WriteNull(name);
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", model.WholePieceFirst);
        Dictionary<int, string> added = tokenizer.Options.Added.ToDictionary(token => token.Id, token => token.Content);
        json.WriteStartObject("vocab");
        for (int id = 0; id < tokenizer.VocabularySize; id++)
        {
            if (added.TryGetValue(id, out string? content))
                json.WriteNumber(content, id);
            else if (model.Tokens.Contains(id))
                json.WriteNumber(ByteLevelAlphabet.Of(model.Tokens[id]), id);
        }
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach ((int left, int right) in model.Merges ?? [])
            json.WriteStringValue($"{ByteLevelAlphabet.Of(model.Tokens[left])} {ByteLevelAlphabet.Of(model.Tokens[right])}");
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
