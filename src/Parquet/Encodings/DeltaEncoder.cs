using System.Numerics;

namespace DataPipeline.Parquet;

/// <summary>Writes DELTA_BINARY_PACKED: blocks of 128 differences in four miniblocks, each packed in its own width.</summary>
internal sealed class DeltaEncoder
{
    private const int BlockSize = 128;
    private const int MiniBlocks = 4;
    private const int PerMiniBlock = BlockSize / MiniBlocks;
    private readonly long[] _block = new long[BlockSize];

    /// <summary>Appends all values; differences wrap at the column's width, as readers expect.</summary>
    public void Encode(ReadOnlySpan<long> values, bool is32Bits, ByteBuffer output)
    {
        output.AddVarInt(BlockSize);
        output.AddVarInt(MiniBlocks);
        output.AddVarInt((ulong)values.Length);
        output.AddVarInt(ZigZag(values.Length == 0 ? 0 : values[0]));
        for (int at = 1; at < values.Length; at += BlockSize)
        {
            int count = Math.Min(BlockSize, values.Length - at);
            for (int i = 0; i < count; i++)
            {
                long difference = unchecked(values[at + i] - values[at + i - 1]);
                _block[i] = is32Bits ? (int)difference : difference;
            }

            WriteBlock(count, is32Bits, output);
        }
    }

    private void WriteBlock(int count, bool is32Bits, ByteBuffer output)
    {
        Span<long> block = _block;
        long min = block[0];
        foreach (long difference in block[..count])
            min = Math.Min(min, difference);
        output.AddVarInt(ZigZag(min));

        // Values past the end are zeros above the minimum; a miniblock with none before the end has width 0 and no bytes.
        block[count..].Fill(min);
        Span<byte> widths = stackalloc byte[MiniBlocks];
        for (int m = 0; m < MiniBlocks; m++)
        {
            ulong bits = 0;
            foreach (long difference in block.Slice(m * PerMiniBlock, PerMiniBlock))
                bits |= Above(difference, min, is32Bits);
            widths[m] = (byte)(64 - BitOperations.LeadingZeroCount(bits));
        }

        output.Add(widths);
        for (int m = 0; m < MiniBlocks; m++)
            Pack(block.Slice(m * PerMiniBlock, PerMiniBlock), min, is32Bits, widths[m], output);
    }

    private static void Pack(ReadOnlySpan<long> differences, long min, bool is32Bits, int width, ByteBuffer output)
    {
        UInt128 held = 0;
        int bits = 0;
        foreach (long difference in differences)
        {
            held |= (UInt128)Above(difference, min, is32Bits) << bits;
            for (bits += width; bits >= 8; bits -= 8)
            {
                output.Add((byte)held);
                held >>= 8;
            }
        }
    }

    private static ulong Above(long difference, long min, bool is32Bits) =>
        is32Bits ? unchecked((uint)(difference - min)) : unchecked((ulong)(difference - min));

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));
}
