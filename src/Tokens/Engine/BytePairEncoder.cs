using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DataPipeline.Tokens.PreTokenize;

namespace DataPipeline.Tokens.Engine;

/// <summary>Byte-pair encoding of UTF-8 that a scanner cuts into pieces.</summary>
/// <remarks>Pieces of up to 15 bytes are 128-bit keys of a direct-mapped cache; on a miss, a scan for the least rank merges them. Longer pieces are encoded in
/// linear time by <see cref="BacktrackTable"/>, or in n log n by <see cref="HeapMerger"/> where the merge list rules it out. A priority queue for
/// every piece was refused: its set-up costs more than fifteen comparisons.</remarks>
internal sealed unsafe class BytePairEncoder
{
    private const int ShortPiece = 15;

    private readonly TokenBytes _tokens;
    private readonly PairTable _pairs;
    private readonly int[] _byteIds;
    private readonly bool _wholePieceFirst;
    private readonly Lazy<BacktrackTable?> _backtrack;

    /// <param name="tokens">The vocabulary.</param>
    /// <param name="pairs">Pairs that merge: rank and result.</param>
    /// <param name="byteIds">The token of each byte.</param>
    /// <param name="wholePieceFirst">A piece that is a token is that token, whatever the merges say (tiktoken, <c>ignore_merges</c>).</param>
    public BytePairEncoder(TokenBytes tokens, PairTable pairs, int[] byteIds, bool wholePieceFirst)
    {
        _tokens = tokens;
        _pairs = pairs;
        _byteIds = byteIds;
        _wholePieceFirst = wholePieceFirst;
        _backtrack = new Lazy<BacktrackTable?>(() => BacktrackTable.TryBuild(_tokens, _pairs, _byteIds));
    }

    /// <summary>Appends the ids of a text.</summary>
    public void Encode<TScanner>(ReadOnlySpan<byte> text, IdBuffer output, EncoderScratch scratch) where TScanner : struct, IScanner
    {
        fixed (byte* start = text)
        {
            byte* end = start + text.Length;
            for (byte* p = start; p < end;)
            {
                byte* next = TScanner.Next(p, end);
                int length = (int)(next - p);
                if (length <= ShortPiece)
                    EncodeShort(p, length, end, output, scratch);
                else
                    EncodeLong(new ReadOnlySpan<byte>(p, length), output, scratch);
                p = next;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void EncodeShort(byte* p, int length, byte* end, IdBuffer output, EncoderScratch scratch)
    {
        Vector128<ulong> key = PieceCache.KeyOf(p, length, end);
        PieceCache.Entry* entry = scratch.Cache.At(key);
        int[] ids = output.Reserve(16);
        if (entry->Key == key)
        {
            ref int slot = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(ids), output.Count);
            Unsafe.WriteUnaligned(ref Unsafe.As<int, byte>(ref slot), entry->Ids);
            output.Count += PieceCache.Unpack(ref slot);
            return;
        }
        int count = MergeShort(p, length, ids.AsSpan(output.Count, 16));
        PieceCache.Store(entry, key, ids.AsSpan(output.Count, count));
        output.Count += count;
    }

    private int MergeShort(byte* p, int length, Span<int> ids)
    {
        if (_wholePieceFirst)
        {
            int whole = _tokens.Find(new ReadOnlySpan<byte>(p, length));
            if (whole >= 0)
            {
                ids[0] = whole;
                return 1;
            }
        }
        for (int i = 0; i < length; i++)
            ids[i] = _byteIds[p[i]];
        return ScanMerger.Merge(_pairs, ids[..length], out _, out _);
    }

    private void EncodeLong(ReadOnlySpan<byte> piece, IdBuffer output, EncoderScratch scratch)
    {
        if (_wholePieceFirst)
        {
            int whole = _tokens.Find(piece);
            if (whole >= 0)
            {
                output.Add(whole);
                return;
            }
        }
        if (_backtrack.Value is { } table)
            table.Encode(piece, output, scratch);
        else
            HeapMerger.Encode(_pairs, _byteIds, piece, output);
    }
}
