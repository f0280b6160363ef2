using System.Text.Json;
using DataPipeline.Runs;

namespace DataPipeline.Train.Steps;

/// <summary>The files of a trained model: a folder that Hugging Face's transformers opens, with the state to go on training and the log beside it.</summary>
internal static class ModelFiles
{
    public const string Weights = "weights", Config = "config", State = "state", Log = "log.jsonl";

    /// <summary>Takes a finished checkpoint into the step's outputs, with the model that the run gives.</summary>
    public static void Publish(TaskContext context, TrainResult result, string log, Artifact tokenizer)
    {
        foreach (string file in Directory.GetFiles(result.Checkpoint).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file), given = Path.Combine(result.Model, name);
            File.Copy(File.Exists(given) ? given : file, context.NewFile(name));
            context.Describe(name, 0, role: name switch
            {
                "model.safetensors" => Weights,
                "config.json" => Config,
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
    }

    /// <summary>Merges a model's adapters into it; returns the folder of the whole model.</summary>
    public static string Merged(TaskContext context, LanguageModel model)
    {
        string folder = Path.Combine(context.Scratch, "merged");
        Lora.Merge(model);
        // A run killed while it published left one.
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Checkpoint.SaveModel(folder, model);
        return folder;
    }
}

/// <summary>Reads log.jsonl.</summary>
internal static class LogReader
{
    /// <summary>The lines of a kind in order.</summary>
    public static IReadOnlyList<JsonElement> Entries(string path, string kind) =>
        [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).Where(entry => entry.GetProperty("kind").GetString() == kind)];
}
