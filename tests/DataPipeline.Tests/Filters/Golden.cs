using System.Text.Json;
using DataPipeline.Core;

namespace DataPipeline.Tests.Filters;

/// <summary>The expected values made with datatrove, read from ../shared when it lies beside the repository.</summary>
internal static class Golden
{
    public static string Path(params string[] parts) => SharedData.PathOf(System.IO.Path.Combine(parts));

    public static IEnumerable<JsonElement> Lines(string file) =>
        File.ReadLines(Path("golden", "filters", file)).Select(line => JsonDocument.Parse(line).RootElement);

    public static Dictionary<string, string> Texts() =>
        Lines("docs.jsonl").ToDictionary(line => line.GetProperty("id").GetString()!, line => line.GetProperty("text").GetString()!);

    public static Document Document(string text) => new(new Origin("golden", 0), text);

    /// <summary>Views of all golden documents by id: our own for <c>ws</c>, with the golden tokens fed in otherwise.</summary>
    public static Dictionary<string, TextView> Views(string tokens)
    {
        Dictionary<string, string> texts = Texts();
        if (tokens == "ws")
            return texts.ToDictionary(pair => pair.Key, pair => new TextView(pair.Value));
        return Lines($"tokens.{tokens}.jsonl").ToDictionary(line => line.GetProperty("id").GetString()!, line =>
        {
            string text = texts[line.GetProperty("id").GetString()!];
            var words = new List<Slice>();
            int from = 0;
            foreach (JsonElement word in line.GetProperty("words").EnumerateArray())
            {
                string token = word.GetString()!;
                from = text.IndexOf(token, from, StringComparison.Ordinal);
                words.Add(new Slice(from, token.Length));
                from += token.Length;
            }
            return TextView.WithTokens(text, [.. words], [.. SentenceSlices(text, line)]);
        });
    }

    public static IEnumerable<Slice> SentenceSlices(string text, JsonElement tokens)
    {
        int[] units = UnitOffsets(text);
        foreach (JsonElement span in tokens.GetProperty("sentence_spans").EnumerateArray())
            yield return new Slice(units[span[0].GetInt32()], units[span[1].GetInt32()] - units[span[0].GetInt32()]);
    }

    private static int[] UnitOffsets(string text)
    {
        var offsets = new List<int>();
        for (int i = 0; i < text.Length; i += char.IsHighSurrogate(text[i]) ? 2 : 1)
            offsets.Add(i);
        offsets.Add(text.Length);
        return [.. offsets];
    }
}
