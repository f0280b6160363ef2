using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DataPipeline.Tokens.PreTokenize;

/// <summary>Words of ASCII letters that end within 16 bytes, found without a loop: nine in ten pieces of English text.</summary>
/// <remarks>Each method gives null where it cannot tell: near the end of the text, for longer words, and where a byte above 127 follows, which may go on with the word.
/// A loop over letters costs a wrong guess of the processor at the end of nearly each word.</remarks>
internal static unsafe class AsciiRun
{
    private const int Width = 16;

    /// <summary>True when there are bytes enough to look.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Fits(byte* p, byte* end) => end - p > Width;

    /// <summary>End of the letters from <paramref name="p"/> on; null also where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Letters(byte* p, byte* end)
    {
        if (!Fits(p, end))
            return null;
        uint letters = LettersOf(Vector128.Load(p));
        return (letters & 1) != 0 ? EndOf(p, BitOperations.TrailingZeroCount(~letters)) : null;
    }

    /// <summary>End of the letters from <paramref name="p"/> on, before which one other character may stand that is no digit and ends no line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Word(byte* p, byte* end)
    {
        if (!Fits(p, end))
            return null;
        uint letters = LettersOf(Vector128.Load(p));
        if ((letters & 1) != 0)
            return EndOf(p, BitOperations.TrailingZeroCount(~letters));
        return (letters & 2) != 0 && Leads(*p) ? EndOf(p, BitOperations.TrailingZeroCount(~(letters | 1))) : null;
    }

    /// <summary>As <see cref="Word"/>, but capitals first and small letters behind them, either may be missing; needs <see cref="Fits"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* CasedWord(byte* p, byte* end)
    {
        Vector128<byte> text = Vector128.Load(p);
        uint upper = Vector128.LessThan(text - Vector128.Create((byte)'A'), Vector128.Create((byte)26)).ExtractMostSignificantBits();
        uint lower = Vector128.LessThan(text - Vector128.Create((byte)'a'), Vector128.Create((byte)26)).ExtractMostSignificantBits();
        uint letters = upper | lower;
        if ((letters & 1) == 0)
        {
            if ((letters & 2) == 0 || !Leads(*p))
                return null;
            upper |= 1;
        }
        int capitals = BitOperations.TrailingZeroCount(~upper);
        return EndOf(p, capitals + BitOperations.TrailingZeroCount(~(lower >> capitals)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint LettersOf(Vector128<byte> text) =>
        Vector128.LessThan((text | Vector128.Create((byte)0x20)) - Vector128.Create((byte)'a'), Vector128.Create((byte)26)).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* EndOf(byte* p, int length) => length < Width && p[length] < 0x80 ? p + length : null;

    /// <summary>[^\r\n\p{L}\p{N}], of what is ASCII and no letter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Leads(byte first) => first < 0x80 && first is not ((byte)'\r' or (byte)'\n' or (>= (byte)'0' and <= (byte)'9'));
}
