using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DataPipeline.Filters;

/// <summary>Bounds from above for the counts of <see cref="NGrams"/>, found in two passes over the words and no look at a word's characters beyond a few.</summary>
/// <remarks>
/// <para>A run of n words occurs at most as often as the rarest of its pairs of words. Pairs are counted by hash in a table without keys: what collides
/// counts together, which only raises the bound. The hash reads the first and the last four units of a word.</para>
/// <para>Joined words are equal only where their first 16 units are. A filter of 32 bits a word (Bloom 1970, two bits of one 64-bit word) says which prefixes were not
/// seen before; runs can repeat only from the other places, so all repeated runs of n words lie in the union of the n words from each of these.</para>
/// <para>Bounds are in UTF-16 units, of which there are at least as many as code points.</para>
/// </remarks>
internal struct NGramBounds
{
    private const ulong K1 = 0x9E3779B97F4A7C15, K2 = 0xC2B2AE3D27D4EB4F, K3 = 0x165667B19E3779F9, K4 = 0x85EBCA77C2B2AE63;

    /// <summary>The largest n that <see cref="Top"/> bounds.</summary>
    public const int LargestTop = 4;

    private readonly int[] _start, _places;
    private readonly int _words, _prefix;
    private int _placeCount;
    private long _top2, _top3, _top4;

    public NGramBounds(in NGrams grams)
    {
        (_start, _words) = (grams.Starts, grams.Words);
        _prefix = PrefixLength(_start[_words], _words);
        _places = ArrayPool<int>.Shared.Rent(grams.Words + 2);
        BoundTops(grams.Joined, grams.Words);
        FindPlaces(grams.Joined, grams.Words);
    }

    /// <summary>No run of n words times its occurrences has more characters, n from 2 to <see cref="LargestTop"/>.</summary>
    public readonly long Top(int n) => n == 2 ? _top2 : n == 3 ? _top3 : _top4;

    /// <summary>Repeated runs of n words have at most so many characters, n at least 5.</summary>
    public readonly long Duplicates(int n)
    {
        long units = 0;
        int covered = 0, words = _words;
        foreach (int place in _places.AsSpan(0, _placeCount))
        {
            // Places that are here only because their run of five words was short: a longer one is not.
            if (place < 0 ? _start[Math.Min(~place + n, words)] - _start[~place] >= _prefix : false)
                continue;
            int first = place < 0 ? ~place : place;
            if (first + n > words)
                break;
            int end = _start[first + n];
            units += end - Math.Max(covered, _start[first]);
            covered = end;
        }
        return units;
    }

    public readonly void Dispose() => ArrayPool<int>.Shared.Return(_places);

    /// <summary>How many units of joined words to compare: 16, fewer where words are short. Runs of five words are at least 5 long.</summary>
    public static int PrefixLength(int units, int words)
    {
        double mean = units / (double)Math.Max(1, words);
        return mean >= 4 ? 16 : mean >= 2 ? 8 : 5;
    }

    /// <summary>A hash of the units from a place on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong PrefixHash(ReadOnlySpan<char> joined, int at, int length)
    {
        ref byte first = ref Unsafe.As<char, byte>(ref Unsafe.Add(ref MemoryMarshal.GetReference(joined), at));
        ulong a = Unsafe.ReadUnaligned<ulong>(ref first), b = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, 8));
        if (length == 16)
        {
            ulong c = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, 16)), d = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, 24));
            ulong high2 = Math.BigMul(c ^ K3, d ^ K4, out ulong low2);
            return Fold(a, b) ^ BitOperations.RotateLeft(high2 ^ low2, 23);
        }
        return Fold(a, length == 8 ? b : b & 0xFFFF);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a ^ K1, b ^ K2, out ulong low);
        return high ^ low;
    }

    private void BoundTops(ReadOnlySpan<char> joined, int words)
    {
        if (words < 2)
        {
            (_top2, _top3, _top4) = (0, 0, 0);
            return;
        }
        int bits = BitOperations.Log2((uint)Math.Max(words, 32)) + 2, shift = 64 - bits;
        int[] counts = ArrayPool<int>.Shared.Rent(1 << bits);
        counts.AsSpan(0, 1 << bits).Clear();
        Span<int> slots = _places.AsSpan(0, words + 2);
        ulong before = WordHash(joined, 0, _start[1]);
        for (int i = 1; i < words; i++)
        {
            ulong word = WordHash(joined, _start[i], _start[i + 1] - _start[i]);
            int slot = (int)(((before * K3) ^ word) * K1 >> shift);
            slots[i - 1] = slot;
            counts[slot]++;
            before = word;
        }
        long top2 = 0, top3 = 0, top4 = 0;
        int last1 = 0, last2 = 0;
        for (int i = words - 2; i >= 0; i--)
        {
            int count = counts[slots[i]], count3 = Math.Min(count, last1), count4 = Math.Min(count3, last2);
            int start = _start[i];
            top2 = Math.Max(top2, (long)count * (_start[i + 2] - start + 1));
            top3 = Math.Max(top3, (long)count3 * (_start[Math.Min(i + 3, words)] - start + 2));
            top4 = Math.Max(top4, (long)count4 * (_start[Math.Min(i + 4, words)] - start + 3));
            (last2, last1) = (last1, count);
        }
        (_top2, _top3, _top4) = (top2, top3, top4);
        ArrayPool<int>.Shared.Return(counts);
    }

    // The first and last four units, or the whole of a shorter word.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WordHash(ReadOnlySpan<char> joined, int at, int length)
    {
        ref char first = ref Unsafe.Add(ref MemoryMarshal.GetReference(joined), at);
        int beyond = length - 4;
        ulong mask = ulong.MaxValue >> (beyond < 0 ? -16 * beyond : 0);
        ulong a = Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<char, byte>(ref first)) & mask;
        ulong b = Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<char, byte>(ref Unsafe.Add(ref first, Math.Max(0, beyond)))) & mask;
        return (a ^ (ulong)length) * K1 + b * K2;
    }

    private void FindPlaces(ReadOnlySpan<char> joined, int words)
    {
        int bits = BitOperations.Log2((uint)Math.Max(words, 32)), shift = 64 - bits;
        ulong[] filter = ArrayPool<ulong>.Shared.Rent(1 << bits);
        filter.AsSpan(0, 1 << bits).Clear();
        int[] places = _places;
        int count = 0, prefix = _prefix;
        for (int i = 0; i + 5 <= words; i++)
        {
            ulong hash = PrefixHash(joined, _start[i], prefix) * K1;
            ref ulong group = ref filter[hash >> shift];
            ulong mask = (1UL << (int)(hash & 63)) | (1UL << (int)((hash >> 6) & 63));
            bool seen = (group & mask) == mask, isShort = _start[i + 5] - _start[i] < prefix;
            group |= mask;
            places[count] = seen ? i : ~i;
            count += seen | isShort ? 1 : 0;
        }
        _placeCount = count;
        ArrayPool<ulong>.Shared.Return(filter);
    }
}
