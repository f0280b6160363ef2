using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Models;
using DataPipeline.Tokens.PreTokenize;
using static DataPipeline.Tokens.Formats.TokenizerJson;

namespace DataPipeline.Tokens.Formats;

/// <summary>Byte-level BPE of a tokenizer.json whose other parts are those that <see cref="ByteLevelTokenizer"/> does in one go.</summary>
internal static class ByteLevelJson
{
    /// <summary>The tokenizer, or null where the steps must be taken one by one.</summary>
    public static BpeTokenizer? TryRead(JsonElement root, JsonElement model, string path)
    {
        if (ModelJson.KindOf(model) != "BPE" || Part(root, "pre_tokenizer") is not { } preTokenizer)
            return null;
        JsonElement[] normalizers = Part(root, "normalizer") is { } normalizer ? [.. Steps(normalizer, "normalizers")] : [];
        if (normalizers.Any(step => Type(step) != "NFC") || PreTokenizer(preTokenizer) is not { } split)
            return null;
        if (Part(root, "decoder") is not { } decoder || !Steps(decoder, "decoders").All(step => Type(step) == "ByteLevel"))
            return null;
        AddedToken[] added = AddedTokensJson.Read(root, model, path);
        // Tokens of two kinds are looked for one kind after the other.
        if (added.Any(token => token.SingleWord || token.Normalized != added[0].Normalized)
            || (normalizers.Length > 0 && added.Any(token => token.Normalized)) || TryReadModel(model, added, path) is not { } pairs)
        {
            return null;
        }
        (int[] prefix, int[] suffix) = Part(root, "post_processor") is { } processor ? PostProcessorJson.Read(processor, path) : ([], []);
        return new BpeTokenizer(pairs.Pairs, new TokenizerOptions
        {
            Pattern = split.Pattern, PrefixSpace = split.PrefixSpace, Nfc = normalizers.Length > 0, Prefix = prefix, Suffix = suffix, Added = added,
        });
    }

    /// <summary>The model over bytes; null where the vocabulary lacks a byte, or an option needs the characters.</summary>
    public static ByteLevelModel? TryReadModel(JsonElement model, IReadOnlyList<AddedToken> added, string path)
    {
        if (ModelJson.KindOf(model) != "BPE" || Flag(model, "byte_fallback") || !model.TryGetProperty("vocab", out JsonElement vocab)
            || vocab.ValueKind != JsonValueKind.Object || ModelJson.Optional(model, "continuing_subword_prefix", path) is { Length: > 0 }
            || ModelJson.Optional(model, "end_of_word_suffix", path) is { Length: > 0 })
        {
            return null;
        }
        ModelJson.RefuseDropout(model, path);
        for (int value = 0; value < 256; value++)
        {
            if (!vocab.TryGetProperty(ByteLevelAlphabet.Of((byte)value).ToString(), out _))
                return null;
        }
        return TryBuild(vocab, ModelJson.Merges(model, path), Flag(model, "ignore_merges"), added, path) is { } pairs ? new ByteLevelModel(pairs) : null;
    }

    /// <summary>Vocabulary and merges as tables; null where a token that spells no bytes takes part in merges.</summary>
    public static BytePairModel? TryBuild(JsonElement vocab, IEnumerable<(string Left, string Right)> merges, bool wholePieceFirst,
        IReadOnlyList<AddedToken> added, string path)
    {
        HashSet<string> special = new(added.Where(token => token.Special).Select(token => token.Content), StringComparer.Ordinal);
        TokenBytes tokens = new(vocab.EnumerateObject().Count() + 1);
        Dictionary<string, int> byText = new(StringComparer.Ordinal);
        Dictionary<int, string> others = [];
        byte[] bytes = new byte[1024];
        foreach (JsonProperty entry in vocab.EnumerateObject())
        {
            string text = entry.Name;
            if (!entry.Value.TryGetInt32(out int id) || id is < 0 or >= 1 << 24)
                throw new InputException($"{path}: token \"{text}\" has the id {entry.Value.GetRawText()}: get the file again");
            if (bytes.Length < text.Length)
                bytes = new byte[text.Length];
            byText[text] = id;
            // No text becomes a special token but by its name.
            if (special.Contains(text) && text.Length > 1)
                continue;
            // A token with other characters can be made by no bytes; it keeps its id for decoding.
            if (text.Length == 0 || !ByteLevelAlphabet.TryDecode(text, bytes))
                others[id] = text;
            else if (!tokens.Add(id, bytes.AsSpan(0, text.Length)))
                throw new InputException($"{path}: two tokens have id {id}: get the file again");
        }
        PairTable pairs = new(byText.Count);
        List<(int, int)> list = [];
        foreach ((string left, string right) in merges)
        {
            if (!byText.TryGetValue(left, out int first) || !byText.TryGetValue(right, out int second)
                || !byText.TryGetValue(left + right, out int merged))
            {
                throw new InputException($"{path}: merge {list.Count + 1} ({left} {right}) names a token that the vocabulary lacks: vocabulary and merges do not belong together");
            }
            if (others.ContainsKey(first) || others.ContainsKey(second))
                return null;
            pairs.Set(first, second, list.Count, merged);
            list.Add((first, second));
        }
        return new BytePairModel(tokens, pairs, ByteTokens.Find(tokens, path), wholePieceFirst) { Merges = list, Others = others };
    }

    /// <summary>The members of a Sequence, or the component alone.</summary>
    private static IEnumerable<JsonElement> Steps(JsonElement part, string members) =>
        Type(part) == "Sequence" && part.TryGetProperty(members, out JsonElement steps) ? steps.EnumerateArray().SelectMany(step => Steps(step, members)) : [part];

    /// <summary>One known split pattern and ByteLevel, in one step or two; else null.</summary>
    private static (SplitPatternKind Pattern, bool PrefixSpace)? PreTokenizer(JsonElement part)
    {
        JsonElement[] steps = [.. Steps(part, "pretokenizers")];
        if (steps.Length is 0 or > 2 || Type(steps[^1]) != "ByteLevel")
            return null;
        bool splits = Flag(steps[^1], "use_regex", true), prefixSpace = Flag(steps[^1], "add_prefix_space", true);
        if (steps.Length == 1)
            return (splits ? SplitPatternKind.Gpt2 : SplitPatternKind.None, prefixSpace);
        return !splits && !prefixSpace && Split(steps[0]) is { } pattern ? (pattern, false) : null;
    }

    private static SplitPatternKind? Split(JsonElement step)
    {
        if (Type(step) != "Split")
            return null;
        string behavior = step.TryGetProperty("behavior", out JsonElement value) ? value.GetString() ?? "" : "";
        // Keeping what matches apart and removing what lies between are the same where the pattern matches everything.
        if (behavior != (Flag(step, "invert") ? "Removed" : "Isolated"))
            return null;
        return step.TryGetProperty("pattern", out JsonElement pattern) && pattern.TryGetProperty("Regex", out JsonElement regex)
            ? SplitPattern.Recognize(regex.GetString() ?? "") : null;
    }
}
