using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DataPipeline.Tokens.Engine;

/// <summary>Cache from pieces of 1 to 15 bytes to up to four ids, two places for each hash, side by side in one line of memory. One thread at a time.</summary>
/// <remarks>A key is the piece's bytes with its length in the last byte, so no two pieces share one and zero is free. The first id carries the count less one in its top
/// four bits; pieces of more tokens are not kept.</remarks>
internal sealed unsafe class PieceCache
{
    private const int CountShift = 28;

    /// <summary>Set in the key of a part of a piece.</summary>
    public static readonly Vector128<ulong> PartOfPiece = Vector128.Create(0UL, 0x80UL << 56);

    /// <summary>A place; those at even numbers and the next share a hash.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Entry
    {
        public Vector128<ulong> Key;
        public Vector128<int> Ids;
    }

    // For each length: the bytes of a key, then the length in its place.
    private static readonly Vector128<ulong>* Masks = BuildMasks();

    private readonly Entry* _entries;
    private readonly int _shift;

    /// <param name="bits">2 to the power of this is the number of entries, at least 2.</param>
    public PieceCache(int bits)
    {
        _entries = (Entry*)NativeMemory.AlignedAlloc((nuint)sizeof(Entry) << bits, 64);
        NativeMemory.Clear(_entries, (nuint)sizeof(Entry) << bits);
        _shift = 65 - bits;
    }

    ~PieceCache() => NativeMemory.AlignedFree(_entries);

    /// <summary>The key of a piece of 1 to 15 bytes; reads 16 bytes where the text has them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> KeyOf(byte* p, int length, byte* end)
    {
        Vector128<ulong>* mask = Masks + 2 * length;
        return end - p >= 16 ? (*(Vector128<ulong>*)p & mask[0]) | mask[1] : KeyAtEnd(p, length) | mask[1];
    }

    /// <summary>The first of the two places where the key may be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Entry* At(Vector128<ulong> key)
    {
        ulong mixed = (key.GetElement(0) * 0x9E3779B97F4A7C15UL) ^ (key.GetElement(1) * 0xC2B2AE3D27D4EB4FUL);
        return _entries + 2 * ((mixed * 0x9E3779B97F4A7C15UL) >> _shift);
    }

    /// <summary>Writes the four ids that an entry has room for and returns how many of them count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Unpack(Entry* entry, ref int ids)
    {
        Vector128<int> packed = entry->Ids;
        (packed & Vector128.Create((1 << CountShift) - 1, -1, -1, -1)).StoreUnsafe(ref ids);
        return (packed.ToScalar() >>> CountShift) + 1;
    }

    /// <summary>Puts a piece into the first of its places, when the ids fit; what was there goes to the second.</summary>
    public static void Store(Entry* entry, Vector128<ulong> key, ReadOnlySpan<int> ids)
    {
        if (ids.Length > 4)
            return;
        Span<int> four = stackalloc int[4];
        ids.CopyTo(four);
        four[0] |= (ids.Length - 1) << CountShift;
        entry[1] = entry[0];
        entry->Key = key;
        entry->Ids = Vector128.Create<int>(four);
    }

    private static Vector128<ulong> KeyAtEnd(byte* p, int length)
    {
        ulong low = 0, high = 0;
        for (int i = Math.Min(length, 8) - 1; i >= 0; i--)
            low = (low << 8) | p[i];
        for (int i = length - 1; i >= 8; i--)
            high = (high << 8) | p[i];
        return Vector128.Create(low, high);
    }

    private static Vector128<ulong>* BuildMasks()
    {
        var masks = (Vector128<ulong>*)NativeMemory.AlignedAlloc((nuint)(sizeof(Vector128<ulong>) * 32), 64);
        for (int length = 0; length < 16; length++)
        {
            masks[2 * length] = Vector128.Create(length >= 8 ? ulong.MaxValue : (1UL << (8 * length)) - 1, length > 8 ? (1UL << (8 * (length - 8))) - 1 : 0);
            masks[2 * length + 1] = Vector128.Create(0, (ulong)length << 56);
        }
        return masks;
    }
}
