using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.PreTokenize;

namespace DataPipeline.Tokens.Formats;

/// <summary>Reads Hugging Face's tokenizer.json: byte-level BPE with the components that change no ids or are known exactly; anything else is an error naming it.</summary>
internal static class TokenizerJson
{
    public static BpeTokenizer Read(string path)
    {
        using JsonDocument document = Parse(path);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("model", out JsonElement model))
            throw new InputException($"{path}: no \"model\": this is no tokenizer.json (GPT-2's vocab.json is read with merges.txt beside it)");
        string type = Type(model) is { Length: > 0 } named ? named : model.TryGetProperty("merges", out _) ? "BPE" : "without type";
        if (type != "BPE")
            throw Unsupported(path, $"model {type}");
        RefuseModelOptions(model, path);

        TokenizerOptions options = TokenizerJsonParts.Read(root, path);
        BytePairModel pairs = BuildModel(model.GetProperty("vocab"), Merges(model, path), Flag(model, "ignore_merges"), options.Added, path);
        return new BpeTokenizer(pairs, options);
    }

    public static JsonDocument Parse(string path)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException broken)
        {
            throw new InputException($"{path}: line {broken.LineNumber + 1} is no JSON: get the file again", broken);
        }
    }

    /// <summary>Vocabulary and merges as tables.</summary>
    public static BytePairModel BuildModel(JsonElement vocab, IEnumerable<(string Left, string Right)> merges, bool wholePieceFirst,
        IReadOnlyList<AddedToken> added, string path)
    {
        TokenBytes tokens = new(vocab.EnumerateObject().Count() + added.Count + 1);
        Dictionary<string, int> byText = new(StringComparer.Ordinal);
        HashSet<string> special = new(added.Where(token => token.Special).Select(token => token.Content), StringComparer.Ordinal);
        byte[] bytes = new byte[1024];
        foreach (JsonProperty entry in vocab.EnumerateObject())
        {
            string text = entry.Name;
            int id = entry.Value.GetInt32();
            if (bytes.Length < text.Length)
                bytes = new byte[text.Length];
            byText[text] = id;
            if (special.Contains(text))
                continue;
            if (!ByteLevelAlphabet.TryDecode(text, bytes))
                throw Unsupported(path, $"vocabulary entry \"{text}\" (id {id}), which spells no bytes: the vocabulary is not byte-level");
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
            pairs.Set(first, second, list.Count, merged);
            list.Add((first, second));
        }
        return new BytePairModel(tokens, pairs, ByteTokens.Find(tokens, path), wholePieceFirst) { Merges = list };
    }

    public static (string Left, string Right) SplitMerge(string line, string path)
    {
        int space = line.IndexOf(' ');
        return space > 0 && space < line.Length - 1 && line.LastIndexOf(' ') == space
            ? (line[..space], line[(space + 1)..])
            : throw new InputException($"{path}: \"{line}\" is no merge of two tokens: get the file again");
    }

    internal static string Type(JsonElement element) =>
        element.TryGetProperty("type", out JsonElement type) && type.ValueKind == JsonValueKind.String ? type.GetString()! : "";

    internal static bool Flag(JsonElement element, string name, bool otherwise = false) =>
        element.TryGetProperty(name, out JsonElement flag) && flag.ValueKind is JsonValueKind.True or JsonValueKind.False ? flag.GetBoolean() : otherwise;

    internal static InputException Unsupported(string path, string what) =>
        new($"{path}: not supported: {what}. Use another tokenizer file; ids that only resemble the right ones are never given");

    private static void RefuseModelOptions(JsonElement model, string path)
    {
        foreach (string name in (ReadOnlySpan<string>)["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (!model.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
                continue;
            // With all 256 bytes in the vocabulary nothing is ever unknown.
            if (name == "unk_token" || value.ValueKind == JsonValueKind.String && value.GetString() is "" || value.ValueKind == JsonValueKind.Number && value.GetDouble() == 0)
                continue;
            throw Unsupported(path, $"model option {name} = {value.GetRawText()}");
        }
        if (Flag(model, "byte_fallback"))
            throw Unsupported(path, "model option byte_fallback");
    }

    private static IEnumerable<(string, string)> Merges(JsonElement model, string path)
    {
        foreach (JsonElement merge in model.GetProperty("merges").EnumerateArray())
        {
            if (merge.ValueKind == JsonValueKind.String)
                yield return SplitMerge(merge.GetString()!, path);
            else if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2)
                yield return (merge[0].GetString()!, merge[1].GetString()!);
            else
                throw new InputException($"{path}: a merge is neither \"a b\" nor [a, b]: get the file again");
        }
    }
}
