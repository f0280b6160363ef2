using System.Text.Encodings.Web;
using System.Text.Json;

namespace DataPipeline.Train.Steps;

/// <summary>log.jsonl of a training step: a line a step and a line a validation, the same for a run that was stopped and one that was not.</summary>
/// <remarks>It holds no times. Each line is on the disk before the checkpoint behind it, so a resumed run cuts it back to the checkpoint's step and goes on.</remarks>
internal sealed class TrainingLog : IDisposable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly FileStream _file;

    /// <summary>Opens a log.</summary>
    /// <param name="path">The file.</param>
    /// <param name="step">Step to go on from: later lines are dropped; 0 starts anew.</param>
    public TrainingLog(string path, int step)
    {
        string[] kept = step > 0 && File.Exists(path) ? [.. File.ReadLines(path).TakeWhile(line => StepOf(line) <= step)] : [];
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        foreach (string line in kept)
            Write(line);
    }

    /// <summary>Adds a line; <paramref name="entry"/> has a property Step.</summary>
    public void Add<T>(T entry) => Write(JsonSerializer.Serialize(entry, Json));

    /// <summary>Makes sure that all lines are on the disk.</summary>
    public void Flush() => _file.Flush(flushToDisk: true);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Write(string line)
    {
        _file.Write(System.Text.Encoding.UTF8.GetBytes(line));
        _file.WriteByte((byte)'\n');
    }

    private static int StepOf(string line)
    {
        try
        {
            return JsonDocument.Parse(line).RootElement.GetProperty("step").GetInt32();
        }
        catch (JsonException)
        {
            // The line a kill cut off: it lies behind the last checkpoint.
            return int.MaxValue;
        }
    }
}
