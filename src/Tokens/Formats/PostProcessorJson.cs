using System.Text.Json;
using static DataPipeline.Tokens.Formats.TokenizerJson;

namespace DataPipeline.Tokens.Formats;

/// <summary>The post-processor of a tokenizer.json: what it puts before and behind a single text.</summary>
internal static class PostProcessorJson
{
    public static (int[] Prefix, int[] Suffix) Read(JsonElement part, string path)
    {
        switch (Type(part))
        {
            case "Sequence":
                (int[] Prefix, int[] Suffix) all = ([], []);
                foreach (JsonElement step in Members(part, "processors", path))
                {
                    (int[] prefix, int[] suffix) = Read(step, path);
                    all = ([.. prefix, .. all.Prefix], [.. all.Suffix, .. suffix]);
                }
                return all;
            case "ByteLevel":
                return ([], []);
            case "BertProcessing" or "RobertaProcessing":
                return ([IdOf(part, "cls", path)], [IdOf(part, "sep", path)]);
            case "TemplateProcessing":
                return Template(part, path);
            default:
                throw Unsupported(path, $"post_processor {Type(part)}");
        }
    }

    /// <summary>The id of <c>["[SEP]", 102]</c>.</summary>
    private static int IdOf(JsonElement part, string name, string path) =>
        part.TryGetProperty(name, out JsonElement pair) && pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2 && pair[1].TryGetInt32(out int id)
            ? id : throw Unsupported(path, $"post_processor {Type(part)} without {name} and its id");

    private static (int[] Prefix, int[] Suffix) Template(JsonElement part, string path)
    {
        List<int> prefix = [], suffix = [];
        int texts = 0;
        foreach (string? name in Items(part, path))
        {
            if (name is null)
            {
                texts++;
                continue;
            }
            if (!part.TryGetProperty("special_tokens", out JsonElement tokens) || Token(tokens, name) is not { } token
                || !token.TryGetProperty("ids", out JsonElement ids) || ids.ValueKind != JsonValueKind.Array)
            {
                throw Unsupported(path, $"post_processor TemplateProcessing that uses {name} without giving its ids");
            }
            (texts == 0 ? prefix : suffix).AddRange(ids.EnumerateArray().Select(id => id.GetInt32()));
        }
        return texts == 1 ? ([.. prefix], [.. suffix]) : throw Unsupported(path, $"post_processor TemplateProcessing that holds the text {texts} times");
    }

    // The tokens are an object by name, or a list of objects with an id.
    private static JsonElement? Token(JsonElement tokens, string name)
    {
        if (tokens.ValueKind == JsonValueKind.Object)
            return tokens.TryGetProperty(name, out JsonElement token) ? token : null;
        foreach (JsonElement token in tokens.ValueKind == JsonValueKind.Array ? tokens.EnumerateArray() : [])
        {
            if (token.TryGetProperty("id", out JsonElement id) && id.ValueEquals(name))
                return token;
        }
        return null;
    }

    /// <summary>Names of special tokens, and null for the text.</summary>
    private static IEnumerable<string?> Items(JsonElement part, string path)
    {
        if (!part.TryGetProperty("single", out JsonElement single))
            throw Unsupported(path, "post_processor TemplateProcessing without single");
        if (single.ValueKind == JsonValueKind.String)
        {
            foreach (string word in single.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                yield return Item(word);
            yield break;
        }
        foreach (JsonElement item in single.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String)
                yield return Item(item.GetString()!);
            else if (item.TryGetProperty("Sequence", out _))
                yield return null;
            else if (item.TryGetProperty("SpecialToken", out JsonElement token))
                yield return Text(token, "id", path);
            else
                throw Unsupported(path, $"post_processor TemplateProcessing with {item.GetRawText()}");
        }
    }

    private static string? Item(string word)
    {
        if (word.StartsWith('$'))
            return null;
        int colon = word.LastIndexOf(':');
        return colon > 0 && colon < word.Length - 1 && word.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0 ? word[..colon] : word;
    }
}
