using System.Globalization;
using System.Text;
using DataPipeline.Core;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Core;

/// <summary>The bits of the blocks, and all that is read off them, against twins that ask character by character.</summary>
public sealed class TextBlockTests
{
    // Each kind of character several times, so that runs of one kind and their ends meet the edges of blocks; texts of a few hundred units.
    private static readonly string[] Alphabet =
        ["a", "B", "the", "é", "ж", "β", "1", "42", "_", "'", ".", "…", "!", ",", ":", ";", "·", "-", "#", "\n", "\r", "\t", "\u001c", "\u001f", " ", " ", "\u0085", "\u00a0", "\u2028",
         "\u3000", "\u200b", "\u200d", "\u0301", "中", "文", "。", "カ", "ก", "ิ", "한", "𝒜", "𠀀", "😀", "𑁇", "\uD800", "\uDC00", "\u00D7", "\u03F6", "Ⅷ", "２", "----------------------", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"];

    private static readonly Arbitrary<string> Texts = ArbMap.Default.ArbFor<int>().Generator
        .Select(n => Alphabet[(n & int.MaxValue) % Alphabet.Length]).ListOf().Select(list => string.Concat(list)).Resize(400).ToArbitrary();

    private static readonly FsCheck.Config Many = FsCheck.Config.QuickThrowOnFailure.WithMaxTest(400);

    [Fact]
    public void WordsBy_AnyText_EqualTwins() => Check.One(Many, Prop.ForAll(Texts, text =>
        new TextView(text).Words.SequenceEqual(WordTwins.Spaced(text)) && new TextView(text).ScriptWords.SequenceEqual(WordTwins.Script(text))));

    [Fact]
    public void WordsBy_EveryCharacterBetweenOthers_EqualTwins()
    {
        foreach (string around in new[] { " ", "a", "1", "中", "", "a中1 " })
        {
            string text = string.Concat(Enumerable.Range(0, 0x11000).Where(c => c is < 0xD800 or > 0xDFFF).Select(c => char.ConvertFromUtf32(c) + around));
            Assert.Equal(WordTwins.Spaced(text), new TextView(text).Words);
            Assert.Equal(WordTwins.Script(text), new TextView(text).ScriptWords);
            Assert.Equal(WordTwins.Count(text, WordTwins.Script(text)), new TextView(text).CountsBy(WordRule.Script));
        }
    }

    [Theory]
    [InlineData(WordRule.Whitespace)]
    [InlineData(WordRule.Script)]
    public void CountsBy_AnyText_EqualsTwin(WordRule rule) => Check.One(Many, Prop.ForAll(Texts, text =>
        new TextView(text).CountsBy(rule) == WordTwins.Count(text, rule == WordRule.Script ? WordTwins.Script(text) : WordTwins.Spaced(text))));

    [Theory]
    [InlineData(WordRule.Whitespace)]
    [InlineData(WordRule.Script)]
    public void EnumerateWords_AnyText_GivesTheList(WordRule rule) => Check.One(Many, Prop.ForAll(Texts, text =>
    {
        var view = new TextView(text);
        var found = new List<Slice>();
        foreach (Slice word in view.EnumerateWords(rule))
            found.Add(word);
        return view.WordsBy(rule).SequenceEqual(found.ToArray());
    }));

    [Theory]
    [InlineData(WordRule.Whitespace)]
    [InlineData(WordRule.Script)]
    public void CountWords_EveryLine_CountsTheWordsThatStartInIt(WordRule rule) => Check.One(Many, Prop.ForAll(Texts, text =>
    {
        var view = new TextView(text);
        Slice[] words = view.WordsBy(rule).ToArray();
        return view.Lines.ToArray().All(line => view.CountWords(rule, line) == words.Count(word => word.Start >= line.Start && word.Start < line.End));
    }));

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(128)]
    [InlineData(1000)]
    public void WordsBy_OneWordOverBlocks_IsOne(int length)
    {
        foreach (char c in "a-é中")
        {
            var view = new TextView(new string(c, length));
            Assert.Equal([new Slice(0, length)], view.Words);
            Assert.Equal(c == '中' ? length : 1, view.ScriptWords.Length);
            Assert.Equal(c == '-' ? 0 : length, view.CountsBy(WordRule.Whitespace).SpokenCodePoints);
        }
    }
}

