using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DataPipeline.Filters;

/// <summary>Bounds from above for the counts of <see cref="NGrams"/>, found in two passes over the words with a look at a few characters of each.</summary>
/// <remarks>
/// <para>A run of n words occurs at most as often as the rarest of its pairs of words. Pairs are counted by hash in a table without keys: what collides
/// counts together, which only raises the bound. The hash reads the first and the last four units of a word.</para>
/// <para>Joined words are equal only where their first 16 units are. A filter of 32 bits a word (Bloom 1970, two bits of one 64-bit word) says which prefixes were not
/// seen before; runs can repeat only from the other places, so all repeated runs of n words lie in the union of the n words from each of these. Runs shorter
/// than a prefix are told apart by all their units for n = 5 and taken for repeated otherwise: they are few.</para>
/// <para>Bounds are in UTF-16 units, of which there are at least as many as code points.</para>
/// </remarks>
internal struct NGramBounds
{
    private const ulong K1 = 0x9E3779B97F4A7C15, K2 = 0xC2B2AE3D27D4EB4F, K3 = 0x165667B19E3779F9, K4 = 0x85EBCA77C2B2AE63;
    private const int PrefixSeen = 1, ShortSeen = 2, Flags = 2;

    /// <summary>The largest n that <see cref="TopStaysWithin"/> can tell.</summary>
    public const int LargestTop = 4;

    private readonly char[] _joined;
    private readonly int[] _start, _places;
    private readonly ulong[] _hashes;
    private readonly int _words, _prefix;
    private int _placeCount = -1;
    private long _top2 = -1, _top3, _top4;

    public NGramBounds(char[] joined, int[] start, int words)
    {
        (_joined, _start, _words) = (joined, start, words);
        double mean = start[words] / (double)Math.Max(1, words);
        // Runs of five words are at least five units long.
        _prefix = mean >= 4 ? 16 : mean >= 2 ? 8 : 5;
        _places = ArrayPool<int>.Shared.Rent(words + 2);
        _hashes = ArrayPool<ulong>.Shared.Rent(words + 2);
    }

    /// <summary>True when no run of n words, n from 2 to <see cref="LargestTop"/>, has more characters than allowed times its occurrences.</summary>
    public bool TopStaysWithin(int n, double limit, double length)
    {
        if (_top2 < 0)
            CountPairs();
        return RuleLog.Share(n == 2 ? _top2 : n == 3 ? _top3 : _top4, length) <= limit;
    }

    /// <summary>True when repeated runs of n words, n at least 5, have no more characters than allowed.</summary>
    public bool DuplicatesStayWithin(int n, double limit, double length)
    {
        if (_placeCount < 0)
            FindPlaces();
        long units = 0;
        int covered = 0, words = _words;
        int[] start = _start;
        foreach (int place in _places.AsSpan(0, _placeCount))
        {
            int first = place >> Flags;
            if (first + n > words)
                break;
            int end = start[first + n], begin = start[first];
            if ((place & PrefixSeen) == 0 && (n == 5 ? (place & ShortSeen) == 0 : end - begin >= _prefix))
                continue;
            units += end - Math.Max(covered, begin);
            covered = end;
        }
        return RuleLog.Share(units, length) <= limit;
    }

    /// <summary>The words from which a run of five or more can be repeated or repeat, in order, and perhaps a few others.</summary>
    public int FindCandidates(int[] candidates)
    {
        if (_placeCount < 0)
            FindPlaces();
        // A filter of the prefixes that were seen twice, asked by all: the first occurrences have them too.
        int bits = BitOperations.Log2((uint)Math.Max(_placeCount, 32)) + 1, shift = 64 - bits, count = 0;
        ulong[] twice = ArrayPool<ulong>.Shared.Rent(1 << bits);
        twice.AsSpan(0, 1 << bits).Clear();
        foreach (int place in _places.AsSpan(0, _placeCount))
        {
            ulong hash = _hashes[place >> Flags];
            twice[hash >> shift] |= (place & PrefixSeen) != 0 ? BitsOf(hash) : 0;
        }
        int[] start = _start;
        for (int i = 0; i + 5 <= _words; i++)
        {
            ulong hash = _hashes[i], mask = BitsOf(hash);
            bool seen = (twice[hash >> shift] & mask) == mask, isShort = start[i + 5] - start[i] < _prefix;
            candidates[count] = i;
            count += seen | isShort ? 1 : 0;
        }
        ArrayPool<ulong>.Shared.Return(twice);
        return count;
    }

    public readonly void Dispose()
    {
        ArrayPool<int>.Shared.Return(_places);
        ArrayPool<ulong>.Shared.Return(_hashes);
    }

