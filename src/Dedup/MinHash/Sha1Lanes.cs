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

    private const int BlockBytes = 64, Words = 16, Rounds = 80;

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
        Span<Vector256<uint>> message = stackalloc Vector256<uint>[Rounds];
        Vector256<uint> s0 = Vector256.Create(0x67452301u), s1 = Vector256.Create(0xEFCDAB89u), s2 = Vector256.Create(0x98BADCFEu), s3 = Vector256.Create(0x10325476u), s4 = Vector256.Create(0xC3D2E1F0u);
        for (int block = 0, blocks = Blocks(lengths[0]); block < blocks; block++)
        {
            for (int lane = 0; lane < Count; lane++)
                Pad(text, starts[lane], lengths[lane], block, padded.Slice(lane * BlockBytes, BlockBytes));
            for (int word = 0; word < Words; word += Count)
                Transpose(MemoryMarshal.Cast<byte, uint>(padded), word, message.Slice(word, Count));
            for (int t = Words; t < Rounds; t++)
                message[t] = Rotate(message[t - 3] ^ message[t - 8] ^ message[t - 14] ^ message[t - 16], 1);
            (Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, Vector256<uint> e) = (s0, s1, s2, s3, s4);
            for (int t = 0; t < 20; t += 5)
                Five(0, 0x5A827999, message.Slice(t, 5), ref a, ref b, ref c, ref d, ref e);
            for (int t = 20; t < 40; t += 5)
                Five(1, 0x6ED9EBA1, message.Slice(t, 5), ref a, ref b, ref c, ref d, ref e);
            for (int t = 40; t < 60; t += 5)
                Five(2, 0x8F1BBCDC, message.Slice(t, 5), ref a, ref b, ref c, ref d, ref e);
            for (int t = 60; t < 80; t += 5)
                Five(1, 0xCA62C1D6, message.Slice(t, 5), ref a, ref b, ref c, ref d, ref e);
            (s0, s1, s2, s3, s4) = (s0 + a, s1 + b, s2 + c, s3 + d, s4 + e);
        }
        for (int lane = 0; lane < Count; lane++)
            hashes[lane] = BinaryPrimitives.ReverseEndianness(s0[lane]) | (ulong)BinaryPrimitives.ReverseEndianness(s1[lane]) << 32;
    }

    /// <summary>Five rounds, behind which each of the five variables has its own place again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Five(
        [ConstantExpected] int function, uint constant, ReadOnlySpan<Vector256<uint>> words, ref Vector256<uint> a, ref Vector256<uint> b, ref Vector256<uint> c, ref Vector256<uint> d, ref Vector256<uint> e)
    {
        Vector256<uint> k = Vector256.Create(constant);
        e += Rotate(a, 5) + Mix(function, b, c, d) + (words[0] + k);
        b = Rotate(b, 30);
        d += Rotate(e, 5) + Mix(function, a, b, c) + (words[1] + k);
        a = Rotate(a, 30);
        c += Rotate(d, 5) + Mix(function, e, a, b) + (words[2] + k);
        e = Rotate(e, 30);
        b += Rotate(c, 5) + Mix(function, d, e, a) + (words[3] + k);
        d = Rotate(d, 30);
        a += Rotate(b, 5) + Mix(function, c, d, e) + (words[4] + k);
        c = Rotate(c, 30);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Mix(int function, Vector256<uint> x, Vector256<uint> y, Vector256<uint> z) =>
        function == 0 ? Vector256.ConditionalSelect(x, y, z) : function == 1 ? x ^ y ^ z : (x & y) | (z & (x | y));

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
