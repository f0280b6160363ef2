using System.Buffers.Binary;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

/// <summary>Damages a Parquet file where it hurts: footers, page headers, levels, first and last bytes of page bodies, index and Bloom filters, lengths.</summary>
internal sealed class Mutator
{
    private readonly byte[] _whole;
    private readonly List<(int Start, int Length)> _headers = [];
    private readonly List<(int Start, int Length)> _bodies = [];
    private readonly (int Start, int Length) _footer;
    private readonly (int Start, int Length) _index;

    public Mutator(byte[] whole)
    {
        _whole = whole;
        int footer = BinaryPrimitives.ReadInt32LittleEndian(whole.AsSpan(whole.Length - 8));
        _footer = (whole.Length - 8 - footer, footer);
        using ParquetReader reader = ParquetReader.Open(new MemoryStream(whole));
        long end = 4;
        foreach (ColumnMetadata column in reader.Metadata.RowGroups.SelectMany(group => group.Columns))
        {
            long at = column.StartOffset;
            end = Math.Max(end, at + column.CompressedBytes);
            while (at < column.StartOffset + column.CompressedBytes)
            {
                int bytes = PageHeader.Read(whole.AsSpan((int)at), out PageHeader header);
                _headers.Add(((int)at, bytes));
                _bodies.Add(((int)at + bytes, header.CompressedSize));
                at += bytes + header.CompressedSize;
            }
        }

        _index = ((int)end, _footer.Start - (int)end);
    }

    public byte[] Next(Random random)
    {
        byte[] bytes = [.. _whole];
        for (int changes = 1 + random.Next(3); changes > 0; changes--)
        {
            switch (random.Next(8))
            {
                case 0:
                    Overwrite(random, bytes, (0, bytes.Length));
                    break;
                case 1 or 2:
                    Overwrite(random, bytes, _footer);
                    break;
                case 3 or 4:
                    Overwrite(random, bytes, _headers[random.Next(_headers.Count)]);
                    break;
                case 5:
                    Overwrite(random, bytes, _index);
                    break;
                case 6:
                    (int start, int length) = _bodies[random.Next(_bodies.Count)];
                    Overwrite(random, bytes, (start, Math.Min(length, 24)));
                    break;
                default:
                    bytes = Shift(random, bytes);
                    break;
            }
        }

        return bytes;
    }

    /// <summary>Puts one to nine bytes into a range: a number in Thrift's or in plain form that is huge, negative, zero or off by one.</summary>
    private static void Overwrite(Random random, byte[] bytes, (int Start, int Length) range)
    {
        if (range.Length == 0 || range.Start + range.Length > bytes.Length)
            return;
        int at = range.Start + random.Next(range.Length);
        ReadOnlySpan<byte> value = random.Next(8) switch
        {
            0 => [0xFF],
            1 => [0],
            2 => [(byte)random.Next(256)],
            3 => [(byte)(bytes[at] ^ (1 << random.Next(8)))],
            4 => [(byte)(bytes[at] + (random.Next(2) == 0 ? 1 : -1))],
            5 => [0xFE, 0xFF, 0xFF, 0xFF, 0x0F],
            6 => [0xFF, 0xFF, 0xFF, 0x7F],
            _ => [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
        };
        value[..Math.Min(value.Length, bytes.Length - at)].CopyTo(bytes.AsSpan(at));
    }

    /// <summary>Takes some bytes out or puts some in, so that all that follows lies elsewhere than the footer says.</summary>
    private static byte[] Shift(Random random, byte[] bytes)
    {
        int at = 4 + random.Next(bytes.Length - 12), count = Math.Min(1 + random.Next(20), bytes.Length - 12 - at);
        if (count <= 0)
            return bytes;
        return random.Next(2) == 0 ? [.. bytes[..at], .. bytes[(at + count)..]] : [.. bytes[..at], .. bytes[at..(at + count)], .. bytes[at..]];
    }
}
