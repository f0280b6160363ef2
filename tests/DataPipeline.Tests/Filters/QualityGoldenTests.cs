using System.Text;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters;

/// <summary>Verdicts, reasons and statistics of the published filters against datatrove's own, on 320 documents in two tokenizations.</summary>
public sealed class QualityGoldenTests
{
    private static readonly Dictionary<string, string> Reasons = new()
    {
        ["gopher_short_doc"] = "gopher_too_few_words",
        ["gopher_long_doc"] = "gopher_too_many_words",
        ["gopher_below_avg_threshold"] = "gopher_words_too_short",
        ["gopher_above_avg_threshold"] = "gopher_words_too_long",
        ["gopher_too_many_hashes"] = "gopher_too_many_hashes",
        ["gopher_too_many_ellipsis"] = "gopher_too_many_ellipses",
        ["gopher_too_many_bullets"] = "gopher_too_many_bullet_lines",
        ["gopher_too_many_end_ellipsis"] = "gopher_too_many_ellipsis_lines",
        ["gopher_below_alpha_threshold"] = "gopher_too_few_alphabetic_words",
        ["gopher_enough_stop_words"] = "gopher_too_few_stop_words",
        ["dup_para_frac"] = "gopher_duplicate_paragraphs",
        ["dup_para_char_frac"] = "gopher_duplicate_paragraph_chars",
        ["dup_line_frac"] = "gopher_duplicate_lines",
        ["dup_line_char_frac"] = "gopher_duplicate_line_chars",
        ["line_punct_ratio"] = "fineweb_too_little_line_punctuation",
        ["short_line_ratio"] = "fineweb_too_many_short_lines",
        ["char_dup_ratio"] = "fineweb_repeated_line_chars",
        ["list_ratio"] = "fineweb_too_many_newlines",
        ["empty"] = "fineweb_empty",
    };

    // Statistics that no rule compares with a limit.
    private static readonly Dictionary<string, Func<TextView, double>> Counts = new()
    {
        ["n_words"] = view => view.CountsBy(WordRule.Whitespace).Words,
        ["n_lines"] = view => view.SplitLines.Length,
    };

    [SharedTheory("golden")]
    [InlineData("ws")]
    [InlineData("spacy_en")]
    public void GopherQuality_GoldenDocuments_EqualDatatrove(string tokens)
    {
        var filter = new GopherQuality(words: WordRule.Whitespace, thresholds: Thresholds.English);
        Compare("gopher_quality", tokens, filter.Measure, new()
        {
            ["n_non_symbol_words"] = "gopher_too_few_words", ["avg_word_len"] = "gopher_words_too_short", ["hash_ratio"] = "gopher_too_many_hashes",
            ["ellipsis_ratio"] = "gopher_too_many_ellipses", ["bullet_ratio"] = "gopher_too_many_bullet_lines",
            ["end_ellipsis_ratio"] = "gopher_too_many_ellipsis_lines", ["alpha_word_ratio"] = "gopher_too_few_alphabetic_words",
            ["distinct_stop_words"] = "gopher_too_few_stop_words",
        });
    }

    [SharedTheory("golden")]
    [InlineData("ws")]
    [InlineData("spacy_en")]
    public void GopherRepetition_GoldenDocuments_EqualDatatrove(string tokens)
    {
        var filter = new GopherRepetition(words: WordRule.Whitespace, thresholds: Thresholds.English);
        var stats = Reasons.Where(pair => pair.Key.StartsWith("dup_", StringComparison.Ordinal)).ToDictionary(pair => pair.Key, pair => pair.Value);
        for (int n = 2; n <= 10; n++)
            stats[n < 5 ? $"top_{n}_gram" : $"dup_{n}_gram"] = n < 5 ? $"gopher_top_{n}_gram" : $"gopher_duplicate_{n}_grams";
        Compare("gopher_repetition", tokens, filter.Measure, stats);
    }

    [SharedTheory("golden")]
    [InlineData("ws")]
    [InlineData("spacy_en")]
    public void FineWebQuality_GoldenDocuments_EqualDatatrove(string tokens)
    {
        var filter = new FineWebQuality(words: WordRule.Whitespace, thresholds: Thresholds.English);
        Compare("fineweb_quality", tokens, filter.Measure, new()
        {
            ["line_punct_ratio"] = "fineweb_too_little_line_punctuation", ["short_line_ratio"] = "fineweb_too_many_short_lines",
            ["char_dup_ratio"] = "fineweb_repeated_line_chars", ["n_nonempty_lines"] = "fineweb_empty", ["newlines_per_word"] = "fineweb_too_many_newlines",
        });
    }

    [SharedTheory("golden")]
    [InlineData("c4_default", true)]
    [InlineData("c4_fineweb", false)]
    public void C4_GoldenDocuments_EqualDatatrove(string file, bool terminalPunctuation)
    {
        var filter = new C4(terminalPunctuation: terminalPunctuation, words: WordRule.Whitespace);
        Dictionary<string, string> texts = Golden.Texts();
        int compared = 0;
        foreach (JsonElement expected in Golden.Lines(file + ".ws.jsonl"))
        {
            string id = expected.GetProperty("id").GetString()!;
            Verdict verdict = filter.Judge(Golden.Document(texts[id]));
            string? reason = expected.GetProperty("reason").GetString();
            Assert.True((reason is null ? null : "c4_" + reason) == verdict.Reason, $"{id}: {verdict.Reason}, expected {reason}");
            if (verdict.IsKept)
                Assert.Equal(expected.GetProperty("text_after").GetString(), verdict.Document!.Text);
            compared++;
        }
        Assert.Equal(320, compared);
    }

