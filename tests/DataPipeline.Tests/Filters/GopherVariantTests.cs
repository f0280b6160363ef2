using System.Text;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters;

/// <summary>The readings of dolma, DCLM, RedPajama and Curator against twins that make a string of everything.</summary>
public sealed class GopherVariantTests
{
    private static readonly string[] Pieces =
        ["a", "the", "The", "OF", "and", "word", "alpha", "bet", "alphabet", " ", " ", " ", " ", "\n", "\n\n", "\n\n\n", "...", ". . .", "…", "#", "##", "•", "●", "-", "*", "- x", "½", "_a", "12", "中", "文", "字", "。", "𝒜𝒷",
            "\t", "\u2003", "!", "tail…\n", "same line\n", "same line\n", "antidisestablishmentarianism"];

    private static readonly string[] Stop = ["the", "be", "to", "of", "and", "that", "have", "with"];

    [Theory]
    [InlineData(GopherVariant.Dolma)]
    [InlineData(GopherVariant.Dclm)]
    public void Quality_AnyText_EqualsTwin(GopherVariant variant)
    {
        var filter = new GopherQuality(thresholds: Thresholds.English, variant: variant);
        Texts.Check(Texts.Of(Pieces, 200), text =>
        {
            Dictionary<string, double> expected = variant == GopherVariant.Dolma ? QualityOfDolma(text) : QualityOfDclm(text);
            foreach (Measurement measured in filter.Measure(Golden.Document(text)))
                Assert.Equal((measured.Rule, expected[measured.Rule]), (measured.Rule, measured.Value));
        });
    }

    [Theory]
    [InlineData(RepetitionVariant.Dolma)]
    [InlineData(RepetitionVariant.Dclm)]
    [InlineData(RepetitionVariant.RedPajama)]
    [InlineData(RepetitionVariant.Curator)]
    public void Repetition_AnyText_EqualsTwin(RepetitionVariant variant)
    {
        var filter = new GopherRepetition(thresholds: Thresholds.English, variant: variant);
        Texts.Check(Texts.Of(Pieces, 200), text =>
        {
            (string, double)[] measured = [.. filter.Measure(Golden.Document(text)).Select(one => (one.Rule, one.Value))];
            Assert.Equal(Repetition(text, variant), measured);
        });
    }

    /// <summary>Where one reading drops and another keeps.</summary>
    [Fact]
    public void Judge_TextsBetweenReadings_DifferAsTheProjectsDo()
    {
        // Half of the lines are copies: two of four lines repeat an earlier one, but all four have a copy.
        string lines = "one two three\nfour five six\none two three\nfour five six";
        Assert.Equal(0.5, Value(RepetitionVariant.Datatrove, lines, "gopher_duplicate_lines"));
        Assert.Equal(1, Value(RepetitionVariant.Dclm, lines, "gopher_duplicate_lines"));
        // A line alone passes, whatever it says.
        Assert.Equal(0, Value(RepetitionVariant.Dclm, "word", "gopher_duplicate_lines"));
        // What occurs once is no top n-gram for DCLM.
        Assert.Equal(1, Value(RepetitionVariant.Dolma, "ab cd", "gopher_top_2_gram"));
        Assert.Equal(0, Value(RepetitionVariant.Dclm, "ab cd", "gopher_top_2_gram"));
        // "a b" was seen first, "long longer" is longer.
        const string Tie = "a b x a b y long longer z long longer";
        Assert.Equal(4.0 / 27, Value(RepetitionVariant.Dolma, Tie, "gopher_top_2_gram"));
        Assert.Equal(20.0 / 27, Value(RepetitionVariant.Dclm, Tie, "gopher_top_2_gram"));

        string prose = string.Join(' ', Enumerable.Repeat("The cat sat with seven small birds", 10));
        Assert.True(new GopherQuality(variant: GopherVariant.Dolma).Judge(Golden.Document(prose)).IsKept);
        // A stop word in capitals counts for DCLM alone.
        string shouted = prose.Replace("with", "near", StringComparison.Ordinal);
        Assert.Equal("gopher_too_few_stop_words", new GopherQuality(variant: GopherVariant.Dolma).Judge(Golden.Document(shouted)).Reason);
        Assert.True(new GopherQuality(variant: GopherVariant.Dclm).Judge(Golden.Document(shouted)).IsKept);
        // Three points are a symbol for DCLM alone.
        string points = prose.Replace("birds", "birds...", StringComparison.Ordinal);
        Assert.Equal("gopher_too_many_symbols", new GopherQuality(variant: GopherVariant.Dclm).Judge(Golden.Document(points)).Reason);
        Assert.True(new GopherQuality(variant: GopherVariant.Dolma).Judge(Golden.Document(points)).IsKept);
    }

