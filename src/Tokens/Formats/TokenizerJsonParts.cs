using System.Text;
using System.Text.Json;
using DataPipeline.Tokens.PreTokenize;
using static DataPipeline.Tokens.Formats.TokenizerJson;

namespace DataPipeline.Tokens.Formats;

/// <summary>Normalizer, pre-tokenizer, post-processor, decoder and added tokens of a tokenizer.json.</summary>
internal static class TokenizerJsonParts
{
    public static TokenizerOptions Read(JsonElement root, string path)
    {
        bool nfc = Nfc(Part(root, "normalizer"), path);
        (SplitPatternKind pattern, bool prefixSpace) = PreTokenizer(Part(root, "pre_tokenizer"), path);
        (int[] prefix, int[] suffix) = PostProcessor(Part(root, "post_processor"), path);
        if (Part(root, "decoder") is { } decoder && !Steps(decoder, "decoders").All(step => Type(step) == "ByteLevel"))
            throw Unsupported(path, $"decoder {decoder.GetRawText()}");
        return new TokenizerOptions
        {
            Pattern = pattern, Nfc = nfc, PrefixSpace = prefixSpace, Prefix = prefix, Suffix = suffix,
            Added = [.. Added(root, nfc, path)],
        };
    }

    private static JsonElement? Part(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement part) && part.ValueKind == JsonValueKind.Object ? part : null;

    /// <summary>The members of a Sequence, or the component alone.</summary>
    private static IEnumerable<JsonElement> Steps(JsonElement part, string members) =>
        Type(part) == "Sequence" && part.TryGetProperty(members, out JsonElement steps) ? steps.EnumerateArray().SelectMany(step => Steps(step, members)) : [part];

    private static bool Nfc(JsonElement? normalizer, string path)
    {
        bool nfc = false;
        foreach (JsonElement step in normalizer is { } part ? Steps(part, "normalizers") : [])
        {
            if (Type(step) != "NFC")
                throw Unsupported(path, $"normalizer {Type(step)}");
            nfc = true;
        }
        return nfc;
    }

    private static (SplitPatternKind, bool PrefixSpace) PreTokenizer(JsonElement? preTokenizer, string path)
    {
        SplitPatternKind pattern = SplitPatternKind.None;
        bool prefixSpace = false, byteLevel = false;
        foreach (JsonElement step in preTokenizer is { } part ? Steps(part, "pretokenizers") : [])
        {
            bool splits = true;
            SplitPatternKind found = SplitPatternKind.Gpt2;
            switch (Type(step))
            {
                case "ByteLevel" when !byteLevel:
                    byteLevel = true;
                    splits = Flag(step, "use_regex", true);
                    prefixSpace = Flag(step, "add_prefix_space", true);
                    if (prefixSpace && pattern != SplitPatternKind.None)
                        throw Unsupported(path, "pre_tokenizer ByteLevel with add_prefix_space after a Split");
                    break;
                case "Split" when !byteLevel:
                    found = Split(step, path);
                    break;
                default:
                    throw Unsupported(path, $"pre_tokenizer {step.GetRawText()} in this place");
            }
            if (splits && pattern != SplitPatternKind.None)
                throw Unsupported(path, "pre_tokenizer with two split patterns");
            if (splits)
                pattern = found;
        }
        return byteLevel ? (pattern, prefixSpace) : throw Unsupported(path, "pre_tokenizer without ByteLevel");
    }

    private static SplitPatternKind Split(JsonElement step, string path)
    {
        string behavior = step.TryGetProperty("behavior", out JsonElement value) ? value.GetString() ?? "" : "";
        bool inverted = Flag(step, "invert");
        // Keeping what matches apart and removing what lies between are the same where the pattern matches everything.
        if (!(behavior == "Isolated" && !inverted) && !(behavior == "Removed" && inverted))
            throw Unsupported(path, $"pre_tokenizer Split with behavior {behavior}, invert {inverted}");
        string text = step.TryGetProperty("pattern", out JsonElement pattern) && pattern.TryGetProperty("Regex", out JsonElement regex)
            ? regex.GetString() ?? "" : throw Unsupported(path, "pre_tokenizer Split without Regex");
        return SplitPattern.Recognize(text) ?? throw Unsupported(path, $"pre_tokenizer Split pattern {text}");
    }

    private static (int[] Prefix, int[] Suffix) PostProcessor(JsonElement? processor, string path)
    {
        List<int> prefix = [], suffix = [];
        foreach (JsonElement step in processor is { } part ? Steps(part, "processors") : [])
        {
            switch (Type(step))
            {
                case "ByteLevel":
                    break;
                case "TemplateProcessing":
                    bool after = false;
                    foreach (JsonElement item in step.GetProperty("single").EnumerateArray())
                    {
                        if (item.TryGetProperty("Sequence", out _))
                            after = true;
                        else
                        {
                            string name = item.GetProperty("SpecialToken").GetProperty("id").GetString()!;
                            (after ? suffix : prefix).AddRange(
                                step.GetProperty("special_tokens").GetProperty(name).GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
                        }
                    }
                    break;
                default:
                    throw Unsupported(path, $"post_processor {Type(step)}");
            }
        }
        return ([.. prefix], [.. suffix]);
    }

    private static IEnumerable<AddedToken> Added(JsonElement root, bool nfc, string path)
    {
        if (!root.TryGetProperty("added_tokens", out JsonElement tokens) || tokens.ValueKind != JsonValueKind.Array)
            yield break;
        foreach (JsonElement token in tokens.EnumerateArray())
        {
            string content = token.GetProperty("content").GetString()!;
            if (Flag(token, "single_word"))
                throw Unsupported(path, $"added token {content} with single_word");
            if (Flag(token, "normalized") && nfc && !Ascii.IsValid(content))
                throw Unsupported(path, $"added token {content} matched after normalization");
            yield return new AddedToken(content, token.GetProperty("id").GetInt32(), Flag(token, "special"), Flag(token, "lstrip"), Flag(token, "rstrip"));
        }
    }
}
