using System.Buffers.Binary;

namespace DataPipeline.Parquet;

/// <summary>A byte array that grows and is reused from page to page.</summary>
internal sealed class ByteBuffer
{
    private byte[] _bytes;

    public ByteBuffer(int capacity = 1024) => _bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Appends <paramref name="count"/> bytes and returns them, unset.</summary>
    public Span<byte> Extend(int count)
    {
        int needed = checked(Length + count);
        if (needed > _bytes.Length)
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(needed, _bytes.Length * 2L)));

        Span<byte> span = _bytes.AsSpan(Length, count);
        Length = needed;
        return span;
    }

    /// <summary>Takes back bytes at the end, after an upper bound was asked for.</summary>
    public void Truncate(int length) => Length = length;

    public void Add(byte value) => Extend(1)[0] = value;

    public void Add(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Extend(bytes.Length));

    public void AddInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Extend(4), value);

    public void SetInt32(int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(offset, 4), value);

    public void AddVarInt(ulong value)
    {
        while (value >= 0x80)
        {
            Add((byte)(value | 0x80));
            value >>= 7;
        }

        Add((byte)value);
    }
}
