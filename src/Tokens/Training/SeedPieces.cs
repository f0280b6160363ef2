using System.Globalization;
using System.Text;

namespace DataPipeline.Tokens.Training;

/// <summary>The pieces that a Unigram training begins with: all characters, and the repeated substrings of words with the largest product of length and occurrences.</summary>
/// <remarks>All suffixes of all different words are sorted; substrings that cannot be made longer without occurring less often are the branches and ends of that
/// order (Kasai et al. 2001), found with a stack in one pass. Memory is 32 bytes for each character of a different word. Counting every substring in a
/// table was refused: it needs as many entries as words have substrings.</remarks>
internal sealed class SeedPieces(int seedSize, int maxPieceLength, bool splitByScript)
{
    private const int WordStart = 0x2581;

    public UnigramPieces Of(WordSymbols words, List<(int Character, long Count)> characters, TrainingRun run)
    {
        UnigramPieces pieces = new();
        foreach ((int character, long count) in characters)
            pieces.Add([character], count);
        (int[] text, long[] counts) = Joined(words);
        foreach ((int start, int length, long score) in Substrings(text, counts, run).OrderByDescending(piece => piece.Score).ThenBy(piece => piece.Order)
            .Take(Math.Max(0, seedSize - characters.Count)).Select(piece => (piece.Start, piece.Length, piece.Score)))
        {
            pieces.Add(text.AsSpan(start, length), score);
        }
        pieces.ScoresToLogarithms();
        return pieces;
    }

    /// <summary>All words, with the mark for what is not covered before each and at the end; and how often the word of each place occurs.</summary>
    private static (int[] Text, long[] Counts) Joined(WordSymbols words)
    {
        int[] text = new int[checked(words.Symbols + words.Words + 1)];
        long[] counts = new long[text.Length];
        int at = 0;
        for (int word = 0; word < words.Words; word++)
        {
            text[at++] = UnigramPieces.NotCovered;
            words[word].CopyTo(text.AsSpan(at));
            counts.AsSpan(at, words[word].Length).Fill(words.CountOf(word));
            at += words[word].Length;
        }
        return (text, counts);
    }

    private List<(int Start, int Length, long Score, int Order)> Substrings(int[] text, long[] counts, TrainingRun run)
    {
        int[] suffixes = Sorted(text, run);
        List<(int Start, int Length, long Score, int Order)> found = [];
        Stack<(int Depth, int From, long Before)> open = new();
        long before = 0;
        int commonWithLast = 0;
        for (int i = 0; i < suffixes.Length; i++)
        {
            int common = i + 1 < suffixes.Length ? Common(text, suffixes[i], suffixes[i + 1]) : 0;
            // The end of a word that occurs often, where no other word goes on in the same way.
            int left = Left(text, suffixes[i]);
            if (left > Math.Max(common, commonWithLast))
                Take(suffixes[i], left, counts[suffixes[i]]);
            (int From, long Before) opened = (i, before);
            before += counts[suffixes[i]];
            while (open.TryPeek(out var top) && top.Depth > common)
            {
                open.Pop();
                opened = (top.From, top.Before);
                Take(suffixes[top.From], top.Depth, before - top.Before);
            }
            if (common > 0 && (!open.TryPeek(out var below) || below.Depth < common))
                open.Push((common, opened.From, opened.Before));
            commonWithLast = common;
        }
        return found;

        void Take(int start, int length, long count)
        {
            if (count >= 2 && length >= 2 && length <= maxPieceLength && IsPiece(text.AsSpan(start, length)))
                found.Add((start, length, count * length, found.Count));
        }
    }

    /// <summary>Characters up to the end of the word, up to one more than a piece can have.</summary>
    private int Left(int[] text, int at)
    {
        int length = 0;
        while (length <= maxPieceLength && text[at + length] != UnigramPieces.NotCovered)
            length++;
        return length;
    }

