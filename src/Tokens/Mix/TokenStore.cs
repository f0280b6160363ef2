using System.Numerics;
using System.Runtime.InteropServices;

namespace DataPipeline.Tokens.Mix;

/// <summary>The documents of one source as a flat array of ids, each document with its end token, and where each begins: a part of a <see cref="TokenStoreFile"/>.</summary>
public sealed unsafe class TokenStore : IDisposable
{
    private readonly TokenStoreFile _file;
    private readonly long* _offsets;
    private readonly long _base;
    private byte* _learned;

    internal TokenStore(TokenStoreFile file, long* offsets, long documents)
    {
        _file = file;
        _offsets = offsets;
        _base = offsets[0];
        DocumentCount = documents;
        LearnedCount = TokenCount = offsets[documents] - _base;
    }

    internal void SetLearned(byte* bits, long count)
    {
        _learned = count == TokenCount ? null : bits;
        LearnedCount = count;
    }

    /// <summary>Documents.</summary>
    public long DocumentCount { get; }

    /// <summary>Tokens, ends of documents counted.</summary>
    public long TokenCount { get; }

    /// <summary>Tokens that are trained on; all of them in most sources.</summary>
    public long LearnedCount { get; private set; }

    /// <summary>True when some tokens are read but not trained on.</summary>
    public bool IsMasked => _learned is not null;

    /// <summary>The token that ends each document, or null.</summary>
    public int? EndOfDocument => _file.EndOfDocument;

    /// <summary>Where a document begins, in tokens; for the number of documents, the end.</summary>
    public long OffsetOf(long document) => _offsets[document] - _base;

    /// <summary>The document that holds the token at a place.</summary>
    public long DocumentAt(long place)
    {
        Check(place, 1);
        long low = 0, high = DocumentCount - 1;
        while (low < high)
        {
            long middle = low + (high - low + 1) / 2;
            (low, high) = OffsetOf(middle) <= place ? (middle, high) : (low, middle - 1);
        }
        return low;
    }

    /// <summary>Copies ids from a place on.</summary>
    public void CopyTo(long from, Span<int> target)
    {
        Check(from, target.Length);
        if (_file.Width == 4)
            new ReadOnlySpan<int>((int*)_file.Tokens + _base + from, target.Length).CopyTo(target);
        else
            Widen(new ReadOnlySpan<ushort>((ushort*)_file.Tokens + _base + from, target.Length), target);
    }

    /// <summary>Copies ids from a place on, as the 64-bit numbers that a trainer takes.</summary>
    public void CopyTo(long from, Span<long> target)
    {
        Check(from, target.Length);
        if (_file.Width == 4)
            Widen(new ReadOnlySpan<int>((int*)_file.Tokens + _base + from, target.Length), target);
        else
            Widen(new ReadOnlySpan<ushort>((ushort*)_file.Tokens + _base + from, target.Length), target);
    }

    /// <summary>Whether a token is trained on.</summary>
    public bool IsLearned(long token) => _learned is null || (_learned[token >> 3] >> (int)(token & 7) & 1) != 0;

    /// <summary>Tokens from a place on that are trained on.</summary>
    public int LearnedIn(long from, int length)
    {
        Check(from, length);
        if (_learned is null)
            return length;
        int count = 0;
        long at = from, end = from + length;
        for (; at < end && (at & 7) != 0; at++)
            count += IsLearned(at) ? 1 : 0;
        for (; at + 8 <= end; at += 8)
            count += BitOperations.PopCount(_learned[at >> 3]);
        for (; at < end; at++)
            count += IsLearned(at) ? 1 : 0;
        return count;
    }

    /// <summary>Marks the targets that are not trained on: those of <paramref name="targets"/> are the tokens from a place on.</summary>
    /// <returns>Targets that are left.</returns>
    internal int Mask(long from, Span<long> targets)
    {
        if (_learned is null)
            return targets.Length;
        int left = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            if (IsLearned(from + i))
                left++;
            else
                targets[i] = PackedRow.NoTarget;
        }
        return left;
    }

    /// <summary>16-bit ids as 32-bit ones: most of the time of reading a sample went into doing it one by one.</summary>
    internal static void Widen(ReadOnlySpan<ushort> source, Span<int> target)
    {
        int i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out Vector<uint> low, out Vector<uint> high);
            low.As<uint, int>().CopyTo(target[i..]);
            high.As<uint, int>().CopyTo(target[(i + Vector<uint>.Count)..]);
        }
        for (; i < source.Length; i++)
            target[i] = source[i];
    }

    /// <summary>16-bit ids as 64-bit ones. The last vector overlaps the one before: documents are short, and a rest of up to 15 ids would be done one by one.</summary>
    internal static void Widen(ReadOnlySpan<ushort> source, Span<long> target)
    {
        if (source.Length < Vector<ushort>.Count)
        {
            for (int i = 0; i < source.Length; i++)
                target[i] = source[i];
            return;
        }
        ref ushort from = ref MemoryMarshal.GetReference(source);
        ref ulong to = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<long, ulong>(target[..source.Length]));
        nuint last = (nuint)(source.Length - Vector<ushort>.Count);
        for (nuint at = 0; ; at += (nuint)Vector<ushort>.Count)
        {
            if (at > last)
                at = last;
            Vector.Widen(Vector.LoadUnsafe(ref from, at), out Vector<uint> low, out Vector<uint> high);
            Vector.Widen(low, out Vector<ulong> first, out Vector<ulong> second);
            Vector.Widen(high, out Vector<ulong> third, out Vector<ulong> fourth);
            nuint step = (nuint)Vector<ulong>.Count;
            first.StoreUnsafe(ref to, at);
            second.StoreUnsafe(ref to, at + step);
            third.StoreUnsafe(ref to, at + 2 * step);
            fourth.StoreUnsafe(ref to, at + 3 * step);
            if (at == last)
                return;
        }
    }

    private static void Widen(ReadOnlySpan<int> source, Span<long> target)
    {
        int i = 0;
        for (; i <= source.Length - Vector<int>.Count; i += Vector<int>.Count)
        {
            Vector.Widen(new Vector<int>(source[i..]), out Vector<long> low, out Vector<long> high);
            low.CopyTo(target[i..]);
            high.CopyTo(target[(i + Vector<long>.Count)..]);
        }
        for (; i < source.Length; i++)
            target[i] = source[i];
    }

    /// <summary>How many windows of <paramref name="length"/> inputs and their targets the store holds, in its own order: for validation.</summary>
    public long WindowCount(int length) => Math.Max(0, (TokenCount - 1) / length);

    /// <summary>Window number <paramref name="window"/>: length + 1 ids, the last of which is only a target.</summary>
    public void ReadWindow(long window, Span<int> target) => CopyTo(window * (target.Length - 1), target);

    /// <summary>Closes the file, and with it the other sources in it.</summary>
    public void Dispose() => _file.Dispose();

    private void Check(long from, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from + length, TokenCount);
        ObjectDisposedException.ThrowIf(_file.Tokens is null && length > 0, this);
    }
}
