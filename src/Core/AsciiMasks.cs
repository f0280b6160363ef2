using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DataPipeline.Core;

/// <summary>Which of 64 UTF-16 units are which ASCII characters, one bit a unit.</summary>
/// <remarks>The units are narrowed to bytes, those beyond Latin-1 to 255. With AVX-512 a comparison of 64 bytes is a mask at once; this processor may say that it does
/// not like 512 bits for long stretches of arithmetic, but a few comparisons cost it nothing. Elsewhere two halves of 32 bytes are compared.</remarks>
internal ref struct AsciiMasks
{
    /// <summary>Not ASCII.</summary>
    public ulong Other;

    public ulong Letters, Digits, Underscores, Spaces, Newlines;

    /// <summary>Below U+0020, newlines too.</summary>
    public ulong Controls;

    /// <summary><c>. '</c></summary>
    public ulong JoinBoth;

    /// <summary><c>:</c></summary>
    public ulong JoinLetters;

    /// <summary><c>, ;</c></summary>
    public ulong JoinDigits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AsciiMasks Of512(ref ushort units)
    {
        Vector512<byte> bytes = Vector512.NarrowWithSaturation(Vector512.LoadUnsafe(ref units), Vector512.LoadUnsafe(ref units, 32));
        return new AsciiMasks
        {
            Other = bytes.ExtractMostSignificantBits(),
            Letters = Vector512.LessThan((bytes | Vector512.Create((byte)0x20)) - Vector512.Create((byte)'a'), Vector512.Create((byte)26)).ExtractMostSignificantBits(),
            Digits = Vector512.LessThan(bytes - Vector512.Create((byte)'0'), Vector512.Create((byte)10)).ExtractMostSignificantBits(),
            Underscores = Are(bytes, (byte)'_'),
            Spaces = Are(bytes, (byte)' '),
            Newlines = Are(bytes, (byte)'\n'),
            Controls = Vector512.LessThan(bytes, Vector512.Create((byte)0x20)).ExtractMostSignificantBits(),
            JoinBoth = Are(bytes, (byte)'.') | Are(bytes, (byte)'\''),
            JoinLetters = Are(bytes, (byte)':'),
            JoinDigits = Are(bytes, (byte)',') | Are(bytes, (byte)';'),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AsciiMasks Of256(ref ushort units)
    {
        Vector256<byte> low = Vector256.NarrowWithSaturation(Vector256.LoadUnsafe(ref units), Vector256.LoadUnsafe(ref units, 16));
        Vector256<byte> high = Vector256.NarrowWithSaturation(Vector256.LoadUnsafe(ref units, 32), Vector256.LoadUnsafe(ref units, 48));
        return new AsciiMasks
        {
            Other = Bits(low, high),
            Letters = Range(low | Vector256.Create((byte)0x20), high | Vector256.Create((byte)0x20), (byte)'a', 26),
            Digits = Range(low, high, (byte)'0', 10),
            Underscores = Bits(Are(low, (byte)'_'), Are(high, (byte)'_')),
            Spaces = Bits(Are(low, (byte)' '), Are(high, (byte)' ')),
            Newlines = Bits(Are(low, (byte)'\n'), Are(high, (byte)'\n')),
            Controls = Range(low, high, 0, 0x20),
            JoinBoth = Bits(Are(low, (byte)'.') | Are(low, (byte)'\''), Are(high, (byte)'.') | Are(high, (byte)'\'')),
            JoinLetters = Bits(Are(low, (byte)':'), Are(high, (byte)':')),
            JoinDigits = Bits(Are(low, (byte)',') | Are(low, (byte)';'), Are(high, (byte)',') | Are(high, (byte)';')),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Are(Vector512<byte> bytes, byte value) => Vector512.Equals(bytes, Vector512.Create(value)).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Are(Vector256<byte> bytes, byte value) => Vector256.Equals(bytes, Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Range(Vector256<byte> low, Vector256<byte> high, byte first, byte count) =>
        Bits(Vector256.LessThan(low - Vector256.Create(first), Vector256.Create(count)), Vector256.LessThan(high - Vector256.Create(first), Vector256.Create(count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(Vector256<byte> low, Vector256<byte> high) => low.ExtractMostSignificantBits() | ((ulong)high.ExtractMostSignificantBits() << 32);
}
