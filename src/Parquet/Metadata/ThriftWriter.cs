using System.Text;

namespace DataPipeline.Parquet;

/// <summary>Writes the Thrift compact protocol; fields of a struct are written in rising order of id.</summary>
internal sealed class ThriftWriter(ByteBuffer output)
{
    private readonly Stack<int> _outer = new();
    private int _lastField;

    public void BeginStruct()
    {
        _outer.Push(_lastField);
        _lastField = 0;
    }

    public void BeginStruct(int id)
    {
        Head(id, ThriftType.Struct);
        BeginStruct();
    }

    public void EndStruct()
    {
        output.Add(0);
        _lastField = _outer.Pop();
    }

    public void Int8(int id, int value)
    {
        Head(id, ThriftType.Int8);
        output.Add((byte)value);
    }

    public void Int16(int id, int value)
    {
        Head(id, ThriftType.Int16);
        ZigZag(value);
    }

    public void Int32(int id, int value)
    {
        Head(id, ThriftType.Int32);
        ZigZag(value);
    }

    public void Int64(int id, long value)
    {
        Head(id, ThriftType.Int64);
        ZigZag(value);
    }

    public void Bool(int id, bool value) => Head(id, value ? ThriftType.True : ThriftType.False);

    public void Text(int id, string value) => Binary(id, Encoding.UTF8.GetBytes(value));

    public void Binary(int id, ReadOnlySpan<byte> value)
    {
        Head(id, ThriftType.Binary);
        output.AddVarInt((ulong)value.Length);
        output.Add(value);
    }

    public void BeginList(int id, ThriftType element, int count)
    {
        Head(id, ThriftType.List);
        output.Add((byte)((Math.Min(count, 15) << 4) | (int)element));
        if (count >= 15)
            output.AddVarInt((ulong)count);
    }

    public void ListInt32(int value) => ZigZag(value);

    public void ListInt64(long value) => ZigZag(value);

    public void ListText(string value) => ListBinary(Encoding.UTF8.GetBytes(value));

    public void ListBinary(ReadOnlySpan<byte> value)
    {
        output.AddVarInt((ulong)value.Length);
        output.Add(value);
    }

    private void Head(int id, ThriftType type)
    {
        int delta = id - _lastField;
        if (delta is > 0 and <= 15)
        {
            output.Add((byte)((delta << 4) | (int)type));
        }
        else
        {
            output.Add((byte)type);
            ZigZag(id);
        }

        _lastField = id;
    }

    private void ZigZag(long value) => output.AddVarInt((ulong)((value << 1) ^ (value >> 63)));
}
