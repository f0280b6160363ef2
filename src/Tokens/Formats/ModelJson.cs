using System.Text;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Models;
using static DataPipeline.Tokens.Formats.TokenizerJson;

namespace DataPipeline.Tokens.Formats;

/// <summary>The model of a tokenizer.json.</summary>
internal static class ModelJson
{
    private const int MaxTokens = 1 << 24;

    /// <summary>The kind of a model; older files tell it by their fields.</summary>
    public static string KindOf(JsonElement model)
    {
        if (Type(model) is { Length: > 0 } type)
            return type;
        if (model.TryGetProperty("merges", out _))
            return "BPE";
        if (model.TryGetProperty("max_input_chars_per_word", out _))
            return "WordPiece";
        return model.TryGetProperty("vocab", out JsonElement vocab) && vocab.ValueKind == JsonValueKind.Array ? "Unigram" : "WordLevel";
    }

    public static TokenModel Read(JsonElement model, string path)
    {
        switch (KindOf(model))
        {
            case "BPE":
                return Bpe(model, path);
            case "WordPiece":
                int characters = model.TryGetProperty("max_input_chars_per_word", out JsonElement limit) && limit.TryGetInt32(out int most) ? most : 100;
                return new WordPieceModel(Vocabulary(model, path), Optional(model, "unk_token", path) ?? "[UNK]",
                    Optional(model, "continuing_subword_prefix", path) ?? "##", characters);
            case "WordLevel":
                return new WordLevelModel(Vocabulary(model, path), Optional(model, "unk_token", path) ?? "<unk>");
            case "Unigram":
                return Unigram(model, path);
            default:
                throw Unsupported(path, $"model {Type(model)}");
        }
    }

    /// <summary>Refuses what makes ids depend on chance.</summary>
    public static void RefuseDropout(JsonElement model, string path)
    {
        if (model.TryGetProperty("dropout", out JsonElement dropout) && dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() != 0)
            throw Unsupported(path, $"model option dropout = {dropout.GetRawText()}, with which ids depend on chance");
    }

    /// <summary>An option that may be missing or null.</summary>
    public static string? Optional(JsonElement model, string name, string path) =>
        !model.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString() : throw Unsupported(path, $"model option {name} = {value.GetRawText()}");

    /// <summary>Merges as pairs of token texts, written as "a b" or as [a, b].</summary>
    public static IEnumerable<(string Left, string Right)> Merges(JsonElement model, string path)
    {
        if (!model.TryGetProperty("merges", out JsonElement merges) || merges.ValueKind != JsonValueKind.Array)
            throw new InputException($"{path}: the model has no merges: get the file again");
        foreach (JsonElement merge in merges.EnumerateArray())
        {
            if (merge.ValueKind == JsonValueKind.String)
                yield return SplitMerge(merge.GetString()!, path);
            else if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2)
                yield return (merge[0].GetString()!, merge[1].GetString()!);
            else
                throw new InputException($"{path}: a merge is neither \"a b\" nor [a, b]: get the file again");
        }
    }

    private static CharacterBpeModel Bpe(JsonElement model, string path)
    {
        RefuseDropout(model, path);
        TokenBytes tokens = Vocabulary(model, path);
        BpeOptions options = new()
        {
            Unknown = Optional(model, "unk_token", path),
            ContinuingPrefix = Optional(model, "continuing_subword_prefix", path) ?? "",
            EndOfWordSuffix = Optional(model, "end_of_word_suffix", path) ?? "",
            FuseUnknown = Flag(model, "fuse_unk"),
            ByteFallback = Flag(model, "byte_fallback"),
            IgnoreMerges = Flag(model, "ignore_merges"),
        };
        int prefix = Encoding.UTF8.GetByteCount(options.ContinuingPrefix);
        List<(int, int, int)> merges = [];
        foreach ((string left, string right) in Merges(model, path))
        {
            byte[] first = Encoding.UTF8.GetBytes(left), second = Encoding.UTF8.GetBytes(right);
            int leftId = tokens.Find(first), rightId = tokens.Find(second);
            int merged = second.Length < prefix ? -1 : tokens.Find([.. first, .. second.AsSpan(prefix)]);
            if (leftId < 0 || rightId < 0 || merged < 0)
            {
                throw new InputException($"{path}: merge {merges.Count + 1} ({left} {right}) names a token that the vocabulary lacks: vocabulary and merges do not belong together");
            }
            merges.Add((leftId, rightId, merged));
        }
        return new CharacterBpeModel(tokens, merges, options);
    }

    private static UnigramModel Unigram(JsonElement model, string path)
    {
        if (!model.TryGetProperty("vocab", out JsonElement vocab) || vocab.ValueKind != JsonValueKind.Array)
            throw new InputException($"{path}: the model has no list of tokens and scores: get the file again");
        int count = vocab.GetArrayLength();
        TokenBytes tokens = new(count + 1);
        double[] scores = new double[count];
        int id = 0;
        foreach (JsonElement entry in vocab.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Array || entry.GetArrayLength() != 2 || entry[0].ValueKind != JsonValueKind.String || entry[1].ValueKind != JsonValueKind.Number)
                throw new InputException($"{path}: token {id} of the vocabulary is no [text, score]: get the file again");
            tokens.Add(id, Encoding.UTF8.GetBytes(entry[0].GetString()!));
            scores[id++] = JsonScore.Read(entry[1]);
        }
        int unknown = model.TryGetProperty("unk_id", out JsonElement unk) && unk.TryGetInt32Safe(out int given) ? given : -1;
        if (unknown >= count)
            throw new InputException($"{path}: unk_id {unknown} is no token: get the file again");
        return new UnigramModel(tokens, scores, unknown, Flag(model, "byte_fallback"));
    }

    private static bool TryGetInt32Safe(this JsonElement element, out int value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out value);
    }

    private static TokenBytes Vocabulary(JsonElement model, string path)
    {
        if (!model.TryGetProperty("vocab", out JsonElement vocab) || vocab.ValueKind != JsonValueKind.Object)
            throw new InputException($"{path}: the model has no vocabulary: get the file again");
        TokenBytes tokens = new(vocab.EnumerateObject().Count() + 1);
        foreach (JsonProperty entry in vocab.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id) || id is < 0 or >= MaxTokens)
                throw new InputException($"{path}: token \"{entry.Name}\" has the id {entry.Value.GetRawText()}; ids are 0 to {MaxTokens - 1:N0}: get the file again");
            if (!tokens.Add(id, Encoding.UTF8.GetBytes(entry.Name)))
                throw new InputException($"{path}: two tokens have id {id}: get the file again");
        }
        return tokens;
    }
}
