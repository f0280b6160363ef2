using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace DataPipeline.Core;

// Words and their counts, read off the bits of the blocks: a change between neighbouring bits starts or ends a word.
public sealed partial class TextView
{
    private TextBlock[]? _blocks;
    private bool _wordsWereGiven;

    /// <summary>Runs of characters between white space, as Python's <c>str.split()</c> finds them.</summary>
    public ReadOnlySpan<Slice> Words => WordsBy(WordRule.Whitespace);

    /// <summary>Words in the manner of UAX 29: letters, digits and marks with their inner apostrophes and points; every character of a script written
    /// without spaces (Han, Hiragana, Katakana, Thai, Lao, Khmer, Burmese) is a word with its marks; what stands between two spaces without a letter or digit is one.</summary>
    public ReadOnlySpan<Slice> ScriptWords => WordsBy(WordRule.Script);

    /// <summary>The words by one of the two rules.</summary>
    public ReadOnlySpan<Slice> WordsBy(WordRule rule) => rule == WordRule.Whitespace
        ? _words ??= SplitWords(Blocks, Rule(rule))
        : _scriptWords ??= SplitWords(Blocks, Rule(rule));

    /// <summary>The words by one of the two rules without a list of them.</summary>
    public WordEnumerator EnumerateWords(WordRule rule) => new(Blocks, Rule(rule));

    /// <summary>Counts of the words by one of the two rules, without a look at any word alone.</summary>
    public WordStatistics CountsBy(WordRule rule) => rule == WordRule.Whitespace
        ? _wordCounts ??= Count(Blocks, Rule(rule))
        : _scriptWordCounts ??= Count(Blocks, Rule(rule));

    /// <summary>Number of letters of any script.</summary>
    public int Letters
    {
        get
        {
            int letters = 0;
            foreach (ref readonly TextBlock block in Blocks.AsSpan())
                letters += BitOperations.PopCount(block.Letters);
            return letters;
        }
    }

    /// <summary>Number of words by one of the two rules that start in a slice.</summary>
    public int CountWords(WordRule rule, Slice slice)
    {
        if (slice.Length == 0)
            return 0;
        TextBlock[] blocks = Blocks;
        bool script = Rule(rule) == WordRule.Script;
        int first = slice.Start >> 6, last = (slice.End - 1) >> 6, count = 0;
        for (int i = first; i <= last; i++)
        {
            ulong solid = blocks[i].Solid, starts = script ? blocks[i].Starts : solid & ~((solid << 1) | (i > 0 ? blocks[i - 1].Solid >> 63 : 0));
            if (i == first)
                starts &= ulong.MaxValue << (slice.Start & 63);
            if (i == last)
                starts &= ulong.MaxValue >> (63 - ((slice.End - 1) & 63));
            count += BitOperations.PopCount(starts);
        }
        return count;
    }

    /// <summary>White space as Python's <c>str.isspace</c> sees it: .NET's and the four separators U+001C to U+001F.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSpace(char c) => c < 0x80 ? c == ' ' || (uint)(c - 9) <= 4 || (uint)(c - 0x1C) <= 3 : char.IsWhiteSpace(c);

    /// <summary>True for a character that <see cref="ScriptWords"/> makes a word of its own.</summary>
    public static bool IsUnspacedScript(Rune rune) => (CharacterClass.Of(rune) & CharacterClass.Kind) == CharacterClass.Alone;

    /// <summary>The slice without white space at its ends, as Python's <c>strip</c>.</summary>
    public static Slice Strip(string text, Slice slice)
    {
        int start = slice.Start, end = slice.End;
        while (start < end && IsSpace(text[start]))
            start++;
        while (end > start && IsSpace(text[end - 1]))
            end--;
        return new Slice(start, end - start);
    }

    internal TextBlock[] Blocks => _blocks ??= TextBlocks.Of(Text);

    // Tokens from elsewhere stand in the masks of the script words.
    private WordRule Rule(WordRule rule) => _wordsWereGiven ? WordRule.Script : rule;

