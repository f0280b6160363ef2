using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DataPipeline.Parquet;

/// <summary>
/// The checksum that page headers may carry: CRC-32 as gzip has it. 64 bytes a step by carry-less multiplication, which folds them into 16 bytes with the
/// same remainder (Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ", 2009); the rest eight bytes a step (slicing, Kounavis and Berry 2005).
/// </summary>
internal static class Crc32
{
    private static readonly uint[][] s_tables = MakeTables();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        if (Pclmulqdq.IsSupported && bytes.Length >= 128)
        {
            Span<byte> folded = stackalloc byte[16];
            bytes = bytes[Fold(bytes, crc, folded)..];
            crc = Slice(0, folded);
        }

        return ~Slice(crc, bytes);
    }

    /// <summary>Folds whole blocks of 64 bytes into 16 and returns how many bytes those were.</summary>
    private static int Fold(ReadOnlySpan<byte> bytes, uint crc, Span<byte> folded)
    {
        // x to the powers 4 * 128 + 64, 4 * 128, 128 + 64 and 128 modulo the polynomial, bits reversed.
        Vector128<ulong> byFour = Vector128.Create(0x154442bd4UL, 0x1c6e41596), byOne = Vector128.Create(0x1751997d0UL, 0x0ccaa009e);
        ReadOnlySpan<Vector128<ulong>> blocks = MemoryMarshal.Cast<byte, Vector128<ulong>>(bytes[..(bytes.Length / 64 * 64)]);
        Vector128<ulong> a = blocks[0] ^ Vector128.CreateScalar((ulong)crc), b = blocks[1], c = blocks[2], d = blocks[3];
        for (int i = 4; i < blocks.Length; i += 4)
        {
            a = Step(a, byFour) ^ blocks[i];
            b = Step(b, byFour) ^ blocks[i + 1];
            c = Step(c, byFour) ^ blocks[i + 2];
            d = Step(d, byFour) ^ blocks[i + 3];
        }

        (Step(Step(Step(a, byOne) ^ b, byOne) ^ c, byOne) ^ d).AsByte().CopyTo(folded);
        return blocks.Length * 16;
    }

    private static Vector128<ulong> Step(Vector128<ulong> block, Vector128<ulong> powers) =>
        Pclmulqdq.CarrylessMultiply(block, powers, 0x00) ^ Pclmulqdq.CarrylessMultiply(block, powers, 0x11);

    private static uint Slice(uint crc, ReadOnlySpan<byte> bytes)
    {
        uint[] t0 = s_tables[0], t1 = s_tables[1], t2 = s_tables[2], t3 = s_tables[3], t4 = s_tables[4], t5 = s_tables[5], t6 = s_tables[6], t7 = s_tables[7];
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ crc;
            crc = t7[(byte)word] ^ t6[(byte)(word >> 8)] ^ t5[(byte)(word >> 16)] ^ t4[(byte)(word >> 24)]
                ^ t3[(byte)(word >> 32)] ^ t2[(byte)(word >> 40)] ^ t1[(byte)(word >> 48)] ^ t0[(byte)(word >> 56)];
        }

        foreach (byte b in bytes)
            crc = t0[(byte)(crc ^ b)] ^ (crc >> 8);
        return crc;
    }

    private static uint[][] MakeTables()
    {
        var tables = new uint[8][];
        tables[0] = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
            tables[0][i] = value;
        }

        for (int k = 1; k < tables.Length; k++)
        {
            tables[k] = new uint[256];
            for (int i = 0; i < 256; i++)
                tables[k][i] = tables[0][(byte)tables[k - 1][i]] ^ (tables[k - 1][i] >> 8);
        }

        return tables;
    }
}
