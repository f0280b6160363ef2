using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Train;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline merge MODEL --adapter FOLDER --output DIR</c>: a model with low-rank adapters as a model without, in the files of Hugging Face.</summary>
internal static class MergeVerb
{
    public static Command Command()
    {
        var model = new ModelArguments();
        var output = new Option<string>("--output") { Description = "folder to write to", Required = true };
        var largest = new Option<long>("--max-file-bytes") { Description = "weights of more bytes are cut into files of at most this size; 0 writes one file", DefaultValueFactory = _ => 0 };
        var command = new Command("merge", "Adds low-rank adapters to the weights of their model and writes it as Hugging Face lays it out; bottleneck adapters, which cannot be merged, go along beside it.") { output, largest };
        model.AddTo(command);
        command.SetAction(parsed =>
        {
            string folder = parsed.GetValue(output)!;
            if (!model.HasAdapter(parsed))
                throw new ConfigurationException("name the adapters to merge, --adapter FOLDER");
            if (parsed.GetValue(largest) < 0)
                throw new ConfigurationException("--max-file-bytes must not be negative");
            if (Directory.Exists(folder))
                throw new ConfigurationException($"--output {folder}: is there already; name a new folder");
            using TrainedModel open = model.Open(parsed);
            open.Save(folder, parsed.GetValue(largest) is > 0 and var bytes ? bytes : long.MaxValue);
            Console.WriteLine($"{folder}: {open.Model.Parameters:N0} parameters");
            return ExitCode.Done;
        });
        return command;
    }
}
