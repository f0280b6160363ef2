using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DataPipeline.Core;

/// <summary>Where the sentences of a whole text end, one bit a unit: the unit behind an end mark, its neighbours and the quotes or brackets after them.</summary>
/// <remarks>What <see cref="TextView.CountSentences(ReadOnlySpan{char}, WordRule)"/> finds by searching for one mark after the other, as additions over 64 units:
/// a carry runs through a row of marks, and through the closing characters behind it.</remarks>
internal ref struct SentenceMasks
{
    private ulong _wasMark, _marks, _closers, _otherClosers;

    /// <summary>The ends of a text as a mask for each of its blocks.</summary>
    public static ulong[] Of(ReadOnlySpan<char> text, ReadOnlySpan<TextBlock> blocks, WordRule rule)
    {
        var ends = new ulong[blocks.Length];
        var carried = new SentenceMasks();
        // The last block is filled up with white space.
        Span<char> last = stackalloc char[TextBlock.Size];
        last.Fill(' ');
        text[((blocks.Length - 1) * TextBlock.Size)..].CopyTo(last);
        for (int i = 0; i < blocks.Length; i++)
        {
            scoped ReadOnlySpan<char> units = i < blocks.Length - 1 ? text.Slice(i * TextBlock.Size, TextBlock.Size) : last;
            ulong high = Ascii(ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(units)), out ulong marks, out ulong closers), others = 0;
            // No mark of another script is a letter: few units are left to look at.
            for (ulong rest = rule == WordRule.Script ? high & blocks[i].Solid & ~blocks[i].Letters : 0; rest != 0; rest &= rest - 1)
            {
                char c = units[BitOperations.TrailingZeroCount(rest)];
                ulong bit = rest & (0 - rest);
                others |= TextView.IsOtherEnd(c) ? bit : 0;
                closers |= TextView.IsCloser(c) ? bit : 0;
            }
            ends[i] = carried.Next(marks | others, others, closers, ~blocks[i].Solid);
        }
        return ends;
    }

    private ulong Next(ulong marks, ulong others, ulong closers, ulong spaces)
    {
        ulong behind = ((marks << 1) | _wasMark) & ~marks;
        _wasMark = marks >> 63;
        // Behind a row of marks that holds one of another script, which needs no white space.
        ulong behindOther = Add(marks, others, ref _marks) & ~marks;
        ulong closed = (Add(closers, behind & closers, ref _closers) | behind) & ~closers;
        ulong closedOther = (Add(closers, behindOther & closers, ref _otherClosers) | behindOther) & ~closers;
        return (closed & spaces) | closedOther;
    }

    private static ulong Add(ulong a, ulong b, ref ulong carry)
    {
        ulong sum = a + b, all = sum + carry;
        carry = sum < a || all < sum ? 1UL : 0UL;
        return all;
    }

    // Units beyond ASCII; the marks and the closing characters within.
    private static ulong Ascii(ref ushort units, out ulong marks, out ulong closers)
    {
        Vector512<byte> bytes = Vector512.NarrowWithSaturation(Vector512.LoadUnsafe(ref units), Vector512.LoadUnsafe(ref units, 32));
        marks = Are(bytes, '.') | Are(bytes, '!') | Are(bytes, '?');
        closers = Are(bytes, '"') | Are(bytes, '\'') | Are(bytes, ')') | Are(bytes, ']');
        return bytes.ExtractMostSignificantBits();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Are(Vector512<byte> bytes, char value) => Vector512.Equals(bytes, Vector512.Create((byte)value)).ExtractMostSignificantBits();
}