    private static double Value(RepetitionVariant variant, string text, string rule) =>
        new GopherRepetition(thresholds: Thresholds.English, variant: variant).Measure(Golden.Document(text)).Single(one => one.Rule == rule).Value;

    private static Dictionary<string, double> QualityOfDolma(string text)
    {
        string[] words = Split(text), lines = text.Split('\n');
        double count = Math.Max(1, words.Length);
        int[] lengths = [.. words.Select(Length).Order()];
        double median = lengths.Length == 0 ? 0 : (lengths[(lengths.Length - 1) / 2] + lengths[lengths.Length / 2]) / 2.0;
        return Rules(words.Length, median, words.Count(word => word.Contains('#') || word.Contains('…')) / count,
            lines.Count(line => line.StartsWith('*') || line.StartsWith('-')) / (double)lines.Length, lines.Count(line => line.EndsWith('…')) / (double)lines.Length,
            words.Count(HasLetter) / count, words.Count(Stop.Contains));
    }

    private static Dictionary<string, double> QualityOfDclm(string text)
    {
        string[] words = Split(text), lines = [.. text.Split('\n').Select(Strip).Where(line => line.Length > 0)];
        double count = Math.Max(1, words.Length), lineCount = Math.Max(1, lines.Length);
        string[] symbols = ["#", "...", ". . .", "…"];
        return Rules(Uax(text).Length, words.Sum(Length) / count, symbols.Sum(symbol => text.Split(symbol).Length - 1) / count,
            lines.Count(line => "●•*-".Contains(line[0])) / lineCount, lines.Count(line => symbols[1..].Any(line.EndsWith)) / lineCount,
            words.Count(HasLetter) / count, words.Count(word => Stop.Contains(word.ToLowerInvariant())));
    }

    private static Dictionary<string, double> Rules(double words, double length, double symbols, double bullets, double ellipses, double letters, double stopWords) => new()
    {
        ["gopher_too_few_words"] = words, ["gopher_too_many_words"] = words, ["gopher_words_too_short"] = length, ["gopher_words_too_long"] = length, ["gopher_too_many_symbols"] = symbols,
        ["gopher_too_many_bullet_lines"] = bullets, ["gopher_too_many_ellipsis_lines"] = ellipses, ["gopher_too_few_alphabetic_words"] = letters, ["gopher_too_few_stop_words"] = stopWords,
    };