/// <summary>Words found one character at a time, from the rules as they are written down.</summary>
internal static class WordTwins
{
    public static Slice[] Spaced(string text)
    {
        var words = new List<Slice>();
        for (int i = 0; i < text.Length;)
        {
            int start = i;
            while (i < text.Length && !TextView.IsSpace(text[i]))
                i++;
            if (i > start)
                words.Add(new Slice(start, i - start));
            while (i < text.Length && TextView.IsSpace(text[i]))
                i++;
        }
        return [.. words];
    }

    public static Slice[] Script(string text)
    {
        var words = new List<Slice>();
        foreach (Slice run in Spaced(text))
        {
            int before = words.Count, start = -1;
            char last = ' ';
            for (int i = run.Start; i < run.End;)
            {
                char kind = KindAt(text, i, out int size);
                char next = i + size < run.End ? KindAt(text, i + size, out _) : ' ';
                if (kind is 'b' or 'l' or 'd' && last == next && (last == 'L' && kind != 'd' || last == 'D' && kind != 'l'))
                    kind = last;
                bool goesOn = start >= 0 && (kind == 'M' || (kind is 'L' or 'D' && last is 'L' or 'D'));
                if (!goesOn)
                {
                    if (start >= 0)
                        words.Add(new Slice(start, i - start));
                    start = kind is 'L' or 'D' or 'S' ? i : -1;
                }
                if (!goesOn || kind != 'M')
                    last = kind;
                i += size;
            }
            if (start >= 0)
                words.Add(new Slice(start, run.End - start));
            if (words.Count == before)
                words.Add(run);
        }
        return [.. words];
    }

    public static WordStatistics Count(string text, Slice[] words)
    {
        int letters = 0, spoken = 0;
        long codePoints = 0, all = 0;
        foreach (Slice word in words)
        {
            Rune[] runes = [.. text.Substring(word.Start, word.Length).EnumerateRunes()];
            bool lone = text.Substring(word.Start, word.Length).Any(char.IsSurrogate);
            letters += runes.Any(rune => Rune.IsLetter(rune)) ? 1 : 0;
            // A lone surrogate is replaced in runes by U+FFFD, which is no punctuation; in the text it says nothing.
            bool speaks = runes.Any(rune => (rune.Value != 0xFFFD || !lone) && (CharacterClass.Of(rune) & CharacterClass.Spoken) != 0);
            spoken += speaks ? 1 : 0;
            codePoints += speaks ? runes.Length : 0;
            all += runes.Length;
        }
        return new WordStatistics(words.Length, letters, spoken, all, codePoints);
    }

    // L letter, D digit, M mark, S on its own, b l d the joiners of both, letters, digits, ' ' anything else.
    private static char KindAt(string text, int at, out int size)
    {
        size = 1;
        if (!Rune.TryGetRuneAt(text, at, out Rune rune))
            return ' ';
        size = rune.Utf16SequenceLength;
        if ("'.\u2019\u2018\u2024\uFF0E".Contains((char)rune.Value) && rune.IsBmp)
            return 'b';
        if (":\u00B7\u05F4\u2027\uFF1A".Contains((char)rune.Value) && rune.IsBmp)
            return 'l';
        if (",;\u066C\uFF0C\uFF1B".Contains((char)rune.Value) && rune.IsBmp)
            return 'd';
        if (rune.Value is 0x200C or 0x200D)
            return 'M';
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber => TextView.IsUnspacedScript(rune) ? 'S' : 'L',
            UnicodeCategory.ConnectorPunctuation => 'L',
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.OtherNumber => 'D',
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => 'M',
            _ => ' ',
        };
    }
}
