using System.Numerics;
using DataPipeline.Core;

namespace DataPipeline.Tokens.Mix;

/// <summary>A pseudo-random order of n documents without memory: a Feistel cipher over the next even power of two, walked until it lands below n.</summary>
/// <remarks>Black and Rogaway 2002, "Ciphers with arbitrary finite domains". A shuffled list takes eight bytes a document and cannot be entered in the middle.</remarks>
public readonly struct DocumentPermutation
{
    private const int Rounds = 6;

    private readonly Seed _seed;
    private readonly long _count;
    private readonly int _halfBits;

    /// <summary>An order of <paramref name="count"/> documents.</summary>
    public DocumentPermutation(long count, Seed seed)
    {
        _count = count;
        _seed = seed;
        _halfBits = count <= 1 ? 1 : (BitOperations.Log2((ulong)(count - 1)) + 2) / 2;
    }

    /// <summary>The document at a place; every document is at exactly one place below the count.</summary>
    public long this[long place]
    {
        get
        {
            ulong value = (ulong)place, mask = (1UL << _halfBits) - 1;
            do
            {
                ulong left = value >> _halfBits, right = value & mask;
                for (int round = 0; round < Rounds; round++)
                    (left, right) = (right, left ^ (Seed.Mix(_seed.Value + ((ulong)round << 56) + right) & mask));
                value = (left << _halfBits) | right;
            }
            while (value >= (ulong)_count);
            return (long)value;
        }
    }
}
