using System.Buffers.Binary;
using System.Numerics;

namespace DataPipeline.Dedup.MinHash;

/// <summary>XXH32 (Collet, xxHash 0.8 specification), seed 0.</summary>
internal static class XxHash32
{
    private const uint P1 = 0x9E3779B1, P2 = 0x85EBCA77, P3 = 0xC2B2AE3D, P4 = 0x27D4EB2F, P5 = 0x165667B1;

    public static uint Of(ReadOnlySpan<byte> data)
    {
        uint length = (uint)data.Length, h = P5;
        if (data.Length >= 16)
        {
            uint a = unchecked(P1 + P2), b = P2, c = 0, d = unchecked(0 - P1);
            for (; data.Length >= 16; data = data[16..])
            {
                a = Round(a, data);
                b = Round(b, data[4..]);
                c = Round(c, data[8..]);
                d = Round(d, data[12..]);
            }
            h = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
        }
        h += length;
        for (; data.Length >= 4; data = data[4..])
            h = BitOperations.RotateLeft(h + BinaryPrimitives.ReadUInt32LittleEndian(data) * P3, 17) * P4;
        foreach (byte value in data)
            h = BitOperations.RotateLeft(h + value * P5, 11) * P1;
        h = (h ^ (h >> 15)) * P2;
        h = (h ^ (h >> 13)) * P3;
        return h ^ (h >> 16);
    }

    private static uint Round(uint lane, ReadOnlySpan<byte> data) =>
        BitOperations.RotateLeft(lane + BinaryPrimitives.ReadUInt32LittleEndian(data) * P2, 13) * P1;
}
