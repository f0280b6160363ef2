using System.Numerics;

namespace DataPipeline.Dedup.Bloom;

/// <summary>A set of hashes that may say yes for one it never saw, and never no for one it did (Bloom 1970), with double hashing (Kirsch, Mitzenmacher 2006).</summary>
internal sealed class BloomFilter
{
    private readonly ulong[] _words;
    private readonly ulong _bits;

    /// <summary>Makes an empty filter.</summary>
    /// <param name="expected">Hashes it is made for.</param>
    /// <param name="falsePositives">Rate of wrong yes once it holds them.</param>
    /// <param name="maxBytes">Largest size; a filter cut to it has a higher rate.</param>
    public BloomFilter(long expected, double falsePositives, long maxBytes)
    {
        double bits = Math.Ceiling(Math.Max(1, expected) * -Math.Log(falsePositives) / (Math.Log(2) * Math.Log(2)));
        long words = Math.Clamp((long)Math.Ceiling(bits / 64), 1, Math.Min(maxBytes / 8, Array.MaxLength));
        _words = new ulong[words];
        _bits = (ulong)words * 64;
        Functions = (int)Math.Clamp(Math.Round(_bits / (double)Math.Max(1, expected) * Math.Log(2)), 1, 64);
    }

    /// <summary>Bits that a hash sets.</summary>
    public int Functions { get; }

    /// <summary>Size in bytes.</summary>
    public long Bytes => (long)_bits / 8;

    /// <summary>Hashes that were new.</summary>
    public long Added { get; private set; }

    /// <summary>Adds a hash; true when the filter thinks it was there.</summary>
    public bool Add(ulong hash)
    {
        ulong step = Core.Seed.Mix(hash) | 1;
        bool seen = true;
        for (int i = 0; i < Functions; i++, hash += step)
        {
            ulong bit = Math.BigMul(hash, _bits, out _), mask = 1UL << (int)(bit & 63);
            ref ulong word = ref _words[bit >> 6];
            seen &= (word & mask) != 0;
            word |= mask;
        }
        Added += seen ? 0 : 1;
        return seen;
    }

    /// <summary>Rate of wrong yes as it is now filled.</summary>
    public double FalsePositives => Math.Pow(_words.Sum(word => (double)BitOperations.PopCount(word)) / _bits, Functions);
}
