using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DataPipeline.Filters;

/// <summary>The rows of hashed features: all buckets, none, or those that pruning kept.</summary>
/// <remarks>Kept buckets are bits with the number of kept ones before each word of 32, so a bucket costs one load and its row is a rank; rows are put into the
/// order of their buckets when a model is read. The bits are used up to 64 buckets for each kept row, a hash table beyond, so that memory does not grow
/// with a number that a file only claims.</remarks>
internal sealed class HashedRows
{
    private const long BucketsPerKept = 512, SmallBuckets = 1 << 22;

    private readonly ulong _inverse;
    private readonly Rank[]? _ranks;
    private readonly Dictionary<int, int>? _sparse;

    /// <summary>All buckets have rows.</summary>
    public HashedRows(uint bucket)
    {
        Bucket = bucket;
        Count = (int)bucket;
        _inverse = bucket == 0 ? 0 : ulong.MaxValue / bucket + 1;
    }

    /// <summary>Only these buckets have rows.</summary>
    /// <param name="bucket">Buckets before pruning.</param>
    /// <param name="kept">Bucket of each kept row, in the order of the rows in the file.</param>
    public HashedRows(uint bucket, IReadOnlyList<int> kept) : this(bucket)
    {
        Count = kept.Count;
        Kept = [.. kept.Order()];
        RowInFile = [.. Enumerable.Range(0, kept.Count).OrderBy(i => kept[i])];
        if (bucket > SmallBuckets && bucket / BucketsPerKept > kept.Count)
        {
            _sparse = Kept.Select((value, row) => (value, row)).ToDictionary(pair => pair.value, pair => pair.row);
            return;
        }
        _ranks = new Rank[bucket / 32 + 1];
        foreach (int value in Kept)
            _ranks[value / 32].Bits |= 1u << (value % 32);
        int before = 0;
        foreach (ref Rank rank in _ranks.AsSpan())
        {
            rank.Before = before;
            before += BitOperations.PopCount(rank.Bits);
        }
    }

    /// <summary>Hashes are taken modulo this; 0 where there are no hashed features.</summary>
    public uint Bucket { get; }

    /// <summary>Rows there are.</summary>
    public int Count { get; }

    /// <summary>The kept buckets in ascending order, which is the order of their rows here; null where all are kept.</summary>
    public int[]? Kept { get; }

    /// <summary>For each row here, its number among the hashed rows of the file.</summary>
    public int[]? RowInFile { get; }

    /// <summary>hash % bucket by two multiplications (Lemire, Kaser and Kurz 2019, arXiv 1902.01961): a division per n-gram would cost more than all else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Remainder(uint hash) => (uint)Math.BigMul(_inverse * hash, Bucket, out _);

    /// <summary><see cref="Remainder(uint)"/> of 16 hashes: the quotient is found in floating point, which may be one off either way, and mended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<uint> Remainder(Vector512<uint> hashes)
    {
        Vector512<double> inverse = Vector512.Create(1.0 / Bucket);
        Vector512<uint> bucket = Vector512.Create(Bucket);
        Vector512<ulong> low = Vector512.ConvertToUInt64Native(Vector512.ConvertToDouble(Vector512.WidenLower(hashes)) * inverse);
        Vector512<ulong> high = Vector512.ConvertToUInt64Native(Vector512.ConvertToDouble(Vector512.WidenUpper(hashes)) * inverse);
        Vector512<uint> rest = hashes - Vector512.Narrow(low, high) * bucket;
        rest = Vector512.Min(rest, rest + bucket);
        return Vector512.Min(rest, rest - bucket);
    }

    /// <summary>Asks the memory for what <see cref="ToRows"/> will need of a bucket: hundreds of buckets wait together, not one after another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Prefetch(uint bucket)
    {
        if (Sse.IsSupported && _ranks is { } ranks)
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(ranks), bucket / 32)));
    }

    /// <summary>Turns buckets into rows in their place, leaving out those without one.</summary>
    /// <returns>How many are left.</returns>
    public int ToRows(Span<int> buckets, int firstRow)
    {
        ref int rows = ref MemoryMarshal.GetReference(buckets);
        int count = 0;
        if (_ranks is { } ranks)
        {
            ref Rank first = ref MemoryMarshal.GetArrayDataReference(ranks);
            for (int i = 0; i < buckets.Length; i++)
            {
                // No branch: which n-grams were kept cannot be foretold. What is written for one that was not is written over by the next.
                uint bucket = (uint)Unsafe.Add(ref rows, i), bit = bucket % 32;
                Rank rank = Unsafe.Add(ref first, bucket / 32);
                Unsafe.Add(ref rows, count) = firstRow + rank.Before + BitOperations.PopCount(rank.Bits & ((1u << (int)bit) - 1));
                count += (int)(rank.Bits >> (int)bit & 1);
            }
            return count;
        }
        foreach (int bucket in buckets)
        {
            if (_sparse is null)
                Unsafe.Add(ref rows, count++) = firstRow + bucket;
            else if (_sparse.TryGetValue(bucket, out int row))
                Unsafe.Add(ref rows, count++) = firstRow + row;
        }
        return count;
    }

    private struct Rank
    {
        public uint Bits;
        public int Before;
    }
}
