using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DataPipeline.Core;

/// <summary>XXH64 (Collet, xxHash 0.8 specification): the project's only hash where no adversary matters. Files are checked with SHA-256.</summary>
/// <remarks>System.IO.Hashing does not restore here; its XxHash64 gives the same numbers.</remarks>
public static class Hash
{
    private const ulong P1 = 0x9E3779B185EBCA87, P2 = 0xC2B2AE3D27D4EB4F, P3 = 0x165667B19E3779F9, P4 = 0x85EBCA77C2B2AE63, P5 = 0x27D4EB2F165667C5;

    /// <summary>XXH64 of a text's UTF-16 code units, little endian.</summary>
    public static ulong Of(ReadOnlySpan<char> text, ulong seed = 0) => Of(MemoryMarshal.AsBytes(text), seed);

    /// <summary>XXH64 of bytes.</summary>
    public static ulong Of(ReadOnlySpan<byte> data, ulong seed = 0)
    {
        ulong h;
        int length = data.Length, at = 0;
        ref byte first = ref MemoryMarshal.GetReference(data);
        if (length >= 32)
        {
            ulong a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;
            for (; at + 32 <= length; at += 32)
            {
                a = Round(a, Read64(ref first, at));
                b = Round(b, Read64(ref first, at + 8));
                c = Round(c, Read64(ref first, at + 16));
                d = Round(d, Read64(ref first, at + 24));
            }
            h = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
            h = Merge(Merge(Merge(Merge(h, a), b), c), d);
        }
        else
        {
            h = seed + P5;
        }
        h += (ulong)length;
        for (; at + 8 <= length; at += 8)
            h = BitOperations.RotateLeft(h ^ Round(0, Read64(ref first, at)), 27) * P1 + P4;
        if (at + 4 <= length)
        {
            uint four = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, at));
            h = BitOperations.RotateLeft(h ^ ((BitConverter.IsLittleEndian ? four : BinaryPrimitives.ReverseEndianness(four)) * P1), 23) * P2 + P3;
            at += 4;
        }
        for (; at < length; at++)
            h = BitOperations.RotateLeft(h ^ (data[at] * P5), 11) * P1;
        h = (h ^ (h >> 33)) * P2;
        h = (h ^ (h >> 29)) * P3;
        return h ^ (h >> 32);
    }

    /// <summary>A hash for tables in memory whose equal hashes are compared afterwards: several times as fast as XXH64 on a line of text, and another in the next version.</summary>
    /// <remarks>16 bytes are folded into a state by one multiplication to 128 bits, two states side by side as long as there are 32; the last 16 are read again where they end.</remarks>
    public static ulong OfPiece(ReadOnlySpan<char> text)
    {
        ref byte first = ref MemoryMarshal.GetReference(MemoryMarshal.AsBytes(text));
        int length = text.Length * sizeof(char), at = 0;
        ulong state = P5 ^ (ulong)length;
        if (length > 32)
        {
            ulong other = P4;
            for (; at + 32 < length; at += 32)
            {
                state = Fold(state ^ Read64(ref first, at), Read64(ref first, at + 8) ^ P2);
                other = Fold(other ^ Read64(ref first, at + 16), Read64(ref first, at + 24) ^ P3);
            }
            state ^= BitOperations.RotateLeft(other, 29);
        }
        for (; at + 16 < length; at += 16)
            state = Fold(state ^ Read64(ref first, at), Read64(ref first, at + 8) ^ P2);
        if (length >= 16)
            return Fold(state ^ Read64(ref first, length - 16), Read64(ref first, length - 8) ^ P3);
        ulong low = 0, high = 0;
        for (int i = 0; i < text.Length; i++)
            (low, high) = ((low << 16) | text[i], (high << 16) | (low >> 48));
        return Fold(state ^ low, high ^ P3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a ^ P1, b, out ulong low);
        return high ^ low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read64(ref byte first, int at)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, at));
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    private static ulong Round(ulong lane, ulong input) => BitOperations.RotateLeft(lane + input * P2, 31) * P1;

    private static ulong Merge(ulong h, ulong lane) => (h ^ Round(0, lane)) * P1 + P4;
}
