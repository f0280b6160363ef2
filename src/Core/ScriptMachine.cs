using static DataPipeline.Core.CharacterClass;

namespace DataPipeline.Core;

/// <summary>Characters of a block by their part in words.</summary>
internal struct Kinds
{
    public ulong Letters, Digits, Singles, JoinBoth, JoinLetters, JoinDigits;

    public void Add(int kind, ulong mask)
    {
        switch (kind)
        {
            case WordLetter:
                Letters |= mask;
                break;
            case Digit:
                Digits |= mask;
                break;
            case Alone:
                Singles |= mask;
                break;
            case JoinsBoth:
                JoinBoth |= mask;
                break;
            case JoinsLetters:
                JoinLetters |= mask;
                break;
            case JoinsDigits:
                JoinDigits |= mask;
                break;
        }
    }
}

/// <summary>Finds the words in the manner of UAX 29 (Unicode text segmentation) block by block.</summary>
/// <remarks>Letters and digits go on a word; a mark goes on whatever stands before it; an apostrophe, point, colon or comma goes on a word between two letters or
/// two digits. Scripts without spaces have no word boundaries that rules could find, so each of their characters is a word; a dictionary segmenter
/// would be the alternative, at many times the cost.</remarks>
internal struct ScriptMachine
{
    // The state behind the last unit: its kind (of a joiner or mark inside a word: that before it), and whether a word is open.
    private byte _last;
    private bool _open;

    /// <summary>Takes a block without marks and surrogates.</summary>
    public void Take(ref TextBlock block, in Kinds kinds, byte next)
    {
        next &= Kind;
        ulong letterBefore = (kinds.Letters << 1) | (_last == WordLetter ? 1UL : 0), letterBehind = (kinds.Letters >> 1) | (next == WordLetter ? 1UL << 63 : 0);
        ulong digitBefore = (kinds.Digits << 1) | (_last == Digit ? 1UL : 0), digitBehind = (kinds.Digits >> 1) | (next == Digit ? 1UL << 63 : 0);
        ulong joinsLetters = (kinds.JoinBoth | kinds.JoinLetters) & letterBefore & letterBehind;
        ulong joinsDigits = (kinds.JoinBoth | kinds.JoinDigits) & digitBefore & digitBehind;
        ulong running = kinds.Letters | kinds.Digits | joinsLetters | joinsDigits;
        ulong before = (running << 1) | (_last is WordLetter or Digit ? 1UL : 0);
        block.Inside = running | kinds.Singles;
        block.Starts = (running & ~before) | kinds.Singles;
        _open = block.Inside >> 63 != 0;
        _last = (kinds.Letters | joinsLetters) >> 63 != 0 ? WordLetter : (kinds.Digits | joinsDigits) >> 63 != 0 ? Digit
            : kinds.Singles >> 63 != 0 ? Alone : Symbol;
    }

    /// <summary>Takes any block, one character at a time.</summary>
    public void Take(ref TextBlock block, ReadOnlySpan<char> text, int at)
    {
        ulong inside = 0, starts = 0, solid = block.Solid, trailing = block.Trailing;
        for (int i = 0; i < TextBlock.Size && at + i < text.Length; i++)
        {
            ulong mask = 1UL << i;
            if ((trailing & mask) != 0)
            {
                inside |= _open ? mask : 0;
                continue;
            }
            if ((solid & mask) == 0)
            {
                (_last, _open) = (Symbol, false);
                continue;
            }
            byte kind = (byte)(At(text, at + i, out int units) & Kind);
            bool letterOrDigitBefore = _last is WordLetter or Digit;
            if (kind >= JoinsLetters && letterOrDigitBefore && at + i + units < text.Length)
            {
                int next = At(text, at + i + units, out _) & Kind;
                if (_last == next && (kind == JoinsBoth || kind == (_last == WordLetter ? JoinsLetters : JoinsDigits)))
                {
                    inside |= mask;
                    continue;
                }
            }
            if (kind == Mark && _open)
            {
                inside |= mask;
                continue;
            }
            _open = kind is WordLetter or Digit or Alone;
            if (_open)
            {
                inside |= mask;
                starts |= kind == Alone || !letterOrDigitBefore ? mask : 0;
            }
            _last = kind;
        }
        if (at + TextBlock.Size > text.Length)
            (_last, _open) = (Symbol, false);
        (block.Inside, block.Starts) = (inside, starts);
    }
}
