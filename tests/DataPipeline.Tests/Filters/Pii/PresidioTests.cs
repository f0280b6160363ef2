using System.Text.Json;
using DataPipeline.Filters;
using Xunit.Abstractions;

namespace DataPipeline.Tests.Filters.Pii;

/// <summary>Scores by kind on sentences with marked values. A value counts as found when the two places share at least half of the characters that either covers, each once.</summary>
/// <remarks>The numbers of the set are made up: some cards have prefixes that no issuer uses (JCB outside 3528 to 3589), and some telephone numbers stand in sentences without a word
/// for them in forms that other numbers share. The rules are not loosened for these.</remarks>
public sealed class PresidioTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, string> KindOf = new()
    {
        ["email"] = "EMAIL_ADDRESS", ["ipv4"] = "IP_ADDRESS", ["ipv6"] = "IP_ADDRESS", ["phone"] = "PHONE_NUMBER", ["cn_mobile"] = "PHONE_NUMBER", ["credit_card"] = "CREDIT_CARD",
        ["iban"] = "IBAN_CODE", ["us_ssn"] = "US_SSN", ["cn_resident_id"] = "CN_ID", ["secret"] = "SECRET",
    };

    // Kind, smallest precision, smallest recall: a little below what is reached.
    private static readonly (string Kind, double Precision, double Recall)[] Floors =
        [("EMAIL_ADDRESS", 1, 1), ("IP_ADDRESS", 1, 1), ("PHONE_NUMBER", 0.98, 0.92), ("CREDIT_CARD", 1, 0.92), ("IBAN_CODE", 1, 1), ("US_SSN", 1, 1)];

    [SharedFact("data/pii/presidio-research")]
    public void Find_MarkedSentences_ReachesTheFloors()
    {
        var counts = KindOf.Values.Distinct().ToDictionary(kind => kind, _ => new Counts());
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(SharedData.PathOf("data/pii/presidio-research/synth_v2_even.json")));
        foreach (JsonElement sentence in json.RootElement.EnumerateArray())
            Score(sentence, counts);
        foreach ((string kind, Counts count) in counts)
            output.WriteLine($"{kind}: {count.Marked} marked, {count.Found} found, {count.Right} right, precision {count.Precision:F3}, recall {count.Recall:F3}");
        Assert.All(Floors, floor => Assert.True(counts[floor.Kind].Precision >= floor.Precision && counts[floor.Kind].Recall >= floor.Recall, floor.Kind));
        // The set has no such values: nothing may be taken for one.
        Assert.Equal(0, counts["CN_ID"].Found + counts["SECRET"].Found);
    }

    private static void Score(JsonElement sentence, Dictionary<string, Counts> counts)
    {
        string text = sentence.GetProperty("full_text").GetString()!;
        // The marks count code points.
        int[] units = [.. Enumerable.Range(0, text.Length).Where(i => !(char.IsLowSurrogate(text[i]) && i > 0 && char.IsHighSurrogate(text[i - 1]))), text.Length];
        List<(string Kind, int Start, int End)> marked = [.. sentence.GetProperty("spans").EnumerateArray()
            .Select(span => (span.GetProperty("entity_type").GetString()!, units[span.GetProperty("start_position").GetInt32()], units[span.GetProperty("end_position").GetInt32()]))
            .Where(span => counts.ContainsKey(span.Item1))];
        foreach ((string kind, _, _) in marked)
            counts[kind].Marked++;
        foreach (PiiMatch match in new PiiFinder(PiiFinder.All, publicOnly: true).Find(text) ?? [])
        {
            string kind = KindOf[match.Scanner.Kind];
            counts[kind].Found++;
            counts[kind].Right += marked.RemoveAll(span => span.Kind == kind
                && 2 * (Math.Min(span.End, match.Place.End) - Math.Max(span.Start, match.Place.Start)) >= Math.Max(span.End, match.Place.End) - Math.Min(span.Start, match.Place.Start));
        }
    }

    private sealed class Counts
    {
        public int Marked { get; set; }

        public int Found { get; set; }

        public int Right { get; set; }

        public double Precision => Found == 0 ? 1 : (double)Right / Found;

        public double Recall => Marked == 0 ? 1 : (double)Right / Marked;
    }
}
