using System.Text;

namespace DataPipeline.Parquet;

internal enum ThriftType : byte
{
    True = 1,
    False = 2,
    Int8 = 3,
    Int16 = 4,
    Int32 = 5,
    Int64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
}

/// <summary>The data ended inside a Thrift value: more bytes may make it readable.</summary>
internal sealed class ThriftEndException() : Exception("the metadata ends too early");

/// <summary>Reads the Thrift compact protocol from a span; every length is checked against what is left before anything is made from it.</summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> data)
{
    private const int MaxDepth = 32;
    private readonly ReadOnlySpan<byte> _data = data;
    private int _lastField;
    private int _depth;

    public int Position { get; private set; }

    /// <summary>Enters a struct and returns what <see cref="EndStruct"/> needs.</summary>
    public int BeginStruct()
    {
        if (++_depth > MaxDepth)
            throw new ParquetException("the metadata is nested too deeply");

        int saved = _lastField;
        _lastField = 0;
        return saved;
    }

    public void EndStruct(int saved)
    {
        _depth--;
        _lastField = saved;
    }

    public bool NextField(out int id, out ThriftType type)
    {
        byte head = Byte();
        type = (ThriftType)(head & 0x0F);
        if (head == 0)
        {
            id = 0;
            return false;
        }

        id = head >> 4 != 0 ? _lastField + (head >> 4) : (int)ZigZag();
        _lastField = id;
        return true;
    }

    public int Int32(ThriftType type)
    {
        long value = Int64(type);
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw new ParquetException($"the metadata holds {value} where a 32-bit number belongs");
    }

    public long Int64(ThriftType type) => type switch
    {
        ThriftType.Int8 => (sbyte)Byte(),
        ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64 => ZigZag(),
        _ => throw Unexpected(type, "a number"),
    };

    public static bool Bool(ThriftType type) => type switch
    {
        ThriftType.True => true,
        ThriftType.False => false,
        _ => throw Unexpected(type, "a boolean"),
    };

    /// <summary>A boolean inside a list takes a byte: 1 is true, 0 (older writers) and 2 are false.</summary>
    public bool ListBool() => Byte() == 1;

    public ReadOnlySpan<byte> Binary(ThriftType type)
    {
        if (type != ThriftType.Binary)
            throw Unexpected(type, "text");

        ulong length = VarInt();
        if (length > (ulong)(_data.Length - Position))
            throw new ThriftEndException();

        ReadOnlySpan<byte> value = _data.Slice(Position, (int)length);
        Position += (int)length;
        return value;
    }

    public string Text(ThriftType type) => Encoding.UTF8.GetString(Binary(type));

    public int BeginList(ThriftType type, out ThriftType element)
    {
        if (type is not (ThriftType.List or ThriftType.Set))
            throw Unexpected(type, "a list");

        byte head = Byte();
        element = (ThriftType)(head & 0x0F);
        ulong count = (ulong)(head >> 4);
        if (count == 15)
            count = VarInt();

        // Every element takes at least one byte, so a count beyond the rest is a lie or a cut.
        if (count > (ulong)(_data.Length - Position))
            throw new ThriftEndException();

        return (int)count;
    }

    public void Skip(ThriftType type)
    {
        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                break;
            case ThriftType.Int8:
                Byte();
                break;
            case ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64:
                VarInt();
                break;
            case ThriftType.Double:
                Advance(8);
                break;
            case ThriftType.Binary:
                Binary(type);
                break;
            case ThriftType.List or ThriftType.Set:
                SkipList(type);
                break;
            case ThriftType.Map:
                SkipMap();
                break;
            case ThriftType.Struct:
                int saved = BeginStruct();
                while (NextField(out _, out ThriftType inner))
                    Skip(inner);
                EndStruct(saved);
                break;
            default:
                throw Unexpected(type, "a known type");
        }
    }

    private void SkipList(ThriftType type)
    {
        int count = BeginList(type, out ThriftType element);
        int saved = BeginStruct();
        for (int i = 0; i < count; i++)
            SkipElement(element);
        EndStruct(saved);
    }

    private void SkipMap()
    {
        ulong count = VarInt();
        if (count == 0)
            return;

        byte types = Byte();
        int saved = BeginStruct();
        for (ulong i = 0; i < count; i++)
        {
            SkipElement((ThriftType)(types >> 4));
            SkipElement((ThriftType)(types & 0x0F));
        }

        EndStruct(saved);
    }

    // Booleans take a byte inside collections but none as fields.
    private void SkipElement(ThriftType element)
    {
        if (element is ThriftType.True or ThriftType.False)
            Byte();
        else
            Skip(element);
    }

    private byte Byte() => Position < _data.Length ? _data[Position++] : throw new ThriftEndException();

    private void Advance(int count)
    {
        if (count > _data.Length - Position)
            throw new ThriftEndException();
        Position += count;
    }

    private long ZigZag()
    {
        ulong value = VarInt();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private ulong VarInt()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte b = Byte();
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }

        throw new ParquetException("the metadata holds a number of more than ten bytes");
    }

    private static ParquetException Unexpected(ThriftType type, string wanted) => new($"the metadata holds type {(int)type} where {wanted} belongs");
}
