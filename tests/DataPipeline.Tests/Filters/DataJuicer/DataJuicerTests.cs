using System.Globalization;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Filters;
using DataPipeline.Tests.Ingest;

namespace DataPipeline.Tests.Filters.DataJuicer;

/// <summary>data-juicer's and Curator's numbers against twins over strings of single characters.</summary>
public sealed class DataJuicerTests
{
    private static readonly string[] Pieces =
        ["a", "bad", "Bad!", "the", "(The)", "word", "longer", " ", " ", " ", "\n", "\n\n", ".", "!?", "12", "½", "中", "文", "的", "。", "𝒜", "😀", "•", "ー", "\t", "http://a.b/c", "https://", "httpx", "use cookies", "Privacy Policy",
            "lorem ipsum", "()", "[x]", "the same five words again ", "the same five words again "];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    public void Characters_AnyText_EqualTwin(int length)
    {
        var filter = new DataJuicerCharacters(repetitionLength: length);
        Texts.Check(Texts.Of(Pieces, 150), text =>
        {
            string[] characters = Characters(text);
            double count = Math.Max(1, characters.Length);
            string[] lines = text.Split(["\r\n", "\r", "\n"], StringSplitOptions.None);
            lines = lines[^1].Length == 0 ? lines[..^1] : lines;
            double alphanumeric = characters.Count(IsAlphanumeric) / count, average = lines.Length == 0 ? 0 : characters.Length / (double)lines.Length;
            double longest = lines.Length == 0 ? 0 : lines.Max(line => Characters(line).Length);
            string[] grams = [.. Enumerable.Range(0, Math.Max(0, characters.Length - length + 1)).Select(i => string.Concat(characters[i..(i + length)]))];
            int[] counts = [.. grams.GroupBy(gram => gram).Select(group => group.Count()).OrderDescending()];
            int taken = Math.Min((int)Math.Sqrt(counts.Length), counts.Count(one => one > 1));
            Assert.Equal(
                [characters.Length, characters.Length, alphanumeric, alphanumeric, characters.Count(IsSpecial) / count, average, average, longest, longest, counts.Take(taken).Sum() / Math.Max(1.0, grams.Length)],
                filter.Measure(Golden.Document(text)).Select(one => one.Value));
        });
    }

    [Theory]
    [InlineData(WordRule.Whitespace, 1, 1)]
    [InlineData(WordRule.Whitespace, 3, 1)]
    [InlineData(WordRule.Script, 5, 2)]
    public void Words_AnyText_EqualTwin(WordRule rule, int length, int group)
    {
        using var folder = new Temporary();
        var filter = new DataJuicerWords(repetitionLength: length, flaggedWords: folder.Write("flagged", "BAD\n中文\n"), stopWords: folder.Write("stop", "the\na\n的\n"), wordGroup: group, words: rule);
        Texts.Check(Texts.Of(Pieces, 150), text =>
        {
            var view = new TextView(text);
            string[] words = [.. view.WordsBy(rule).ToArray().Select(word => view[word].ToString().ToLowerInvariant())];
            string[] refined = [.. words.Select(Refine).Where(word => word.Length > 0)];
            string[] grams = [.. Enumerable.Range(0, Math.Max(0, refined.Length - length + 1)).Select(i => string.Join(' ', refined[i..(i + length)]))];
            double repeated = grams.GroupBy(gram => gram).Where(one => one.Count() > 1).Sum(one => one.Count()) / Math.Max(1.0, grams.Length);
            string[] asked = group == 1 ? refined : [.. refined, .. Enumerable.Range(0, Math.Max(0, refined.Length - 1)).Select(i => refined[i] + refined[i + 1])];
            Assert.Equal([words.Length, words.Length, repeated, Share(["bad", "中文"]), Share(["the", "a", "的"])], filter.Measure(Golden.Document(text)).Select(one => one.Value));

            double Share(string[] list) => asked.Count(list.Contains) / Math.Max(1.0, asked.Length);
        });
    }

