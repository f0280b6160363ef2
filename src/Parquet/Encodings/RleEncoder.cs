using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace DataPipeline.Parquet;

/// <summary>Writes the hybrid of run-length and bit-packed runs that holds levels and dictionary indices.</summary>
internal sealed class RleEncoder
{
    private const int MaxPacked = 504;
    private readonly int[] _packed = new int[MaxPacked];
    private ByteBuffer _output = new(0);
    private int _width;
    private int _packedCount;

    /// <summary>Bits that hold every value up to <paramref name="largest"/>.</summary>
    public static int WidthOf(int largest) => 32 - BitOperations.LeadingZeroCount((uint)largest);

    public void Start(ByteBuffer output, int width) => (_output, _width, _packedCount) = (output, width, 0);

    public void Add(int value, long count)
    {
        // A started group of eight has to be filled before a run may follow it.
        while (count > 0 && (_packedCount & 7) != 0)
        {
            Pack(value);
            count--;
        }

        if (count >= 8)
        {
            Flush();
            while (count > 0)
            {
                int length = (int)Math.Min(count, int.MaxValue);
                _output.AddVarInt((ulong)length << 1);
                for (int bits = 0; bits < _width; bits += 8)
                    _output.Add((byte)(value >> bits));
                count -= length;
            }
        }

        for (; count > 0; count--)
            Pack(value);
    }

    public void Add(ReadOnlySpan<int> values)
    {
        for (int at = 0; at < values.Length;)
        {
            int value = values[at];
            int next = at + 1;
            while (next < values.Length && values[next] == value)
                next++;
            Add(value, next - at);
            at = next;
        }
    }

    /// <summary>Starts a single packed run of <paramref name="total"/> values in whole bytes: a compressor finds repeats there, which runs of odd widths hide.</summary>
    public static void StartAligned(ByteBuffer output, int total) => output.AddVarInt(((((ulong)total + 7) / 8) << 1) | 1);

    /// <summary>Appends some of the values of a run in <paramref name="bytes"/> bytes each.</summary>
    public static void AddAligned(ReadOnlySpan<int> values, int bytes, ByteBuffer output)
    {
        Span<byte> target = output.Extend(values.Length * bytes);
        switch (bytes)
        {
            case 1:
                for (int i = 0; i < values.Length; i++)
                    target[i] = (byte)values[i];
                break;
            case 2:
                Span<ushort> halves = MemoryMarshal.Cast<byte, ushort>(target);
                for (int i = 0; i < halves.Length; i++)
                    halves[i] = (ushort)values[i];
                break;
            default:
                for (int i = 0; i < values.Length; i++)
                {
                    target[3 * i] = (byte)values[i];
                    target[(3 * i) + 1] = (byte)(values[i] >> 8);
                    target[(3 * i) + 2] = (byte)(values[i] >> 16);
                }

                break;
        }
    }

    /// <summary>Fills the last group of eight of an aligned run.</summary>
    public static void EndAligned(int total, int bytes, ByteBuffer output) => output.Extend((((total + 7) / 8 * 8) - total) * bytes).Clear();

    /// <summary>Writes what is pending; the last group is padded with zeros.</summary>
    public void Flush()
    {
        if (_packedCount == 0)
            return;

        int groups = (_packedCount + 7) / 8;
        _packed.AsSpan(_packedCount, (groups * 8) - _packedCount).Clear();
        _output.AddVarInt(((ulong)groups << 1) | 1);
        PackBits(_packed.AsSpan(0, groups * 8), _output.Extend(groups * _width));
        _packedCount = 0;
    }

    private void Pack(int value)
    {
        _packed[_packedCount++] = value;
        if (_packedCount == MaxPacked)
            Flush();
    }

    private void PackBits(ReadOnlySpan<int> values, Span<byte> target)
    {
        ulong bits = 0;
        int held = 0, at = 0;
        foreach (int value in values)
        {
            bits |= (ulong)(uint)value << held;
            held += _width;
            if (held >= 32)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(target[at..], (uint)bits);
                at += 4;
                bits >>= 32;
                held -= 32;
            }
        }

        for (; held > 0; held -= 8, bits >>= 8)
            target[at++] = (byte)bits;
    }
}
