using System.Buffers.Binary;
using System.Numerics;
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
        int length = data.Length;
        if (length >= 32)
        {
            ulong a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;
            do
            {
                a = Round(a, BinaryPrimitives.ReadUInt64LittleEndian(data));
                b = Round(b, BinaryPrimitives.ReadUInt64LittleEndian(data[8..]));
                c = Round(c, BinaryPrimitives.ReadUInt64LittleEndian(data[16..]));
                d = Round(d, BinaryPrimitives.ReadUInt64LittleEndian(data[24..]));
                data = data[32..];
            }
            while (data.Length >= 32);
            h = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
            h = Merge(Merge(Merge(Merge(h, a), b), c), d);
        }
        else
        {
            h = seed + P5;
        }
        h += (ulong)length;
        for (; data.Length >= 8; data = data[8..])
            h = BitOperations.RotateLeft(h ^ Round(0, BinaryPrimitives.ReadUInt64LittleEndian(data)), 27) * P1 + P4;
        if (data.Length >= 4)
        {
            h = BitOperations.RotateLeft(h ^ (BinaryPrimitives.ReadUInt32LittleEndian(data) * P1), 23) * P2 + P3;
            data = data[4..];
        }
        foreach (byte value in data)
            h = BitOperations.RotateLeft(h ^ (value * P5), 11) * P1;
        h = (h ^ (h >> 33)) * P2;
        h = (h ^ (h >> 29)) * P3;
        return h ^ (h >> 32);
    }

    private static ulong Round(ulong lane, ulong input) => BitOperations.RotateLeft(lane + input * P2, 31) * P1;

    private static ulong Merge(ulong h, ulong lane) => (h ^ Round(0, lane)) * P1 + P4;
}
