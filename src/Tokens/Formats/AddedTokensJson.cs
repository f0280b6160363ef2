using System.Text.Json;
using static DataPipeline.Tokens.Formats.TokenizerJson;

namespace DataPipeline.Tokens.Formats;

/// <summary>The added tokens of a tokenizer.json.</summary>
internal static class AddedTokensJson
{
    /// <summary>Special tokens first, as they are looked for, then the others, each in the order of the file.</summary>
    /// <remarks>As in the reference, a token of the model's vocabulary keeps the id it has there and others are numbered behind it, whatever id the file gives them.</remarks>
    /// <param name="root">The file.</param>
    /// <param name="model">Its model.</param>
    /// <param name="path">Its path.</param>
    public static AddedToken[] Read(JsonElement root, JsonElement model, string path)
    {
        if (!root.TryGetProperty("added_tokens", out JsonElement tokens) || tokens.ValueKind != JsonValueKind.Array)
            return [];
        (Dictionary<string, int> vocabulary, int size) = Vocabulary(model);
        List<AddedToken> added = [];
        Dictionary<string, int> ids = new(StringComparer.Ordinal);
        int last = -1;
        foreach (JsonElement token in tokens.EnumerateArray())
        {
            AddedToken read = new(Text(token, "content", path), Number(token, "id", path), Flag(token, "special"), Flag(token, "lstrip"), Flag(token, "rstrip"),
                Flag(token, "single_word"), Flag(token, "normalized"));
            if (read.Content.Length == 0)
                continue;
            if (!ids.TryGetValue(read.Content, out int id) && !vocabulary.TryGetValue(read.Content, out id))
                id = last >= size || (size == 0 && last >= 0) ? last + 1 : size;
            ids[read.Content] = id;
            last = Math.Max(last, id);
            // A token that comes again takes the place of the first.
            added.RemoveAll(token => token.Content == read.Content);
            added.Add(read with { Id = id });
        }
        return [.. added.Where(token => token.Special), .. added.Where(token => !token.Special)];
    }

    private static (Dictionary<string, int> Ids, int Size) Vocabulary(JsonElement model)
    {
        Dictionary<string, int> ids = new(StringComparer.Ordinal);
        if (!model.TryGetProperty("vocab", out JsonElement vocab))
            return (ids, 0);
        if (vocab.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty entry in vocab.EnumerateObject())
                ids[entry.Name] = entry.Value.TryGetInt32(out int id) ? id : 0;
            return (ids, ids.Count);
        }
        if (vocab.ValueKind == JsonValueKind.Array)
        {
            int next = 0;
            foreach (JsonElement entry in vocab.EnumerateArray())
                ids[entry[0].GetString()!] = next++;
        }
        return (ids, vocab.ValueKind == JsonValueKind.Array ? vocab.GetArrayLength() : 0);
    }
}