    /// <summary>Starts of all suffixes in order; equal beyond one character more than a piece can have.</summary>
    private int[] Sorted(int[] text, TrainingRun run)
    {
        int count = text.Count(character => character != UnigramPieces.NotCovered);
        int[] suffixes = new int[count];
        ulong[] keys = new ulong[count];
        for (int i = 0, at = 0; i < text.Length; i++)
        {
            if (text[i] == UnigramPieces.NotCovered)
                continue;
            suffixes[at] = i;
            keys[at++] = Key(text, i);
        }
        Array.Sort(keys, suffixes);
        List<(int From, int To)> equal = [];
        for (int from = 0, to; from < count; from = to)
        {
            to = from + 1;
            while (to < count && keys[to] == keys[from])
                to++;
            if (to - from > 1)
                equal.Add((from, to));
        }
        Comparer<int> order = Comparer<int>.Create((a, b) => Compare(text, a, b));
        Parallel.ForEach(equal, new ParallelOptions { MaxDegreeOfParallelism = run.Threads, CancellationToken = run.Cancel },
            range => Array.Sort(suffixes, range.From, range.To - range.From, order));
        return suffixes;
    }

    /// <summary>The first three characters, 21 bits each.</summary>
    private static ulong Key(int[] text, int at)
    {
        ulong key = 0;
        bool ended = false;
        for (int i = 0; i < 3; i++)
        {
            ended |= text[at + (ended ? 0 : i)] == UnigramPieces.NotCovered;
            key = (key << 21) | (ended ? 0UL : (uint)text[at + i]);
        }
        return key;
    }

    private int Compare(int[] text, int a, int b)
    {
        int common = Common(text, a, b);
        if (common > maxPieceLength)
            return a.CompareTo(b);
        int byNext = text[a + common].CompareTo(text[b + common]);
        return byNext != 0 ? byNext : a.CompareTo(b);
    }

    private int Common(int[] text, int a, int b)
    {
        int length = 0;
        while (length <= maxPieceLength && text[a + length] == text[b + length] && text[a + length] != UnigramPieces.NotCovered)
            length++;
        return length;
    }

    private bool IsPiece(ReadOnlySpan<int> characters)
    {
        if (characters[1..].Contains(WordStart))
            return false;
        int script = 0;
        foreach (int character in splitByScript ? characters : [])
        {
            int own = character == WordStart ? 0 : Script(character);
            if (own == 0)
                continue;
            if (script != 0 && script != own)
                return false;
            script = own;
        }
        return true;
    }

    /// <summary>A number for the script of a letter, by its block; 1 for digits, punctuation and symbols; 0 for marks, which go with any. Kana and ideographs are one script,
    /// as in SentencePiece.</summary>
    private static int Script(int character)
    {
        switch (Rune.GetUnicodeCategory(new Rune(character)))
        {
            case UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter:
                break;
            case UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark:
                return 0;
            default:
                return character == 0x30FC ? 2 : 1;
        }
        return character switch
        {
            (>= 0x3040 and <= 0x30FF) or (>= 0x3400 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0xFF66 and <= 0xFF9D) or >= 0x20000 or 0x3005 => 2,
            < 0x250 or (>= 0x1E00 and <= 0x1EFF) or (>= 0x2C60 and <= 0x2C7F) or (>= 0xA720 and <= 0xA7FF) or (>= 0xFF21 and <= 0xFF5A) => 3,
            (>= 0x370 and <= 0x3FF) or (>= 0x1F00 and <= 0x1FFF) => 4,
            (>= 0x400 and <= 0x52F) or (>= 0x2DE0 and <= 0x2DFF) or (>= 0xA640 and <= 0xA69F) => 5,
            (>= 0x600 and <= 0x6FF) or (>= 0x750 and <= 0x77F) or (>= 0xFB50 and <= 0xFDFF) or (>= 0xFE70 and <= 0xFEFF) => 6,
            (>= 0x1100 and <= 0x11FF) or (>= 0x3130 and <= 0x318F) or (>= 0xAC00 and <= 0xD7FF) => 7,
            _ => 16 + (character >> 7),
        };
    }
}
