using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DataPipeline.Core;

namespace DataPipeline.Parquet;

/// <summary>
/// A split block Bloom filter over the values of a column chunk: it says "not there" for certain or "perhaps". A hash chooses a block of 256 bits and one
/// bit in each of the block's eight words (Putze, Sanders and Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007), so that
/// a question touches one cache line. Values are hashed by XXH64 over their plain encoding, without the length of byte arrays.
/// </summary>
public sealed class BloomFilter
{
    /// <summary>Bytes of a block, the least that a filter has.</summary>
    public const int BlockBytes = 32;

    /// <summary>The largest filter, 128 MiB, as other implementations have it.</summary>
    public const int MaxBytes = 1 << 27;

    private const int WordsOfBlock = BlockBytes / sizeof(uint);

    // The multipliers of the format: each gives one word's bit by the five highest bits of the product.
    private static readonly Vector256<uint> s_salts =
        Vector256.Create(0x47b6137bu, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31);

    private readonly uint[] _words;

    /// <summary>Makes an empty filter of the size that keeps the share of wrong "perhaps" below a bound: a power of two bytes, at most <see cref="MaxBytes"/>.</summary>
    /// <param name="distinctValues">Distinct values that will be inserted.</param>
    /// <param name="falsePositives">Share of absent values for which the answer is "perhaps", between 0 and 1; default 0.01.</param>
    public BloomFilter(long distinctValues, double falsePositives = 0.01) : this(new uint[SizeFor(distinctValues, falsePositives) / sizeof(uint)])
    {
    }

    internal BloomFilter(uint[] words) => _words = words;

    /// <summary>Bytes of the filter's bits.</summary>
    public int ByteCount => _words.Length * sizeof(uint);

    /// <summary>The bits as the file holds them, in words of 32.</summary>
    internal ReadOnlySpan<uint> Words => _words;

    /// <summary>The hash of a value in plain encoding: numbers in 4 or 8 bytes with the least first, texts and bytes as they are.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> plainValue) => Hash.Of(plainValue);

    /// <summary>Notes a value by its hash.</summary>
    public void Insert(ulong hash)
    {
        Span<uint> block = _words.AsSpan(BlockOf(hash), WordsOfBlock);
        (Vector256.Create<uint>(block) | BitsOf(hash)).CopyTo(block);
    }

    /// <summary>Whether the value with this hash may have been inserted; false is certain.</summary>
    public bool MayContain(ulong hash)
    {
        Vector256<uint> bits = BitsOf(hash);
        return (Vector256.Create<uint>(_words.AsSpan(BlockOf(hash), WordsOfBlock)) & bits) == bits;
    }

    /// <summary>Bytes for a number of distinct values: 8 bits are set in a block for each, so that the share of false answers is (1 - e^(-8n/m))^8 with m bits.</summary>
    internal static int SizeFor(long distinctValues, double falsePositives)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(distinctValues);
        if (!(falsePositives is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(falsePositives), falsePositives, "The share of false answers lies between 0 and 1.");
        double bytes = -distinctValues / Math.Log(1 - Math.Pow(falsePositives, 1.0 / 8));
        return bytes >= MaxBytes ? MaxBytes : (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(BlockBytes, Math.Ceiling(bytes)));
    }

    /// <summary>The first word of the hash's block: the upper half of the hash, scaled to the number of blocks.</summary>
    private int BlockOf(ulong hash) => (int)(((hash >> 32) * (uint)(_words.Length / WordsOfBlock)) >> 32) * WordsOfBlock;

    private static Vector256<uint> BitsOf(ulong hash)
    {
        Vector256<uint> places = (Vector256.Create((uint)hash) * s_salts) >>> 27;
        return Avx2.IsSupported
            ? Avx2.ShiftLeftLogicalVariable(Vector256<uint>.One, places)
            : Vector256.Create(1u << (int)places[0], 1u << (int)places[1], 1u << (int)places[2], 1u << (int)places[3], 1u << (int)places[4], 1u << (int)places[5], 1u << (int)places[6], 1u << (int)places[7]);
    }
}
