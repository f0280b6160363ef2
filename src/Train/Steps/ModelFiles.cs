using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Runs;

namespace DataPipeline.Train.Steps;

/// <summary>The files of a trained model: a folder that Hugging Face's transformers opens, with the state to go on training and the log beside it.</summary>
internal static class ModelFiles
{
    public const string Weights = "weights", Config = "config", State = "state", Log = "log.jsonl", Plot = "loss.svg";

    /// <summary>Takes a finished checkpoint into the step's outputs, with the model that the run gives.</summary>
    public static void Publish(TaskContext context, TrainResult result, string log, Artifact tokenizer)
    {
        foreach (string file in Directory.GetFiles(result.Checkpoint).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file), given = Path.Combine(result.Model, name);
            File.Copy(File.Exists(given) ? given : file, context.NewFile(name));
            context.Describe(name, 0, role: name switch
            {
                "model.safetensors" or Bottleneck.WeightsFile => Weights,
                "config.json" or Bottleneck.ConfigFile => Config,
                _ => State,
            });
        }
        foreach (FileEntry file in tokenizer.Files())
        {
            File.Copy(file.Path, context.NewFile(Path.GetFileName(file.Path)));
            context.Describe(Path.GetFileName(file.Path), 0, role: "tokenizer");
        }
        File.Copy(log, context.NewFile(Log));
        context.Describe(Log, 0, role: "log");
        File.Copy(Path.Combine(Path.GetDirectoryName(log)!, EventFile.Name), context.NewFile(EventFile.Name));
        context.Describe(EventFile.Name, 0, role: "events");
        File.WriteAllText(context.NewFile(Plot), LossPlot.Draw(LossHistory.Read(File.ReadLines(log)), $"{context.Run.File.Head.Name}: {context.Step.Name}"));
        context.Describe(Plot, 0, role: "plot");
    }
}

/// <summary>Reads log.jsonl.</summary>
internal static class LogReader
{
    /// <summary>The first and last loss that is a number: one of a step that was left out may be none.</summary>
    /// <exception cref="InputException">No step has one.</exception>
    public static (double First, double Last) Losses(IEnumerable<JsonElement> steps)
    {
        double[] losses = [.. steps.Select(step => step.GetProperty("loss")).Where(loss => loss.ValueKind == JsonValueKind.Number).Select(loss => loss.GetDouble())];
        return losses is [var first, ..] ? (first, losses[^1]) : throw new InputException("training: no step had a loss that is a number; lower learning_rate or lengthen warmup_steps");
    }

    /// <summary>The lines of a kind in order.</summary>
    public static IReadOnlyList<JsonElement> Entries(string path, string kind) =>
        [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).Where(entry => entry.GetProperty("kind").GetString() == kind)];
}
