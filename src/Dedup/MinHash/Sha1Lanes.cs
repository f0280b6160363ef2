using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DataPipeline.Dedup.MinHash;

/// <summary>The first 64 bits of SHA-1 (FIPS 180-4) of eight pieces side by side, one in each 32-bit lane; a call of the platform's takes ten times as long for each.</summary>
internal static class Sha1Lanes
{
    /// <summary>Pieces that are hashed together.</summary>
    public const int Count = 8;

    private const int BlockBytes = 64, Words = 16;

    /// <summary>Blocks of a piece with what SHA-1 puts behind it.</summary>
    public static int Blocks(int length) => (length + 8) / BlockBytes + 1;

    /// <summary>Hashes pieces of one number of blocks: the first 8 bytes of each digest as a little-endian number.</summary>
    /// <param name="text">Where they stand, with a block of anything behind the last.</param>
    /// <param name="starts">Their places, and seven more.</param>
    /// <param name="lengths">Their lengths in bytes, and seven more.</param>
    /// <param name="hashes">As many as pieces.</param>
    public static void Of(ReadOnlySpan<byte> text, ReadOnlySpan<int> starts, ReadOnlySpan<int> lengths, Span<ulong> hashes)
    {
        Span<ulong> eight = stackalloc ulong[Count];
        for (int i = 0; i < hashes.Length; i += Count)
        {
            Eight(text, starts.Slice(i, Count), lengths.Slice(i, Count), eight);
            eight[..Math.Min(Count, hashes.Length - i)].CopyTo(hashes[i..]);
        }
    }

    [SkipLocalsInit]
    private static void Eight(ReadOnlySpan<byte> text, ReadOnlySpan<int> starts, ReadOnlySpan<int> lengths, Span<ulong> hashes)
    {
        Span<byte> padded = stackalloc byte[Count * BlockBytes];
        Span<Vector256<uint>> message = stackalloc Vector256<uint>[Words];
        Vector256<uint> s0 = Vector256.Create(0x67452301u), s1 = Vector256.Create(0xEFCDAB89u), s2 = Vector256.Create(0x98BADCFEu), s3 = Vector256.Create(0x10325476u), s4 = Vector256.Create(0xC3D2E1F0u);
        for (int block = 0, blocks = Blocks(lengths[0]); block < blocks; block++)
        {
            for (int lane = 0; lane < Count; lane++)
                Pad(text, starts[lane], lengths[lane], block, padded.Slice(lane * BlockBytes, BlockBytes));
            for (int word = 0; word < Words; word += Count)
                Transpose(MemoryMarshal.Cast<byte, uint>(padded), word, message.Slice(word, Count));
            Vector256<uint> a = s0, b = s1, c = s2, d = s3, e = s4;
            for (int round = 0; round < 80; round++)
            {
                ref Vector256<uint> w = ref message[round % Words];
                if (round >= Words)
                    w = Rotate(w ^ message[(round + 2) % Words] ^ message[(round + 8) % Words] ^ message[(round + 13) % Words], 1);
                Vector256<uint> f = round < 20 ? Vector256.ConditionalSelect(b, c, d) + Vector256.Create(0x5A827999u)
                    : round < 40 ? (b ^ c ^ d) + Vector256.Create(0x6ED9EBA1u)
                    : round < 60 ? ((b & c) | (d & (b | c))) + Vector256.Create(0x8F1BBCDCu)
                    : (b ^ c ^ d) + Vector256.Create(0xCA62C1D6u);
                Vector256<uint> next = Rotate(a, 5) + e + (f + w);
                (a, b, c, d, e) = (next, a, Rotate(b, 30), c, d);
            }
            (s0, s1, s2, s3, s4) = (s0 + a, s1 + b, s2 + c, s3 + d, s4 + e);
        }
        for (int lane = 0; lane < Count; lane++)
            hashes[lane] = BinaryPrimitives.ReverseEndianness(s0[lane]) | (ulong)BinaryPrimitives.ReverseEndianness(s1[lane]) << 32;
    }

    /// <summary>A block of a piece: its bytes, a one bit, zeros, and in the last its length in bits.</summary>
    private static void Pad(ReadOnlySpan<byte> text, int start, int length, int block, Span<byte> padded)
    {
        int from = block * BlockBytes, left = Math.Clamp(length - from, 0, BlockBytes);
        text.Slice(start + (left == 0 ? 0 : from), BlockBytes).CopyTo(padded);
        padded[left..].Clear();
        if (length - from is >= 0 and < BlockBytes)
            padded[length - from] = 0x80;
        if (block == Blocks(length) - 1)
            BinaryPrimitives.WriteUInt64BigEndian(padded[^8..], (ulong)length * 8);
    }

    /// <summary>Eight words of each block, big-endian, to a vector for each word.</summary>
    private static void Transpose(ReadOnlySpan<uint> blocks, int word, Span<Vector256<uint>> message)
    {
        for (int i = 0; i < Count; i++, word++)
        {
            message[i] = Reverse(Vector256.Create(blocks[word], blocks[Words + word], blocks[2 * Words + word], blocks[3 * Words + word],
                blocks[4 * Words + word], blocks[5 * Words + word], blocks[6 * Words + word], blocks[7 * Words + word]));
        }
    }

    private static Vector256<uint> Reverse(Vector256<uint> words) => Vector256.Shuffle(words.AsByte(), Vector256.Create((byte)
        3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12, 19, 18, 17, 16, 23, 22, 21, 20, 27, 26, 25, 24, 31, 30, 29, 28)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate(Vector256<uint> value, [ConstantExpected] byte bits) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.RotateLeft(value, bits) : (value << bits) | (value >>> (32 - bits));
}