    [Fact]
    public void Curator_AnyText_EqualsTwin() => Texts.Check(Texts.Of(Pieces, 150), text =>
    {
        string[] characters = Characters(text), lines = [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)], paragraphs = text.Split("\n\n");
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        double count = Math.Max(1, characters.Length);
        string[] policies = ["terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"];
        int urls = 0;
        foreach (string word in words)
        {
            int url = new[] { word.IndexOf("http://", StringComparison.Ordinal), word.IndexOf("https://", StringComparison.Ordinal) }.Where(at => at >= 0).DefaultIfEmpty(-1).Min();
            urls += url < 0 ? 0 : Characters(word[url..]).Length;
        }
        Assert.Equal(
            [
                text.Length == 0 ? 1 : (characters.Length - characters.Count(IsAlphanumeric)) / count, characters.Count(one => one.Length == 1 && char.IsDigit(one[0])) / count, urls / count,
                characters.Count(one => one is " " or "\t") / count, characters.Count(one => "()[]{}⟨⟩".Contains(one, StringComparison.Ordinal)) / count,
                text.Contains("lorem ipsum", StringComparison.OrdinalIgnoreCase) ? 1 : paragraphs.Count(one => policies.Any(policy => one.Contains(policy, StringComparison.OrdinalIgnoreCase))) / (double)paragraphs.Length,
                lines.Count(line => !".?!\"'".Contains(line[^1])) / Math.Max(1.0, lines.Length), words.Length == 0 ? 0 : words.Max(word => Characters(word).Length),
            ],
            new CuratorHeuristics().Measure(Golden.Document(text)).Select(one => one.Value));
    });

    [Theory]
    [InlineData("data_juicer_text_too_short", "short")]
    [InlineData("data_juicer_too_few_alphanumeric", "a----------------")]
    [InlineData("data_juicer_too_many_special_characters", "ab-cd-ef-12-34-gh")]
    [InlineData("data_juicer_average_line_too_short", "abc\ndef\nghij\nklm")]
    [InlineData("data_juicer_character_repetition", "abababababababababababababababababababab")]
    [InlineData(null, "Something that is long enough.")]
    public void Characters_ShortestTexts_GiveTheReason(string? reason, string text) => Assert.Equal(reason, new DataJuicerCharacters().Judge(Golden.Document(text)).Reason);

    [Fact]
    public void Words_MissingList_SaysWhichOne() =>
        Assert.Contains("'nowhere.txt'", Assert.Throws<ConfigurationException>(() => new DataJuicerWords(flaggedWords: "nowhere.txt")).Message);

    private static string Refine(string word)
    {
        List<string> characters = [.. Characters(word)];
        while (characters.Count > 0 && IsSpecial(characters[0]))
            characters.RemoveAt(0);
        while (characters.Count > 0 && IsSpecial(characters[^1]))
            characters.RemoveAt(characters.Count - 1);
        return string.Concat(characters);
    }

    // The signs of data-juicer's list and the one emoji of these texts.
    private const string Signs = "😀’“”–ー一▬…✦�£•€«»°·═×士＾˘⇓↓↑←→（）§″′´¿−±∈¢ø‚„½¼¾¹²³―⁃，ˌ¸‹›ʺˈʻ¦‐⠀‰‑≤≥‖◆●■►▼▲▴∆▻¡★☆✱ːº。¯˜¥ɪ≈†上ン：∼⁄・♡✓⊕․．⋅÷１‟；،、¨ाी्े◦˚゜ʼ≖¤ッツシ℃√！【】‿∞➤～πه۩☛₨➩☻๑٪♥ıॽ《‘©﴿٬？▷Г♫∟™ª₪®「❖」﴾》￼—";

    private static bool IsSpecial(string character) => Signs.Contains(character, StringComparison.Ordinal)
        || (character.Length == 1 && ((char.IsAscii(character[0]) && !char.IsAsciiLetter(character[0]) && !char.IsControl(character[0])) || char.IsWhiteSpace(character[0])));

    private static bool IsAlphanumeric(string character)
    {
        Rune rune = character.EnumerateRunes().First();
        return Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherNumber or UnicodeCategory.LetterNumber;
    }

    private static string[] Characters(string text) => [.. text.EnumerateRunes().Select(rune => rune.ToString())];
}
