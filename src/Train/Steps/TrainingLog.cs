using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DataPipeline.Train.Steps;

/// <summary>log.jsonl of a training step: a line a step and a line a validation, the same for a run that was stopped and one that was not.</summary>
/// <remarks>It holds no times. Each line is on the disk before the checkpoint behind it, so a resumed run cuts it back to the checkpoint's step and goes on. Beside it stands the same for
/// TensorBoard.</remarks>
internal sealed class TrainingLog : IDisposable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new FiniteNumber() },
    };

    private readonly FileStream _file;
    private readonly EventFile _events;

    /// <summary>Opens a log.</summary>
    /// <param name="path">The file.</param>
    /// <param name="step">Step to go on from: later lines are dropped; 0 starts anew.</param>
    public TrainingLog(string path, int step)
    {
        // Cut, not written anew: a second kill before the next checkpoint must find these lines still on the disk.
        byte[] before = step > 0 && File.Exists(path) ? File.ReadAllBytes(path) : [];
        int kept = BytesUpTo(step, before);
        string[] lines = Encoding.UTF8.GetString(before, 0, kept).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        _file.SetLength(kept);
        _file.Seek(0, SeekOrigin.End);
        _events = new EventFile(Path.Combine(Path.GetDirectoryName(path)!, EventFile.Name), lines);
    }

    /// <summary>Adds a line; <paramref name="entry"/> has the properties Step and Kind. A number that is not finite is written as null.</summary>
    public void Add<T>(T entry)
    {
        string line = JsonSerializer.Serialize(entry, Json);
        Write(line);
        _events.Add(line);
    }

    /// <summary>Makes sure that all lines are on the disk.</summary>
    public void Flush()
    {
        _file.Flush(flushToDisk: true);
        _events.Flush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _events.Dispose();
    }

    private void Write(string line)
    {
        _file.Write(Encoding.UTF8.GetBytes(line));
        _file.WriteByte((byte)'\n');
    }

    private static int BytesUpTo(int step, ReadOnlySpan<byte> log)
    {
        int kept = 0;
        while (log[kept..].IndexOf((byte)'\n') is var length and >= 0 && StepOf(log.Slice(kept, length)) <= step)
            kept += length + 1;
        return kept;
    }

    private static int StepOf(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonElement.Parse(line).GetProperty("step").GetInt32();
        }
        catch (JsonException)
        {
            // The line a kill cut off: it lies behind the last checkpoint.
            return int.MaxValue;
        }
    }

    // JSON has no word for what a skipped step may have.
    private sealed class FiniteNumber : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => throw new NotSupportedException("a log is read by LogReader");

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value)) writer.WriteNumberValue(value);
            else writer.WriteNullValue();
        }
    }
}