    // spaCy's sentences were noted for whole documents; datatrove asks for those of each edited line, so a line counts the sentences that reach into it.
    [SharedTheory("golden")]
    [InlineData("c4_default", true)]
    [InlineData("c4_fineweb", false)]
    public void C4_GoldenSentencesOfSpacy_EqualDatatrove(string file, bool terminalPunctuation)
    {
        var filter = new C4(terminalPunctuation: terminalPunctuation, words: WordRule.Whitespace);
        Dictionary<string, string> texts = Golden.Texts();
        Dictionary<string, JsonElement> tokens = Golden.Lines("tokens.spacy_en.jsonl").ToDictionary(line => line.GetProperty("id").GetString()!);
        var wrong = new List<string>();
        foreach (JsonElement expected in Golden.Lines(file + ".spacy_en.jsonl"))
        {
            string id = expected.GetProperty("id").GetString()!, text = texts[id];
            var view = new TextView(text);
            var counts = new Dictionary<string, int>();
            foreach (Slice line in view.SplitLines)
            {
                string key = Citations.Remove(view[TextView.Strip(text, line)]);
                counts[key] = Golden.SentenceSlices(text, tokens[id]).Count(sentence =>
                {
                    int start = Math.Max(sentence.Start, line.Start), end = Math.Min(sentence.End, line.End);
                    return start < end && TextView.Strip(text, new Slice(start, end - start)).Length > 0;
                });
            }
            C4.Outcome outcome = filter.Clean(view, line => counts[line]);
            string? reason = outcome.Reason ?? (outcome.Sentences < 5 ? "c4_too_few_sentences" : null), wanted = expected.GetProperty("reason").GetString();
            if (reason != (wanted is null ? null : "c4_" + wanted) || (reason is null && outcome.Text != expected.GetProperty("text_after").GetString()))
                wrong.Add($"{id}: {reason} with {outcome.Sentences} sentences, expected {wanted}");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join('\n', wrong.Take(10))}");
    }

    [SharedFact("golden")]
    public void CharacterClass_GoldenSets_AreEqual()
    {
        using JsonDocument sets = JsonDocument.Parse(File.ReadAllText(Golden.Path("golden", "filters", "charsets.json")));
        int[] all = [.. Enumerable.Range(0, 0x110000).Where(Rune.IsValid)];
        Assert.Equal(Set("punctuation_set"), all.Where(c => (CharacterClass.Of(new Rune(c)) & CharacterClass.Spoken) == 0));
        Assert.Equal(Set("terminal_punctuation"), all.Where(c => (CharacterClass.Of(new Rune(c)) & CharacterClass.Terminal) != 0));

        IEnumerable<int> Set(string name) => sets.RootElement.GetProperty(name).EnumerateArray().Select(c => char.ConvertToUtf32(c.GetString()!, 0)).Order();
    }

    private static void Compare(string file, string tokens, Func<TextView, IReadOnlyList<Measurement>> measure, Dictionary<string, string> stats)
    {
        Dictionary<string, TextView> views = Golden.Views(tokens);
        var wrong = new List<string>();
        int compared = 0;
        foreach (JsonElement expected in Golden.Lines($"{file}.{tokens}.jsonl"))
        {
            string id = expected.GetProperty("id").GetString()!;
            IReadOnlyList<Measurement> all = measure(views[id]);
            compared++;
            foreach (JsonProperty stat in expected.GetProperty("stats").EnumerateObject())
            {
                double value = Counts.TryGetValue(stat.Name, out Func<TextView, double>? count) ? count(views[id]) : all.Single(measurement => measurement.Rule == stats[stat.Name]).Value;
                double wanted = stat.Value.ValueKind == JsonValueKind.Null ? 0 : stat.Value.GetDouble();
                if (Math.Abs(value - wanted) > 1e-12)
                    wrong.Add($"{id} {stat.Name}: {value:R}, expected {wanted:R}");
            }
            if (expected.TryGetProperty("error", out _))
                continue;
            string? reason = expected.GetProperty("reason").GetString();
            string? ours = all.Where(measurement => !measurement.Passed).Select(measurement => measurement.Rule).FirstOrDefault();
            if (Translate(reason) != ours)
                wrong.Add($"{id}: {ours}, expected {reason}");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join('\n', wrong.Take(10))}");
        Assert.Equal(320, compared);
    }

    private static string? Translate(string? reason) =>
        reason is null ? null
        : reason.StartsWith("top_", StringComparison.Ordinal) ? "gopher_" + reason
        : reason.StartsWith("duplicated_", StringComparison.Ordinal) ? "gopher_" + reason.Replace("duplicated", "duplicate", StringComparison.Ordinal).Replace("_n_", "_", StringComparison.Ordinal)
        : Reasons[reason];
}
