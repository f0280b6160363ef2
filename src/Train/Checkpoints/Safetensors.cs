using System.Buffers.Binary;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>
/// Reads and writes Hugging Face's safetensors: an 8-byte header length, a JSON header naming each tensor's type, shape and byte range, then the
/// bytes in row-major little-endian order. Nothing in a file is trusted: every length, range and product is checked before a byte is read.
/// </summary>
public static class Safetensors
{
    // The reference implementation's own limit.
    private const long LongestHeader = 100_000_000;
    private const int BufferBytes = 1 << 20;

    private static readonly (string Name, ScalarType Type)[] types =
    [
        ("F64", ScalarType.Float64), ("F32", ScalarType.Float32), ("F16", ScalarType.Float16), ("BF16", ScalarType.BFloat16), ("I64", ScalarType.Int64),
        ("I32", ScalarType.Int32), ("I16", ScalarType.Int16), ("I8", ScalarType.Int8), ("U8", ScalarType.Byte), ("BOOL", ScalarType.Bool),
    ];

    /// <summary>One tensor of a file before it is read.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Type">Its element type.</param>
    /// <param name="Shape">Lengths of its dimensions.</param>
    /// <param name="Begin">Offset in the file of its first byte.</param>
    /// <param name="Bytes">Length in bytes.</param>
    public sealed record Entry(string Name, ScalarType Type, long[] Shape, long Begin, long Bytes);

    /// <summary>Writes the tensors in the order given and flushes the file to the disk.</summary>
    public static void Write(string path, IEnumerable<Weight> tensors)
    {
        Weight[] all = [.. tensors];
        byte[] header = Header(all);
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        file.Write(length);
        file.Write(header);
        foreach (Weight tensor in all)
        {
            using var scope = torch.NewDisposeScope();
            tensor.Value.detach().cpu().contiguous().WriteTo(file);
        }
        file.Flush(flushToDisk: true);
    }

    /// <summary>Reads every tensor of a file into main memory; they belong to the current dispose scope.</summary>
    public static IReadOnlyList<Weight> Read(string path) => Read(path, _ => true);

    /// <summary>Reads the tensors whose names are wanted.</summary>
    public static IReadOnlyList<Weight> Read(string path, Func<string, bool> isWanted)
    {
        using FileStream file = Open(path);
        return [.. Entries(file, path).Where(entry => isWanted(entry.Name)).Select(entry => new Weight(entry.Name, ReadTensor(file, path, entry)))];
    }

    /// <summary>What a file holds, in file order, without reading the tensors.</summary>
    public static IReadOnlyList<Entry> Entries(string path)
    {
        using FileStream file = Open(path);
        return Entries(file, path);
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);

    private static byte[] Header(Weight[] tensors)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            long at = 0;
            foreach (Weight tensor in tensors)
            {
                long bytes = tensor.Value.numel() * torch.element_size(tensor.Value.dtype);
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", Array.Find(types, t => t.Type == tensor.Value.dtype).Name);
                json.WriteStartArray("shape");
                foreach (long dimension in tensor.Value.shape) json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += bytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // Spaces after the JSON put the first tensor on a multiple of 8, where readers can map it.
        while (memory.Length % 8 != 0) memory.WriteByte((byte)' ');
        return memory.ToArray();
    }

    private static List<Entry> Entries(FileStream file, string path)
    {
        Span<byte> eight = stackalloc byte[8];
        if (file.ReadAtLeast(eight, 8, throwOnEndOfStream: false) < 8) throw Bad(path, 0, "shorter than its 8-byte header length");
        long length = BinaryPrimitives.ReadInt64LittleEndian(eight);
        if (length < 2 || length > LongestHeader || length > file.Length - 8) throw Bad(path, 0, $"the header claims {length} bytes, the file has {file.Length}");
        var header = new byte[length];
        file.ReadExactly(header);
        var entries = new List<Entry>();
        try
        {
            using var json = JsonDocument.Parse(header);
            var names = new HashSet<string>();
            foreach (JsonProperty property in json.RootElement.EnumerateObject())
            {
                if (property.Name == "__metadata__") continue;
                if (!names.Add(property.Name)) throw Bad(path, 8, $"tensor '{property.Name}' is named twice");
                entries.Add(ParseEntry(property, 8 + length, path));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException)
        {
            throw new InputException($"{path}: offset 8: the header is not a safetensors header: {e.Message}", e);
        }
        CheckRanges(entries, 8 + length, file.Length, path);
        return entries;
    }

    private static Entry ParseEntry(JsonProperty property, long data, string path)
    {
        string type = property.Value.GetProperty("dtype").GetString() ?? "";
        if (Array.FindIndex(types, t => t.Name == type) is var index && index < 0) throw Bad(path, 8, $"tensor '{property.Name}' has the unknown type '{type}'");
        long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())];
        JsonElement offsets = property.Value.GetProperty("data_offsets");
        long begin = offsets[0].GetInt64(), end = offsets[1].GetInt64();
        if (begin < 0 || end < begin || begin > long.MaxValue - data) throw Bad(path, 8, $"tensor '{property.Name}' has the offsets {begin} to {end}");
        try
        {
            long bytes = torch.element_size(types[index].Type);
            foreach (long dimension in shape)
            {
                if (dimension < 0) throw Bad(path, 8, $"tensor '{property.Name}' has a negative dimension");
                bytes = checked(bytes * dimension);
            }
            if (bytes != end - begin) throw Bad(path, 8, $"tensor '{property.Name}' needs {bytes} bytes for its shape, its offsets span {end - begin}");
        }
        catch (OverflowException)
        {
            throw Bad(path, 8, $"tensor '{property.Name}' has a shape beyond 64 bits");
        }
        return new Entry(property.Name, types[index].Type, shape, data + begin, end - begin);
    }

    // The format allows neither holes nor overlaps, so that one file cannot be read in two ways.
    private static void CheckRanges(List<Entry> entries, long data, long length, string path)
    {
        long at = data;
        foreach (Entry entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.Bytes))
        {
            if (entry.Begin != at) throw Bad(path, at, $"tensor '{entry.Name}' begins at {entry.Begin}, after a hole or inside its neighbour");
            at += entry.Bytes;
        }
        if (at != length) throw Bad(path, at, $"the tensors end here, the file has {length} bytes (cut short, or followed by something else)");
    }

    private static Tensor ReadTensor(FileStream file, string path, Entry entry)
    {
        Tensor tensor = torch.empty(entry.Shape, entry.Type);
        file.Position = entry.Begin;
        try
        {
            tensor.ReadFrom(file);
        }
        catch (EndOfStreamException e)
        {
            tensor.Dispose();
            throw new InputException($"{path}: offset {entry.Begin}: tensor '{entry.Name}' is cut short", e);
        }
        return tensor;
    }

    private static InputException Bad(string path, long offset, string what) => new($"{path}: offset {offset}: {what}. Take an older checkpoint, or fetch the file again");
}
