using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

namespace DataPipeline.Filters;

/// <summary>Buckets of the character n-grams of a word between <c>&lt;</c> and <c>&gt;</c>: fastText's FNV-1a over their bytes, for 16 starts at once.</summary>
/// <remarks>A lane is a start; each step takes the next character of all lanes, its second and third byte only where there is one. One start after the other,
/// the hash waits for each multiplication. Characters of four bytes are rare: a word with one goes start by start.</remarks>
internal static class SubwordHashes
{
    /// <summary>Numbers written behind the last that count.</summary>
    public const int Room = 2 * Lanes;

    private const int Lanes = 16, ShortWord = 1024;

    /// <summary>Writes the buckets, in an order that depends on the word alone.</summary>
    /// <param name="word">The word in UTF-8.</param>
    /// <param name="minn">Fewest characters, from 1.</param>
    /// <param name="maxn">Most characters.</param>
    /// <param name="hashed">Says which bucket a hash falls into.</param>
    /// <param name="buckets">Room for (bytes + 2) * <paramref name="maxn"/> + <see cref="Room"/>.</param>
    /// <returns>How many there are.</returns>
    [SkipLocalsInit]
    public static int Buckets(ReadOnlySpan<byte> word, int minn, int maxn, HashedRows hashed, Span<int> buckets)
    {
        int padded = word.Length + 2 + maxn + Lanes;
        Span<uint> units = padded <= ShortWord ? stackalloc uint[3 * ShortWord] : new uint[3 * padded];
        padded = Math.Max(padded, ShortWord);
        Span<uint> first = units[..padded], second = units.Slice(padded, padded), third = units.Slice(2 * padded, padded);
        int most = Characters(word, first, second, third, out int count);
        return most > 3 ? OneByOne(word, minn, maxn, hashed, buckets) : InLanes(first, second, third, most, count, minn, maxn, hashed, buckets);
    }

    /// <summary>The same numbers in another order, one start after the other.</summary>
    internal static int OneByOne(ReadOnlySpan<byte> word, int minn, int maxn, HashedRows hashed, Span<int> buckets)
    {
        byte[] framed = [(byte)'<', .. word, (byte)'>'];
        int count = 0;
        for (int i = 0; i < framed.Length; i++)
        {
            if (IsContinuation(framed[i]))
                continue;
            uint hash = FastTextDictionary.FnvOffset;
            int j = i;
            for (int n = 1; j < framed.Length && n <= maxn; n++)
            {
                do
                    hash = (hash ^ (uint)(sbyte)framed[j++]) * FastTextDictionary.FnvPrime;
                while (j < framed.Length && IsContinuation(framed[j]));
                // Neither < nor > alone is a feature.
                if (n >= minn && (n > 1 || (i > 0 && j < framed.Length)))
                    buckets[count++] = (int)hashed.Remainder(hash);
            }
        }
        return count;
    }

    private static int InLanes(Span<uint> first, Span<uint> second, Span<uint> third, int most, int count, int minn, int maxn, HashedRows hashed, Span<int> buckets)
    {
        ref uint ones = ref MemoryMarshal.GetReference(first), twos = ref MemoryMarshal.GetReference(second), threes = ref MemoryMarshal.GetReference(third);
        ref int target = ref MemoryMarshal.GetReference(buckets);
        Vector512<uint> prime = Vector512.Create(FastTextDictionary.FnvPrime);
        int written = 0;
        for (int start = 0; start < count; start += Lanes)
        {
            Vector512<uint> hash = Vector512.Create(FastTextDictionary.FnvOffset);
            for (int n = 1; n <= maxn && start + n <= count; n++)
            {
                nuint at = (nuint)(start + n - 1);
                hash = (hash ^ Vector512.LoadUnsafe(ref ones, at)) * prime;
                // A byte that is there has its sign extended to all ones, one that is not is zero.
                if (most > 1)
                    hash = Next(hash, Vector512.LoadUnsafe(ref twos, at), prime);
                if (most > 2)
                    hash = Next(hash, Vector512.LoadUnsafe(ref threes, at), prime);
                if (n < minn)
                    continue;
                int lanes = Math.Min(Lanes, count - n + 1 - start);
                Vector512<int> rest = hashed.Remainder(hash).AsInt32();
                if (n > 1)
                {
                    rest.StoreUnsafe(ref Unsafe.Add(ref target, written));
                    written += lanes;
                    continue;
                }
                // Neither < nor > alone is a feature.
                int from = start == 0 ? 1 : 0, to = start + lanes == count ? lanes - 1 : lanes;
                for (int lane = from; lane < to; lane++)
                    Unsafe.Add(ref target, written++) = rest[lane];
            }
        }
        return written;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Next(Vector512<uint> hash, Vector512<uint> bytes, Vector512<uint> prime) =>
        Vector512.ConditionalSelect(Vector512.Equals(bytes, Vector512<uint>.Zero), hash, (hash ^ bytes) * prime);

    /// <summary>The bytes of each character of the framed word, sign-extended, zero where there is none; gives the most bytes that a character has.</summary>
    private static int Characters(ReadOnlySpan<byte> word, Span<uint> first, Span<uint> second, Span<uint> third, out int count)
    {
        first[0] = '<';
        count = 1;
        if (Ascii.IsValid(word))
        {
            foreach (byte value in word)
                first[count++] = value;
            first[count++] = '>';
            return 1;
        }
        // What follows no character belongs to the < before it: one start after the other sees to that.
        if (IsContinuation(word[0]))
            return int.MaxValue;
        second[..(word.Length + 2)].Clear();
        third[..(word.Length + 2)].Clear();
        int most = 1;
        for (int i = 0; i < word.Length;)
        {
            first[count] = (uint)(sbyte)word[i++];
            int size = 1;
            for (; i < word.Length && IsContinuation(word[i]); i++)
            {
                if (++size == 2)
                    second[count] = (uint)(sbyte)word[i];
                else if (size == 3)
                    third[count] = (uint)(sbyte)word[i];
            }
            most = Math.Max(most, size);
            count++;
        }
        first[count++] = '>';
        return most;
    }

    private static bool IsContinuation(byte value) => (value & 0xC0) == 0x80;
}
