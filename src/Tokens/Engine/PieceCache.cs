using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DataPipeline.Tokens.Engine;

/// <summary>Direct-mapped cache from pieces of 1 to 15 bytes to up to four ids, of entries of 32 bytes. One thread at a time.</summary>
/// <remarks>A key is the piece's bytes with its length in the last byte, so no two pieces share one and zero is free. The first id carries the count less one in its top
/// four bits; pieces of more tokens are not kept.</remarks>
internal sealed unsafe class PieceCache
{
    private const int CountShift = 28;

    /// <summary>Set in the key of a part of a piece.</summary>
    public static readonly Vector128<ulong> PartOfPiece = Vector128.Create(0UL, 0x80UL << 56);

    [StructLayout(LayoutKind.Sequential)]
    public struct Entry
    {
        public Vector128<ulong> Key;
        public Vector128<int> Ids;
    }

    private readonly Entry* _entries;
    private readonly int _shift;

    /// <param name="bits">2 to the power of this is the number of entries.</param>
    public PieceCache(int bits)
    {
        _entries = (Entry*)NativeMemory.AlignedAlloc((nuint)sizeof(Entry) << bits, 64);
        NativeMemory.Clear(_entries, (nuint)sizeof(Entry) << bits);
        _shift = 64 - bits;
    }

    ~PieceCache() => NativeMemory.AlignedFree(_entries);

    /// <summary>The key of a piece of 1 to 15 bytes; reads 16 bytes where the text has them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> KeyOf(byte* p, int length, byte* end)
    {
        ulong low, high;
        if (end - p >= 16)
        {
            low = *(ulong*)p;
            high = *(ulong*)(p + 8);
        }
        else
        {
            low = high = 0;
            for (int i = Math.Min(length, 8) - 1; i >= 0; i--)
                low = (low << 8) | p[i];
            for (int i = length - 1; i >= 8; i--)
                high = (high << 8) | p[i];
        }
        if (length < 8)
        {
            low &= (1UL << (length * 8)) - 1;
            high = 0;
        }
        else
        {
            high &= (1UL << ((length - 8) * 8)) - 1;
        }
        return Vector128.Create(low, high | ((ulong)length << 56));
    }

    /// <summary>The one place where the key may be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Entry* At(Vector128<ulong> key)
    {
        ulong mixed = (key.GetElement(0) * 0x9E3779B97F4A7C15UL) ^ (key.GetElement(1) * 0xC2B2AE3D27D4EB4FUL);
        return _entries + ((mixed * 0x9E3779B97F4A7C15UL) >> _shift);
    }

    /// <summary>Takes the count out of the first of the ids just copied and returns it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Unpack(ref int first)
    {
        int packed = first;
        first = packed & ((1 << CountShift) - 1);
        return (packed >>> CountShift) + 1;
    }

    /// <summary>Replaces an entry, when the ids fit.</summary>
    public static void Store(Entry* entry, Vector128<ulong> key, ReadOnlySpan<int> ids)
    {
        if (ids.Length > 4)
            return;
        Span<int> four = stackalloc int[4];
        ids.CopyTo(four);
        four[0] |= (ids.Length - 1) << CountShift;
        entry->Key = key;
        entry->Ids = Vector128.Create<int>(four);
    }
}