    // When a run of three or four words stands for the last time, each of its pairs has been counted at least as often as the run occurs:
    // the counts so far are bound enough, and one pass gives all.
    private void CountPairs()
    {
        int bits = BitOperations.Log2((uint)Math.Max(_words, 32)) + 2, shift = 64 - bits;
        int[] rented = ArrayPool<int>.Shared.Rent(1 << bits);
        rented.AsSpan(0, 1 << bits).Clear();
        ref int counts = ref MemoryMarshal.GetArrayDataReference(rented), start = ref MemoryMarshal.GetArrayDataReference(_start);
        char[] joined = _joined;
        ulong before = 0;
        long top2 = 0, top3 = 0, top4 = 0;
        // Where the last words began, and how often the last two pairs were seen. What lies before the text makes no run longer, so a bound may only be too high.
        int from1 = 0, from2 = 0, from3 = 0, last1 = 0, last2 = 0;
        for (int i = 0, begin = 0, words = _words; i < words; i++)
        {
            int end = Unsafe.Add(ref start, i + 1);
            ulong word = WordHash(joined, begin, end - begin);
            ref int seen = ref Unsafe.Add(ref counts, (int)(((before * K3) ^ word) * K1 >> shift));
            int count = ++seen, count3 = Smaller(count, last1), count4 = Smaller(count3, last2);
            top2 = Math.Max(top2, (long)count * (end - from1 + 1));
            top3 = Math.Max(top3, (long)count3 * (end - from2 + 2));
            top4 = Math.Max(top4, (long)count4 * (end - from3 + 3));
            (last2, last1) = (last1, count);
            (before, from3, from2, from1, begin) = (word, from2, from1, begin, end);
        }
        (_top2, _top3, _top4) = (top2, top3, top4);
        ArrayPool<int>.Shared.Return(rented);
    }

    private void FindPlaces()
    {
        int bits = BitOperations.Log2((uint)Math.Max(_words, 32)), shift = 64 - bits;
        ulong[] rented = ArrayPool<ulong>.Shared.Rent(1 << bits);
        rented.AsSpan(0, 1 << bits).Clear();
        ref ulong filter = ref MemoryMarshal.GetArrayDataReference(rented), hashes = ref MemoryMarshal.GetArrayDataReference(_hashes);
        ref int places = ref MemoryMarshal.GetArrayDataReference(_places), start = ref MemoryMarshal.GetArrayDataReference(_start);
        char[] joined = _joined;
        int count = 0, prefix = _prefix;
        for (int i = 0, last = _words - 5; i <= last; i++)
        {
            int at = Unsafe.Add(ref start, i), length = Unsafe.Add(ref start, i + 5) - at;
            ulong hash = PrefixHash(joined, at, prefix);
            Unsafe.Add(ref hashes, i) = hash;
            bool seen = WasSeen(ref Unsafe.Add(ref filter, (int)(hash >> shift)), BitsOf(hash)), isShort = length < prefix;
            int place = (i << Flags) | (seen ? PrefixSeen : 0);
            if (isShort)
            {
                ulong whole = ShortHash(joined, at, length) * K1;
                place |= WasSeen(ref Unsafe.Add(ref filter, (int)(whole >> shift)), BitsOf(whole)) ? ShortSeen : 0;
            }
            Unsafe.Add(ref places, count) = place;
            count += seen | isShort ? 1 : 0;
        }
        _placeCount = count;
        ArrayPool<ulong>.Shared.Return(rented);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong BitsOf(ulong hash) => (1UL << (int)(hash & 63)) | (1UL << (int)((hash >> 6) & 63));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool WasSeen(ref ulong group, ulong bits)
    {
        bool seen = (group & bits) == bits;
        group |= bits;
        return seen;
    }

    // The first and last four units, or the whole of a shorter word.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WordHash(char[] joined, int at, int length)
    {
        int beyond = length - 4;
        ulong mask = ulong.MaxValue >> (16 * NotBelowZero(-beyond));
        return ((Load(joined, at) & mask) ^ (ulong)length) * K1 + (Load(joined, at + NotBelowZero(beyond)) & mask) * K2;
    }

    // Without a branch: how long the next word is, and how often a pair was seen, cannot be foretold.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int NotBelowZero(int value) => value & ~(value >> 31);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Smaller(int a, int b) => b + ((a - b) & ((a - b) >> 31));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong PrefixHash(char[] joined, int at, int length)
    {
        ulong a = Load(joined, at) * K1, b = Load(joined, at + 4);
        ulong sum = length == 16 ? a + b * K2 + Load(joined, at + 8) * K3 + Load(joined, at + 12) * K4 : a + (length == 8 ? b : b & 0xFFFF) * K2;
        return (sum ^ (sum >> 32)) * K3;
    }

    // Of 5 to 15 units, the ends of which overlap.
    private static ulong ShortHash(char[] joined, int at, int length)
    {
        ulong a = Load(joined, at), d = Load(joined, at + length - 4);
        return length <= 8 ? Fold(a ^ (ulong)length, d)
            : Fold(a ^ (ulong)length, d) ^ BitOperations.RotateLeft(Fold(Load(joined, at + 4) ^ K3, Load(joined, at + length - 8) ^ K4), 23);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a ^ K1, b ^ K2, out ulong low);
        return high ^ low;
    }

    // The joined words are followed by padding, so four units can be read from each of them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Load(char[] joined, int at) =>
        Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<char, byte>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(joined), at)));
}
