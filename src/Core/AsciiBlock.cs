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

    /// <summary>Letters alone; false for a block with a digit or something beyond ASCII.</summary>
    public static bool TryLetters(ReadOnlySpan<char> text, Span<byte> lower, out ulong letters)
    {
        (Vector256<byte> low, Vector256<byte> high) = Load(text);
        letters = 0;
        if ((low | high | Between(low, '0', 10) | Between(high, '0', 10)).ExtractMostSignificantBits() != 0)
            return false;
        letters = Lower(low, high, lower, Vector256<byte>.Zero, Vector256<byte>.Zero);
        return true;
    }

    /// <summary>Letters and digits up to the first apostrophe or character beyond ASCII; gives its place, or <see cref="Length"/>.</summary>
    public static int Words(ReadOnlySpan<char> text, Span<byte> lower, out ulong words)
    {
        (Vector256<byte> low, Vector256<byte> high) = Load(text);
        ulong other = (low | Vector256.Equals(low, Vector256.Create((byte)'\''))).ExtractMostSignificantBits()
            | (ulong)(high | Vector256.Equals(high, Vector256.Create((byte)'\''))).ExtractMostSignificantBits() << 32;
        words = Lower(low, high, lower, Between(low, '0', 10), Between(high, '0', 10));
        int end = BitOperations.TrailingZeroCount(other);
        words &= end == Length ? ulong.MaxValue : (1UL << end) - 1;
        return end;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<byte>, Vector256<byte>) Load(ReadOnlySpan<char> text)
    {
        ref ushort units = ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(text[..Length]));
        return (Vector256.NarrowWithSaturation(Vector256.LoadUnsafe(ref units), Vector256.LoadUnsafe(ref units, 16)),
            Vector256.NarrowWithSaturation(Vector256.LoadUnsafe(ref units, 32), Vector256.LoadUnsafe(ref units, 48)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Lower(Vector256<byte> low, Vector256<byte> high, Span<byte> lower, Vector256<byte> digitsLow, Vector256<byte> digitsHigh)
    {
        // The bit that makes a letter small is set in digits already.
        low |= Vector256.Create((byte)0x20);
        high |= Vector256.Create((byte)0x20);
        low.CopyTo(lower);
        high.CopyTo(lower[32..]);
        return (Between(low, 'a', 26) | digitsLow).ExtractMostSignificantBits() | (ulong)(Between(high, 'a', 26) | digitsHigh).ExtractMostSignificantBits() << 32;
    }

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
