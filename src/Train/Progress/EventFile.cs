using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace DataPipeline.Train;

/// <summary>Writes the numbers of log.jsonl as a file that TensorBoard shows.</summary>
/// <remarks>
/// The file is a function of the log alone: a run that was stopped gives the bytes of one that was not, so its checksum can stand in a manifest. For that the wall time
/// of an event, which TensorBoard wants, is the step in seconds after 1970; look at it over steps, not over time.
/// Format: TFRecord frames (length, masked CRC-32C of the length, data, masked CRC-32C of the data) of Event messages of protocol buffers, each with a Summary of scalars.
/// </remarks>
internal sealed class EventFile : IDisposable
{
    /// <summary>TensorBoard finds files by `tfevents` in the name.</summary>
    internal const string Name = "events.out.tfevents.0.log";

    private readonly FileStream file;

    /// <summary>Opens the file and makes it hold what the log holds.</summary>
    /// <param name="path">The file.</param>
    /// <param name="log">Lines of the log so far.</param>
    public EventFile(string path, IEnumerable<string> log)
    {
        file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        // The same bytes are written over those that are there: a TensorBoard that reads along is not disturbed.
        Write([.. Double(1, 0), .. Message(3, "brain.Event:2"u8)]);
        foreach (string line in log) Add(line);
        file.Flush();
        file.SetLength(file.Position);
    }

    /// <summary>Adds the numbers of a line: `kind/name`, or `kind/source/name` where it has a source; an object in it gives a number for each of its properties.</summary>
    public void Add(string line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        JsonElement entry = json.RootElement;
        string prefix = entry.GetProperty("kind").GetString()! + (entry.TryGetProperty("source", out JsonElement source) ? $"/{source.GetString()}" : "");
        var values = new List<byte>();
        foreach ((string tag, double value) in Numbers(prefix, entry))
            values.AddRange(Message(1, [.. Message(1, Encoding.UTF8.GetBytes(tag)), .. Float(2, (float)value)]));
        int step = entry.GetProperty("step").GetInt32();
        Write([.. Double(1, step), .. Number(2, (ulong)step), .. Message(5, [.. values])]);
    }

    /// <summary>Hands what was written to the system.</summary>
    public void Flush() => file.Flush();

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static IEnumerable<(string Tag, double Value)> Numbers(string prefix, JsonElement entry)
    {
        foreach (JsonProperty property in entry.EnumerateObject())
        {
            string tag = $"{prefix}/{property.Name}";
            if (property.Value.ValueKind == JsonValueKind.Number && property.Name != "step")
                yield return (tag, property.Value.GetDouble());
            else if (property.Value.ValueKind == JsonValueKind.Object)
                foreach ((string inner, double value) in Numbers(tag, property.Value)) yield return (inner, value);
        }
    }

    private void Write(ReadOnlySpan<byte> data)
    {
        Span<byte> length = stackalloc byte[8], checksum = stackalloc byte[4];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)data.Length);
        file.Write(length);
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, MaskedChecksum(length));
        file.Write(checksum);
        file.Write(data);
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, MaskedChecksum(data));
        file.Write(checksum);
    }

    // Rotated and shifted, since the checksum of data that holds its own checksum says little.
    private static uint MaskedChecksum(ReadOnlySpan<byte> data)
    {
        uint checksum = uint.MaxValue;
        foreach (byte value in data) checksum = BitOperations.Crc32C(checksum, value);
        return BitOperations.RotateRight(~checksum, 15) + 0xa282ead8;
    }

    private static byte[] Message(int field, ReadOnlySpan<byte> bytes) => [.. Varint((ulong)field << 3 | 2), .. Varint((ulong)bytes.Length), .. bytes];

    private static byte[] Number(int field, ulong value) => [.. Varint((ulong)field << 3), .. Varint(value)];

    private static byte[] Double(int field, double value)
    {
        byte[] bytes = [(byte)(field << 3 | 1), 0, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    private static byte[] Float(int field, float value)
    {
        byte[] bytes = [(byte)(field << 3 | 5), 0, 0, 0, 0];
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