    private static Slice[] SplitWords(TextBlock[] blocks, WordRule rule)
    {
        var masks = new WordMasks(rule);
        int count = 0;
        foreach (ref readonly TextBlock block in blocks.AsSpan())
        {
            masks.Next(block);
            count += BitOperations.PopCount(masks.Starts);
        }
        Slice[] words = GC.AllocateUninitializedArray<Slice>(count);
        masks = new WordMasks(rule);
        int started = 0, ended = 0, at = 0;
        foreach (ref readonly TextBlock block in blocks.AsSpan())
        {
            masks.Next(block);
            for (ulong bits = masks.Starts; bits != 0; bits &= bits - 1)
                words[started++] = new Slice(at + BitOperations.TrailingZeroCount(bits), 0);
            for (ulong bits = masks.Ends; bits != 0; bits &= bits - 1)
            {
                int start = words[ended].Start;
                words[ended++] = new Slice(start, at + BitOperations.TrailingZeroCount(bits) - start);
            }
            at += TextBlock.Size;
        }
        return words;
    }

    private static WordStatistics Count(TextBlock[] blocks, WordRule rule)
    {
        var masks = new WordMasks(rule);
        var withoutLetter = new WordsWithout();
        var withoutSpeech = new WordsWithout();
        int words = 0, noLetters = 0, silent = 0;
        long codePoints = 0, ofSilent = 0;
        for (int i = 0; i < blocks.Length; i++)
        {
            ref readonly TextBlock block = ref blocks[i];
            masks.Next(block);
            words += BitOperations.PopCount(masks.Starts);
            codePoints += BitOperations.PopCount(masks.Inside & ~block.Trailing);
            noLetters += BitOperations.PopCount(withoutLetter.Next(masks, block.Letters));
            for (ulong ends = withoutSpeech.Next(masks, block.Spoken); ends != 0; ends &= ends - 1, silent++)
            {
                int end = i * TextBlock.Size + BitOperations.TrailingZeroCount(ends);
                ofSilent += CountCodePoints(blocks, WordsWithout.StartBefore(blocks, rule, end), end);
            }
        }
        return new WordStatistics(words, words - noLetters, words - silent, codePoints, codePoints - ofSilent);
    }

    private static int CountCodePoints(TextBlock[] blocks, int start, int end)
    {
        int count = end - start;
        for (int i = start >> 6; i <= (end - 1) >> 6; i++)
        {
            ulong trailing = blocks[i].Trailing;
            if (trailing == 0)
                continue;
            if (i == start >> 6)
                trailing &= ulong.MaxValue << (start & 63);
            if (i == (end - 1) >> 6)
                trailing &= ulong.MaxValue >> (63 - ((end - 1) & 63));
            count -= BitOperations.PopCount(trailing);
        }
        return count;
    }

    /// <summary>A view of the same text with longer words by <see cref="WordRule.Script"/>; those by white space stay.</summary>
    /// <param name="starts">Starts of words that go on the word before them, which they touch.</param>
    public TextView JoinWords(IReadOnlyList<int> starts)
    {
        var view = new TextView(Text) { _blocks = [.. Blocks] };
        foreach (int start in starts)
            view._blocks[start >> 6].Starts &= ~(1UL << (start & 63));
        return view;
    }

    /// <summary>A view whose words and sentences came from elsewhere: how golden tokens of another tokenizer are fed in.</summary>
    internal static TextView WithTokens(string text, Slice[] words, Slice[] sentences)
    {
        var view = new TextView(text) { _words = words, _scriptWords = words, _sentences = sentences, _scriptSentences = sentences, _wordsWereGiven = true };
        foreach (ref TextBlock block in view.Blocks.AsSpan())
            (block.Inside, block.Starts) = (0, 0);
        foreach (Slice word in words)
        {
            view.Blocks[word.Start >> 6].Starts |= 1UL << (word.Start & 63);
            for (int i = word.Start; i < word.End; i++)
                view.Blocks[i >> 6].Inside |= 1UL << (i & 63);
        }
        return view;
    }
}

/// <summary>How many words a text has, of what kinds.</summary>
/// <param name="Words">All words.</param>
/// <param name="Alphabetic">Words with a letter.</param>
/// <param name="Spoken">Words with a character outside the punctuation sets.</param>
/// <param name="CodePoints">Length of all words together, in code points.</param>
/// <param name="SpokenCodePoints">Length of the spoken words together, in code points.</param>
public readonly record struct WordStatistics(int Words, int Alphabetic, int Spoken, long CodePoints, long SpokenCodePoints);
