using System.Text.Json;

namespace DataPipeline.Tokens.Training;

/// <summary>The parts of a tokenizer.json that belong to a kind of model.</summary>
internal abstract class TrainedModelJson
{
    /// <summary>Normalizer, pre-tokenizer, post-processor and decoder.</summary>
    public abstract void WriteComponents(Utf8JsonWriter json, IReadOnlyList<string> specialTokens);

    /// <summary>The members of the model.</summary>
    public abstract void WriteModel(Utf8JsonWriter json, IReadOnlyList<(string Text, double Score)> tokens);

    protected static void WriteRaw(Utf8JsonWriter json, string name, string value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value);
    }
}

/// <summary>WordPiece with BERT's normalizer and pre-tokenizer.</summary>
internal sealed class WordPieceJson(bool lowercase, string prefix) : TrainedModelJson
{
    public override void WriteComponents(Utf8JsonWriter json, IReadOnlyList<string> specialTokens)
    {
        WriteRaw(json, "normalizer", $$"""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":{{(lowercase ? "true" : "false")}}}""");
        WriteRaw(json, "pre_tokenizer", """{"type":"BertPreTokenizer"}""");
        int start = specialTokens.ToList().IndexOf("[CLS]"), end = specialTokens.ToList().IndexOf("[SEP]");
        WriteRaw(json, "post_processor", start < 0 || end < 0 ? "null" : $$$$"""
            {"type":"TemplateProcessing",
             "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],
             "pair":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}},{"Sequence":{"id":"B","type_id":1}},{"SpecialToken":{"id":"[SEP]","type_id":1}}],
             "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[{{{{start}}}}],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[{{{{end}}}}],"tokens":["[SEP]"]}}}
            """);
        WriteRaw(json, "decoder", $$"""{"type":"WordPiece","prefix":"{{prefix}}","cleanup":true}""");
    }

    public override void WriteModel(Utf8JsonWriter json, IReadOnlyList<(string Text, double Score)> tokens)
    {
        json.WriteString("type", "WordPiece");
        json.WriteString("unk_token", "[UNK]");
        json.WriteString("continuing_subword_prefix", prefix);
        json.WriteNumber("max_input_chars_per_word", 100);
        json.WriteStartObject("vocab");
        for (int id = 0; id < tokens.Count; id++)
            json.WriteNumber(tokens[id].Text, id);
        json.WriteEndObject();
    }
}

/// <summary>Unigram with SentencePiece's mark for a space.</summary>
internal sealed class UnigramJson(bool nfkc, bool keepsWhitespace, bool byteFallback) : TrainedModelJson
{
    private const string Metaspace = "{\"type\":\"Metaspace\",\"replacement\":\"\u2581\",\"prepend_scheme\":\"always\",\"split\":true}";

    public override void WriteComponents(Utf8JsonWriter json, IReadOnlyList<string> specialTokens)
    {
        WriteRaw(json, "normalizer", nfkc ? """{"type":"NFKC"}""" : "null");
        WriteRaw(json, "pre_tokenizer", keepsWhitespace ? Metaspace : "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"WhitespaceSplit\"}," + Metaspace + "]}");
        WriteRaw(json, "post_processor", "null");
        WriteRaw(json, "decoder", byteFallback
            ? "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"ByteFallback\"}," + Metaspace + "]}" : Metaspace);
    }

    public override void WriteModel(Utf8JsonWriter json, IReadOnlyList<(string Text, double Score)> tokens)
    {
        json.WriteString("type", "Unigram");
        json.WriteNumber("unk_id", tokens.ToList().FindIndex(token => token.Text == UnigramTrainer.Unknown));
        json.WriteStartArray("vocab");
        foreach ((string text, double score) in tokens)
        {
            json.WriteStartArray();
            json.WriteStringValue(text);
            json.WriteNumberValue(score);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteBoolean("byte_fallback", byteFallback);
    }
}
