using System.Numerics;

namespace DataPipeline.Core;

/// <summary>64 UTF-16 units of a text, one bit a unit, lowest first: what the text is made of, found in one pass and asked by counting bits.</summary>
/// <remarks>The last block of a text is filled up with white space and there is always at least one unit of it, so that a word ends inside the blocks.</remarks>
internal struct TextBlock
{
    /// <summary>Units of the text in a block.</summary>
    public const int Size = 64;

    /// <summary>Not white space: the words of <see cref="WordRule.Whitespace"/>.</summary>
    public ulong Solid;

    /// <summary>In a word of <see cref="WordRule.Script"/>.</summary>
    public ulong Inside;

    /// <summary>First unit of such a word.</summary>
    public ulong Starts;

    /// <summary>Letters; of an astral letter the high surrogate.</summary>
    public ulong Letters;

    /// <summary>Outside the punctuation sets; of an astral character the high surrogate.</summary>
    public ulong Spoken;

    /// <summary>Second halves of surrogate pairs.</summary>
    public ulong Trailing;

    /// <summary><c>\n</c> alone.</summary>
    public ulong Newlines;

    /// <summary>All eleven line ends of Python's <c>splitlines</c>, of <c>\r\n</c> both.</summary>
    public ulong LineEnds;
}

/// <summary>Words of one rule as two masks a block, with the carry from block to block.</summary>
internal struct WordMasks(WordRule rule)
{
    private ulong _wasInside;

    /// <summary>Units in words.</summary>
    public ulong Inside { get; private set; }

    /// <summary>First units of words.</summary>
    public ulong Starts { get; private set; }

    /// <summary>Units behind the last one of a word: as many in a text as there are starts.</summary>
    public ulong Ends { get; private set; }

    /// <summary>Takes the next block.</summary>
    public void Next(in TextBlock block)
    {
        bool script = rule == WordRule.Script;
        Inside = script ? block.Inside : block.Solid;
        ulong before = (Inside << 1) | _wasInside;
        Starts = script ? block.Starts : Inside & ~before;
        Ends = before & (~Inside | Starts);
        _wasInside = Inside >> 63;
    }
}

/// <summary>Finds the words that hold none of some characters, as one long addition over the text.</summary>
/// <remarks>One is added at each start; it is carried through the units of a word as long as they are not among the characters looked for, and arrives
/// behind the word only when none is. Where a word starts right behind another, the one of its own start is already taken into account:
/// 1 + 1 + carry leaves the carry in place.</remarks>
internal struct WordsWithout
{
    private ulong _carry;

    /// <summary>Takes the next block; the bits are the <see cref="WordMasks.Ends"/> of words without any of <paramref name="characters"/>.</summary>
    public ulong Next(in WordMasks words, ulong characters)
    {
        ulong others = words.Inside & ~characters;
        ulong started = others + (words.Starts & others);
        ulong sum = started + _carry;
        _carry = started < others || sum < started ? 1UL : 0UL;
        return sum & words.Ends;
    }

    /// <summary>Index of the start behind which an end lies, looking back from block to block.</summary>
    public static int StartBefore(ReadOnlySpan<TextBlock> blocks, WordRule rule, int end)
    {
        // The start lies before the end itself, which may be the start of the next word.
        for (int at = end - 1; ; at = (at & ~63) - 1)
        {
            int block = at >> 6;
            ulong upTo = ulong.MaxValue >> (63 - (at & 63));
            if (rule == WordRule.Script)
            {
                if ((blocks[block].Starts & upTo) is not 0 and var starts)
                    return (block << 6) + BitOperations.Log2(starts);
            }
            else if ((~blocks[block].Solid & upTo) is not 0 and var spaces)
            {
                return (block << 6) + BitOperations.Log2(spaces) + 1;
            }
            else if (block == 0)
            {
                return 0;
            }
        }
    }
}
