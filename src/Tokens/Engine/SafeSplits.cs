using System.Numerics;
using System.Runtime.CompilerServices;

namespace DataPipeline.Tokens.Engine;

/// <summary>Places inside a piece that no token crosses. No merge crosses them either, so what lies on the two sides is encoded apart.</summary>
/// <remarks>A token that crosses a place has some bytes on either side. Kept are, for each token and place in it, up to three bytes of each side: which counts of bytes occur for
/// the two bytes next to the place, exactly, and the bytes themselves in a bit set by hash. A collision only makes a place count as unsafe. Runs of Chinese fall into
/// words of a few characters that way, which repeat where whole runs do not; in Latin letters nearly all pairs are tokens, and nothing is split.</remarks>
internal sealed unsafe class SafeSplits
{
    private const int Most = 3;

    private readonly ushort[] _kinds = GC.AllocateArray<ushort>(1 << 16, pinned: true);
    private readonly ulong[] _bits;
    private readonly int _shift;

    /// <param name="tokens">The vocabulary.</param>
    /// <param name="ids">The tokens that merges make.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public SafeSplits(TokenBytes tokens, ReadOnlySpan<int> ids)
    {
        foreach (int id in ids)
        {
            ReadOnlySpan<byte> token = tokens[id];
            if (token.Length == 2)
                _kinds[token[0] | (token[1] << 8)] |= 1;
        }
        int keys = 0;
        foreach (int id in ids)
            keys += Count(tokens[id]);
        int log = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)Math.Max(64, keys))) + 2;
        _bits = new ulong[1 << (log - 6)];
        _shift = 64 - log;
        foreach (int id in ids)
            Add(tokens[id]);
    }

    /// <summary>True when nothing merges across <paramref name="p"/>, which is inside the piece from <paramref name="start"/> to <paramref name="end"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsSafe(byte* start, byte* p, byte* end)
    {
        int kinds = _kinds[p[-1] | (p[0] << 8)];
        return kinds == 0 || ((kinds & 1) == 0 && NoneOf(kinds, start, p, end));
    }

    private bool NoneOf(int kinds, byte* start, byte* p, byte* end)
    {
        ulong around = p[-1] | ((ulong)p[0] << 24);
        long before = p - start, after = end - p;
        if (before > 1)
            around |= (ulong)p[-2] << 8;
        if (before > 2)
            around |= (ulong)p[-3] << 16;
        if (after > 1)
            around |= (ulong)p[1] << 32;
        if (after > 2)
            around |= (ulong)p[2] << 40;
        for (; kinds != 0; kinds &= kinds - 1)
        {
            int kind = BitOperations.TrailingZeroCount(kinds);
            if (before > kind / Most && after > kind % Most && Has(around, kind))
                return false;
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Has(ulong around, int kind)
    {
        ulong at = Place(around, kind);
        return (_bits[at >> 6] >> (int)(at & 63) & 1) != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Place(ulong around, int kind)
    {
        ulong mask = ((1UL << (8 * (kind / Most + 1))) - 1) | (((1UL << (8 * (kind % Most + 1))) - 1) << 24);
        return (((around & mask) | ((ulong)kind << 56)) * 0x9E3779B97F4A7C15UL) >> _shift;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Count(ReadOnlySpan<byte> token)
    {
        int count = 0;
        for (int i = 1; i < token.Length; i++)
            count += (_kinds[token[i - 1] | (token[i] << 8)] & 1) == 0 ? 1 : 0;
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(ReadOnlySpan<byte> token)
    {
        for (int i = 1; i < token.Length; i++)
        {
            ref ushort kinds = ref _kinds[token[i - 1] | (token[i] << 8)];
            // A pair that is a token is never safe, whatever else there is.
            if ((kinds & 1) != 0)
                continue;
            int left = Math.Min(Most, i), right = Math.Min(Most, token.Length - i), kind = (left - 1) * Most + right - 1;
            ulong around = 0;
            for (int j = 0; j < left; j++)
                around |= (ulong)token[i - 1 - j] << (8 * j);
            for (int j = 0; j < right; j++)
                around |= (ulong)token[i + j] << (24 + 8 * j);
            kinds |= (ushort)(1 << kind);
            ulong at = Place(around, kind);
            _bits[at >> 6] |= 1UL << (int)(at & 63);
        }
    }
}
