using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DataPipeline.Core;

/// <summary>64 UTF-16 units of plain ASCII at once: in lower case, with a bit for each that belongs to a word.</summary>
public static class AsciiBlock
{
    /// <summary>Units of a block.</summary>
    public const int Length = 64;

    /// <summary>Letters up to the first digit or character beyond ASCII, with spaces for all between them; gives its place, or <see cref="Length"/>.</summary>
    public static int Letters(ReadOnlySpan<char> text, Span<byte> spaced, out ulong letters)
    {
        (Vector256<byte> low, Vector256<byte> high) = Load(text);
        ulong other = Bits(low | Between(low, '0', 10), high | Between(high, '0', 10));
        low |= Vector256.Create((byte)0x20);
        high |= Vector256.Create((byte)0x20);
        Vector256<byte> inLow = Between(low, 'a', 26), inHigh = Between(high, 'a', 26), space = Vector256.Create((byte)' ');
        Vector256.ConditionalSelect(inLow, low, space).CopyTo(spaced);
        Vector256.ConditionalSelect(inHigh, high, space).CopyTo(spaced[32..]);
        int end = BitOperations.TrailingZeroCount(other);
        letters = Bits(inLow, inHigh) & Below(end);
        return end;
    }

    /// <summary>Letters and digits up to the first apostrophe or character beyond ASCII; gives its place, or <see cref="Length"/>.</summary>
    public static int Words(ReadOnlySpan<char> text, Span<byte> lower, out ulong words)
    {
        (Vector256<byte> low, Vector256<byte> high) = Load(text);
        Vector256<byte> apostrophe = Vector256.Create((byte)'\''), digitsLow = Between(low, '0', 10), digitsHigh = Between(high, '0', 10);
        ulong other = Bits(low | Vector256.Equals(low, apostrophe), high | Vector256.Equals(high, apostrophe));
        // The bit that makes a letter small is set in digits already.
        low |= Vector256.Create((byte)0x20);
        high |= Vector256.Create((byte)0x20);
        low.CopyTo(lower);
        high.CopyTo(lower[32..]);
        int end = BitOperations.TrailingZeroCount(other);
        words = Bits(Between(low, 'a', 26) | digitsLow, Between(high, 'a', 26) | digitsHigh) & Below(end);
        return end;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<byte>, Vector256<byte>) Load(ReadOnlySpan<char> text)
    {
        ref ushort units = ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(text[..Length]));
        return (Vector256.NarrowWithSaturation(Vector256.LoadUnsafe(ref units), Vector256.LoadUnsafe(ref units, 16)),
            Vector256.NarrowWithSaturation(Vector256.LoadUnsafe(ref units, 32), Vector256.LoadUnsafe(ref units, 48)));
    }

    /// <summary>The bits of the first places, 0 to 64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Below(int count) => count == Length ? ulong.MaxValue : (1UL << count) - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(Vector256<byte> low, Vector256<byte> high) => low.ExtractMostSignificantBits() | (ulong)high.ExtractMostSignificantBits() << 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Between(Vector256<byte> bytes, char first, byte count) =>
        Vector256.LessThan(bytes - Vector256.Create((byte)first), Vector256.Create(count));

    /// <summary>The next run of set bits at or behind a place; the mask starts at that place, and afterwards behind the run.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (int Start, int Count) NextRun(ref ulong mask, int at)
    {
        int gap = BitOperations.TrailingZeroCount(mask);
        mask >>= gap;
        int run = BitOperations.TrailingZeroCount(~mask);
        mask = run == Length ? 0 : mask >> run;
        return (at + gap, run);
    }
}