    private static IEnumerable<(string, double)> Repetition(string text, RepetitionVariant variant)
    {
        string[] words = variant switch
        {
            RepetitionVariant.Dclm => Uax(text),
            RepetitionVariant.RedPajama => Split(string.Concat(text.ToLowerInvariant().Where(c => !"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".Contains(c)))),
            _ => Split(text),
        };
        double chars = Math.Max(1, words.Sum(Length));
        string[] lines, paragraphs;
        switch (variant)
        {
            case RepetitionVariant.Dolma:
                lines = text.Split('\n');
                yield return ("gopher_duplicate_lines", Copies(lines).Length / (double)lines.Length);
                yield return ("gopher_duplicate_line_chars", Copies(lines).Sum(Length) / chars);
                break;
            case RepetitionVariant.Dclm:
                lines = [.. text.Split('\n').Select(Strip).Where(line => line.Length > 0)];
                paragraphs = [.. text.Split("\n\n").Select(Strip).Where(paragraph => paragraph.Length > 0)];
                yield return ("gopher_duplicate_lines", lines.Length == 0 ? 1 : Copies(lines).Length / (double)lines.Length);
                yield return ("gopher_duplicate_paragraphs", lines.Length == 0 ? 1 : Copies(paragraphs).Length / (double)paragraphs.Length);
                yield return ("gopher_duplicate_line_chars", lines.Length == 0 ? 1 : Copies(lines).Sum(Length) / (double)lines.Sum(Length));
                yield return ("gopher_duplicate_paragraph_chars", lines.Length == 0 ? 1 : Copies(paragraphs).Sum(Length) / (double)paragraphs.Sum(Length));
                break;
            case RepetitionVariant.Curator:
                lines = [.. text.Split('\n').Where(line => Strip(line).Length > 0)];
                paragraphs = text.Split("\n\n");
                yield return ("gopher_duplicate_lines", (lines.Length - lines.Distinct().Count()) / Math.Max(1.0, lines.Length));
                yield return ("gopher_duplicate_line_chars", (lines.Sum(Length) - lines.Distinct().Sum(Length)) / Math.Max(1.0, lines.Sum(Length)));
                yield return ("gopher_duplicate_paragraphs", (paragraphs.Length - paragraphs.Distinct().Count()) / (double)paragraphs.Length);
                yield return ("gopher_duplicate_paragraph_chars", (paragraphs.Sum(Length) - paragraphs.Distinct().Sum(Length)) / Math.Max(1.0, paragraphs.Sum(Length)));
                yield break;
        }
        for (int n = 2; n <= 10; n++)
        {
            string[] grams = [.. Enumerable.Range(0, Math.Max(0, words.Length - n + 1)).Select(i => string.Join(' ', words[i..(i + n)]))];
            Dictionary<string, int> counts = grams.GroupBy(gram => gram).ToDictionary(group => group.Key, group => group.Count());
            int most = counts.Count == 0 ? 0 : counts.Values.Max();
            if (n < 5)
            {
                IEnumerable<string> tops = grams.Where(gram => counts[gram] == most);
                string? top = variant == RepetitionVariant.Dclm ? tops.MaxBy(gram => Length(gram)) : tops.FirstOrDefault();
                yield return ($"gopher_top_{n}_gram", most > 1 || (most == 1 && variant == RepetitionVariant.Dolma) ? most * (Length(top!) - n + 1) / chars : 0);
            }
            else if (variant == RepetitionVariant.Dolma)
            {
                double all = grams.Sum(gram => Length(gram) - n + 1);
                yield return ($"gopher_duplicate_{n}_grams", grams.Where(gram => counts[gram] > 1).Sum(gram => Length(gram) - n + 1) / Math.Max(1, all));
            }
            else
            {
                HashSet<int> covered = [.. Enumerable.Range(0, grams.Length).Where(i => counts[grams[i]] > 1).SelectMany(i => Enumerable.Range(i, n))];
                yield return ($"gopher_duplicate_{n}_grams", covered.Sum(i => Length(words[i])) / chars);
            }
        }
    }

    private static string[] Copies(string[] pieces) => [.. pieces.GroupBy(piece => piece).Where(group => group.Count() > 1).SelectMany(group => group)];

    private static string[] Uax(string text)
    {
        var view = new TextView(text);
        return [.. view.ScriptWords.ToArray().Select(word => view[word].ToString()).Where(word => word[0] != '_' && (Rune.IsLetterOrDigit(word.EnumerateRunes().First()) || Rune.IsNumber(word.EnumerateRunes().First())))];
    }

    private static string[] Split(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string Strip(string text) => text.Trim();

    private static bool HasLetter(string word) => word.EnumerateRunes().Any(Rune.IsLetter);

    private static int Length(string text) => text.EnumerateRunes().Count();
}
