using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using DataPipeline.Tokens.PreTokenize;

namespace DataPipeline.Tokens.Engine;

/// <summary>Byte-pair encoding of UTF-8 that a scanner cuts into pieces.</summary>
/// <remarks>Pieces of up to 15 bytes are 128-bit keys of a direct-mapped cache. Pieces are found 64 at a time and their places in the cache fetched ahead, so that the
/// misses of rare words overlap. What the cache lacks, and longer pieces, are cut where no token can cross (<see cref="SafeSplits"/>), looked up again, and else encoded in
/// linear time by <see cref="BacktrackTable"/>.</remarks>
internal sealed unsafe class BytePairEncoder
{
    private const int ShortPiece = 15;
    private const int Ahead = 64;

    private readonly TokenBytes _tokens;
    private readonly int[] _byteIds;
    private readonly bool _wholePieceFirst;
    private readonly Lazy<BacktrackTable> _backtrack;

    /// <param name="tokens">The vocabulary.</param>
    /// <param name="pairs">Pairs that merge: rank and result.</param>
    /// <param name="byteIds">The token of each byte.</param>
    /// <param name="wholePieceFirst">A piece that is a token is that token, whatever the merges say (tiktoken, <c>ignore_merges</c>).</param>
    public BytePairEncoder(TokenBytes tokens, PairTable pairs, int[] byteIds, bool wholePieceFirst)
    {
        _tokens = tokens;
        _byteIds = byteIds;
        _wholePieceFirst = wholePieceFirst;
        // Tables that exist when the loops are compiled are constants in them.
        RuntimeHelpers.RunClassConstructor(typeof(CodePointClasses).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(PieceCache).TypeHandle);
        _backtrack = new Lazy<BacktrackTable>(() => new BacktrackTable(tokens, pairs, byteIds));
    }

    /// <summary>Appends the ids of a text.</summary>
    [SkipLocalsInit]
    public void Encode<TScanner>(ReadOnlySpan<byte> text, IdBuffer output, EncoderScratch scratch) where TScanner : struct, IScanner
    {
        byte** starts = stackalloc byte*[Ahead + 1];
        PieceCache.Entry** entries = stackalloc PieceCache.Entry*[Ahead];
        Vector128<ulong>* keys = stackalloc Vector128<ulong>[Ahead];
        PieceCache cache = scratch.Cache;
        fixed (byte* start = text)
        {
            byte* end = start + text.Length;
            for (byte* p = start; p < end;)
            {
                int count = 0;
                for (; count < Ahead && p < end; count++)
                {
                    byte* next = TScanner.Next(p, end);
                    int length = (int)(next - p);
                    starts[count] = p;
                    if (length <= ShortPiece)
                    {
                        Vector128<ulong> key = PieceCache.KeyOf(p, length, end);
                        PieceCache.Entry* entry = cache.At(key);
                        keys[count] = key;
                        entries[count] = entry;
                        if (Sse.IsSupported)
                            Sse.Prefetch0(entry);
                    }
                    p = next;
                }
                starts[count] = p;
                EncodePieces(starts, count, keys, entries, end, output, scratch);
            }
        }
    }

    private void EncodePieces(byte** starts, int count, Vector128<ulong>* keys, PieceCache.Entry** entries, byte* end, IdBuffer output, EncoderScratch scratch)
    {
        ref int ids = ref MemoryMarshal.GetArrayDataReference(output.Reserve(4 * count));
        int written = output.Count;
        for (int i = 0; i < count; i++)
        {
            int length = (int)(starts[i + 1] - starts[i]);
            if (length <= ShortPiece)
            {
                PieceCache.Entry* entry = entries[i];
                if (entry->Key == keys[i] || (++entry)->Key == keys[i])
                {
                    written += PieceCache.Unpack(entry, ref Unsafe.Add(ref ids, written));
                    continue;
                }
            }
            output.Count = written;
            bool cut = EncodeNew(_backtrack.Value, starts[i], length, end, output, scratch);
            // Runs of Chinese hardly come again whole; their parts are kept already.
            if (length <= ShortPiece && !(cut && *starts[i] >= 0x80))
                PieceCache.Store(entries[i], keys[i], output.Ids[written..]);
            written = output.Count;
            ids = ref MemoryMarshal.GetArrayDataReference(output.Reserve(4 * (count - i)));
        }
        output.Count = written;
    }

    /// <summary>Appends the ids of a piece that is not in the cache; true when it was cut.</summary>
    private bool EncodeNew(BacktrackTable table, byte* p, int length, byte* end, IdBuffer output, EncoderScratch scratch)
    {
        if (_wholePieceFirst && length <= table.LongestUnreached && _tokens.Find(new ReadOnlySpan<byte>(p, length)) is >= 0 and int whole)
        {
            output.Add(whole);
            return false;
        }
        byte* stop = p + length, from = p;
        for (byte* q = p + 1; q < stop; q++)
        {
            // Places within characters are hardly ever safe, so only those between them are tried.
            if ((*q & 0xC0) != 0x80 && table.Splits.IsSafe(from, q, stop))
            {
                EncodeGroup(table, from, (int)(q - from), end, output, scratch);
                from = q;
            }
        }
        if (from == p)
            table.Encode(p, length, output, scratch);
        else
            EncodeGroup(table, from, (int)(stop - from), end, output, scratch);
        return from != p;
    }

    /// <summary>A part of a piece: it is merged even where it is a token that its bytes do not merge to, so the cache keeps it apart from the same bytes as a piece.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void EncodeGroup(BacktrackTable table, byte* p, int length, byte* end, IdBuffer output, EncoderScratch scratch)
    {
        if (length == 1)
        {
            output.Add(_byteIds[*p]);
            return;
        }
        if (length > ShortPiece)
        {
            table.Encode(p, length, output, scratch);
            return;
        }
        Vector128<ulong> key = PieceCache.KeyOf(p, length, end);
        if (!table.ReachesAll)
            key |= PieceCache.PartOfPiece;
        PieceCache.Entry* entry = scratch.Cache.At(key), found = entry;
        if (found->Key == key || (++found)->Key == key)
        {
            int[] ids = output.Reserve(4);
            output.Count += PieceCache.Unpack(found, ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(ids), output.Count));
            return;
        }
        int before = output.Count;
        table.Encode(p, length, output, scratch);
        PieceCache.Store(entry, key, output.Ids[before..]);
    }
}
