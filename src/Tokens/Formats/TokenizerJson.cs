using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Models;
using DataPipeline.Tokens.PreTokenize;

namespace DataPipeline.Tokens.Formats;

/// <summary>Reads Hugging Face's tokenizer.json. A component that is not known exactly is an error naming it. <c>truncation</c> and <c>padding</c> belong to a batch of
/// training data and are left out.</summary>
internal static class TokenizerJson
{
    public static Tokenizer Read(string path)
    {
        using JsonDocument document = Parse(path);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("model", out JsonElement model) || model.ValueKind != JsonValueKind.Object)
            throw new InputException($"{path}: no \"model\": this is no tokenizer.json (GPT-2's vocab.json is read with merges.txt beside it)");
        try
        {
            return Read(root, model, path);
        }
        catch (Exception broken) when (broken is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InputException($"{path}: a part has not the form that tokenizer.json gives it ({broken.Message}): get the file again", broken);
        }
    }

    private static Tokenizer Read(JsonElement root, JsonElement model, string path)
    {
        if (ByteLevelJson.TryRead(root, model, path) is { } byteLevel)
            return byteLevel;
        JsonElement? preTokenizer = Part(root, "pre_tokenizer"), decoder = Part(root, "decoder"), processor = Part(root, "post_processor"),
            normalizer = Part(root, "normalizer");
        List<PreTokenizer> steps = preTokenizer is { } pre ? PreTokenizerJson.Read(pre, path) : [];
        AddedToken[] added = AddedTokensJson.Read(root, model, path);
        // Where bytes are spelled as characters last, the model may read the bytes themselves.
        TokenModel? bytes = steps.Count > 0 && steps[^1] is ByteLevelPreTokenizer ? ByteLevelJson.TryReadModel(model, added, path) : null;
        if (bytes is not null)
            steps[^1] = ((ByteLevelPreTokenizer)steps[^1]).WithoutSpelling();
        (int[] prefix, int[] suffix) = processor is { } post ? PostProcessorJson.Read(post, path) : ([], []);
        TokenizerParts parts = new(bytes ?? ModelJson.Read(model, path))
        {
            Normalizer = normalizer is { } norm ? NormalizerJson.Read(norm, path) : null,
            PreTokenizer = steps.Count == 0 ? null : steps.Count == 1 ? steps[0] : new SequencePreTokenizer(steps),
            Decoder = decoder is { } decode ? DecoderJson.Read(decode, path) : null,
            Added = added,
            Prefix = prefix,
            Suffix = suffix,
            Source = new TokenizerSource(normalizer?.GetRawText(), preTokenizer?.GetRawText(), processor?.GetRawText(), decoder?.GetRawText()),
        };
        return parts.Model switch
        {
            WordPieceModel => new WordPieceTokenizer(parts),
            WordLevelModel => new WordLevelTokenizer(parts),
            UnigramModel => new UnigramTokenizer(parts),
            _ => new CharacterBpeTokenizer(parts),
        };
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

    public static (string Left, string Right) SplitMerge(string line, string path)
    {
        int space = line.IndexOf(' ');
        return space > 0 && space < line.Length - 1 && line.LastIndexOf(' ') == space
            ? (line[..space], line[(space + 1)..])
            : throw new InputException($"{path}: \"{line}\" is no merge of two tokens: get the file again");
    }

    /// <summary>A component that is there.</summary>
    internal static JsonElement? Part(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement part) && part.ValueKind == JsonValueKind.Object ? part : null;

    /// <summary>The members of a Sequence.</summary>
    internal static IEnumerable<JsonElement> Members(JsonElement part, string name, string path) =>
        part.TryGetProperty(name, out JsonElement steps) && steps.ValueKind == JsonValueKind.Array ? steps.EnumerateArray()
            : throw Unsupported(path, $"a Sequence without {name}");

    internal static string Type(JsonElement element) =>
        element.TryGetProperty("type", out JsonElement type) && type.ValueKind == JsonValueKind.String ? type.GetString()! : "";

    internal static bool Flag(JsonElement element, string name, bool otherwise = false) =>
        element.TryGetProperty(name, out JsonElement flag) && flag.ValueKind is JsonValueKind.True or JsonValueKind.False ? flag.GetBoolean() : otherwise;

    internal static string Text(JsonElement element, string name, string path) =>
        element.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString()!
            : throw Unsupported(path, $"{Type(element)} without {name}");

    internal static int Number(JsonElement element, string name, string path) =>
        element.TryGetProperty(name, out JsonElement number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out int value) && value >= 0 ? value
            : throw Unsupported(path, $"{Type(element)} without {name}");

    /// <summary>Runs what reads a part, and puts the file before its errors.</summary>
    internal static T Named<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InputException wrong) when (!wrong.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new InputException($"{path}: {wrong.Message}", wrong);
        }
    }

    internal static InputException Unsupported(string path, string what) =>
        new($"{path}: not supported: {what}. Use another tokenizer file; ids that only resemble the right ones are never given");
}
