using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DataPipeline.Core;

/// <summary>Turns a text into <see cref="TextBlock"/>s.</summary>
/// <remarks>
/// The ASCII characters of 64 units are told apart by comparing them as 64 bytes (<see cref="AsciiMasks"/>). The units from 128 are compared with the largest ranges of letters and of characters of scripts without spaces; what is left is looked up one by one. The words
/// of a block are then shifts and ands of these masks, except where it holds marks or surrogates: there a machine goes through it (<see cref="ScriptMachine"/>).
/// The alternative, a table look-up and a branch for each character, costs about ten times as much.
/// </remarks>
internal ref struct TextBlocks
{
    private readonly ReadOnlySpan<char> _text;
    private readonly TextBlock[] _blocks;
    private ScriptMachine _machine;
    private ulong _wasSolid, _wordless;
    private int _runStart;

    private TextBlocks(ReadOnlySpan<char> text)
    {
        _text = text;
        _blocks = GC.AllocateUninitializedArray<TextBlock>(text.Length / TextBlock.Size + 1);
    }

    public static TextBlock[] Of(ReadOnlySpan<char> text)
    {
        var made = new TextBlocks(text);
        int at = 0;
        for (; at + TextBlock.Size <= text.Length; at += TextBlock.Size)
            made.Add(at, ref Unsafe.As<char, ushort>(ref Unsafe.Add(ref MemoryMarshal.GetReference(text), at)));
        Span<char> last = stackalloc char[TextBlock.Size];
        last.Fill(' ');
        text[at..].CopyTo(last);
        made.Add(at, ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(last)));
        return made._blocks;
    }

    private void Add(int at, ref ushort units)
    {
        AsciiMasks ascii = Avx512BW.IsSupported ? AsciiMasks.Of512(ref units) : AsciiMasks.Of256(ref units);
        ulong letters = ascii.Letters, spoken = letters | ascii.Digits, trailing = 0, newlines = ascii.Newlines, lineEnds = newlines;
        ulong spaces = ascii.Spaces | newlines, other = ascii.Other;
        for (ulong rest = ascii.Controls & ~newlines; rest != 0; rest &= rest - 1)
        {
            ulong mask = rest & (0 - rest);
            char c = _text[at + BitOperations.TrailingZeroCount(rest)];
            spaces |= TextView.IsSpace(c) ? mask : 0;
            lineEnds |= TextView.IsSpace(c) && c is not ('\t' or '\u001f') ? mask : 0;
        }
        var kinds = new Kinds
        {
            Letters = letters | ascii.Underscores, Digits = ascii.Digits,
            JoinBoth = ascii.JoinBoth, JoinLetters = ascii.JoinLetters, JoinDigits = ascii.JoinDigits,
        };
        bool simple = true;
        if (other != 0)
        {
            ulong single = HighRanges(ref units, out ulong high);
            (kinds.Singles, kinds.Letters) = (single, kinds.Letters | high);
            letters |= single | high;
            spoken |= single | high;
            for (ulong rest = other & ~(single | high); rest != 0; rest &= rest - 1)
            {
                int bit = BitOperations.TrailingZeroCount(rest);
                int bits = CharacterClass.At(_text, at + bit, out int length);
                ulong mask = rest & (0 - rest);
                if (char.IsSurrogate(_text[at + bit]))
                {
                    simple = false;
                    if (char.IsLowSurrogate(_text[at + bit]) && at + bit > 0 && char.IsHighSurrogate(_text[at + bit - 1]))
                        trailing |= mask;
                }
                simple &= (bits & CharacterClass.Kind) != CharacterClass.Mark;
                if ((bits & CharacterClass.Letter) != 0)
                    letters |= mask;
                if ((bits & CharacterClass.Spoken) != 0)
                    spoken |= mask;
                if ((bits & CharacterClass.Space) != 0)
                    spaces |= mask;
                if (_text[at + bit] is '\u0085' or '\u2028' or '\u2029')
                    lineEnds |= mask;
                kinds.Add(bits & CharacterClass.Kind, mask);
            }
        }
        ref TextBlock block = ref _blocks[at / TextBlock.Size];
        block.Solid = ~spaces;
        (block.Letters, block.Spoken, block.Trailing, block.Newlines, block.LineEnds) = (letters, spoken, trailing, newlines, lineEnds);
        if (simple)
            _machine.Take(ref block, kinds, at + TextBlock.Size < _text.Length ? CharacterClass.At(_text, at + TextBlock.Size, out _) : (byte)0);
        else
            _machine.Take(ref block, _text, at);
        AddRunsWithoutWords(at, ref block);
    }

    // What stands between two spaces without a letter or digit is one word.
    private void AddRunsWithoutWords(int at, ref TextBlock block)
    {
        ulong solid = block.Solid, before = (solid << 1) | _wasSolid;
        ulong symbols = solid & ~block.Inside;
        ulong started = symbols + (symbols & ~before), sum = started + _wordless;
        _wordless = started < symbols || sum < started ? 1UL : 0UL;
        for (ulong ends = sum & before & ~solid; ends != 0; ends &= ends - 1)
        {
            int end = BitOperations.TrailingZeroCount(ends);
            ulong spaces = ~solid & ((1UL << end) - 1);
            AddWord(spaces != 0 ? at + BitOperations.Log2(spaces) + 1 : _wasSolid != 0 ? _runStart : at, at + end);
        }
        if (solid != ulong.MaxValue)
            _runStart = at + BitOperations.Log2(~solid) + 1;
        else if (_wasSolid == 0)
            _runStart = at;
        _wasSolid = solid >> 63;
    }

    private readonly void AddWord(int start, int end)
    {
        _blocks[start >> 6].Starts |= 1UL << (start & 63);
        for (int i = start; i < end; i = (i | 63) + 1)
            _blocks[i >> 6].Inside |= (ulong.MaxValue << (i & 63)) & (end >= (i | 63) + 1 ? ulong.MaxValue : (1UL << (end & 63)) - 1);
    }

    // Letters outside ASCII in their largest ranges, and CJK characters, which are words of their own. The ranges hold nothing else.
    private static ulong HighRanges(ref ushort units, out ulong letters)
    {
        Vector256<ushort> a = Vector256.LoadUnsafe(ref units), b = Vector256.LoadUnsafe(ref units, 16);
        Vector256<ushort> c = Vector256.LoadUnsafe(ref units, 32), d = Vector256.LoadUnsafe(ref units, 48);
        letters = Pack(HighLetters(a), HighLetters(b), HighLetters(c), HighLetters(d));
        return Pack(Singles(a), Singles(b), Singles(c), Singles(d));
    }

    private static ulong Pack(Vector256<ushort> a, Vector256<ushort> b, Vector256<ushort> c, Vector256<ushort> d) =>
        a.ExtractMostSignificantBits() | ((ulong)b.ExtractMostSignificantBits() << 16)
        | ((ulong)c.ExtractMostSignificantBits() << 32) | ((ulong)d.ExtractMostSignificantBits() << 48);

    // Latin with accents (without the signs of multiplication and division), Greek (without U+03F6), Cyrillic, Latin Extended Additional, Hangul.
    private static Vector256<ushort> HighLetters(Vector256<ushort> units) =>
        (In(units, 0xC0, 0x24F) & ~(Vector256.Equals(units, Vector256.Create((ushort)0xD7)) | Vector256.Equals(units, Vector256.Create((ushort)0xF7))))
        | In(units, 0x3A3, 0x3F5) | In(units, 0x400, 0x481) | In(units, 0x48A, 0x52F) | In(units, 0x1E00, 0x1EFF) | In(units, 0xAC00, 0xD7A3);

    // Hiragana, Katakana, Han.
    private static Vector256<ushort> Singles(Vector256<ushort> units) =>
        In(units, 0x3041, 0x3096) | In(units, 0x30A1, 0x30FA) | In(units, 0x3400, 0x4DBF) | In(units, 0x4E00, 0x9FFF);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> In(Vector256<ushort> units, ushort first, ushort last) =>
        Vector256.LessThanOrEqual(units - Vector256.Create(first), Vector256.Create((ushort)(last - first)));
}
