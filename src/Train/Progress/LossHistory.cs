using System.Text.Json;

namespace DataPipeline.Train;

/// <summary>Losses of a training as its log.jsonl has them.</summary>
internal sealed class LossHistory
{
    /// <summary>Loss of each training step.</summary>
    public List<(int Step, double Value)> Training { get; } = [];

    /// <summary>Learning rate of each training step.</summary>
    public List<(int Step, double Value)> LearningRates { get; } = [];

    /// <summary>Losses of each validation by what was validated on, in the order of the log: a source, or what the line calls itself.</summary>
    public OrderedDictionary<string, List<(int Step, double Value)>> Validations { get; } = [];

    /// <summary>Reads the lines of a log; a line without a loss says nothing here.</summary>
    public static LossHistory Read(IEnumerable<string> log)
    {
        var history = new LossHistory();
        foreach (string line in log)
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement entry = json.RootElement;
            if (Number(entry, "loss") is not { } loss) continue;
            int step = entry.GetProperty("step").GetInt32();
            string kind = entry.GetProperty("kind").GetString()!;
            if (kind == "train")
            {
                history.Training.Add((step, loss));
                if (Number(entry, "learning_rate") is { } rate) history.LearningRates.Add((step, rate));
                continue;
            }
            string name = entry.TryGetProperty("source", out JsonElement source) ? source.GetString()! : kind.Replace('_', ' ');
            if (!history.Validations.TryGetValue(name, out List<(int, double)>? points)) history.Validations[name] = points = [];
            points.Add((step, loss));
        }
        return history;
    }

    private static double? Number(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
