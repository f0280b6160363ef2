using System.CommandLine;
using DataPipeline.Runs;
using DataPipeline.Tokens.Export;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline export RUN_OR_SHARDS --format F --output DIR</c>: token shards as files of other trainers.</summary>
internal static class ExportVerb
{
    public static Command Command()
    {
        var places = new Argument<string[]>("RUN_OR_SHARDS") { Description = "folder of a run, or token shards", Arity = ArgumentArity.OneOrMore };
        var format = new Option<TokenFormat>("--format") { Description = "megatron, nanogpt, llmc or jsonl", Required = true };
        var output = new Option<string>("--output") { Description = "folder to write to", Required = true };
        var bySource = new Option<bool>("--by-source") { Description = "a file for each source instead of one" };
        var command = new Command("export", "Writes token shards as files of Megatron-LM, nanoGPT, llm.c, or as JSON lines.") { places, format, output, bySource };
        command.SetAction(parsed =>
        {
            string folder = parsed.GetValue(output)!;
            ExportDescription description = TokenExport.Write(
                ShardSet.Find(parsed.GetValue(places)!).Paths, parsed.GetValue(format), folder, parsed.GetValue(bySource));
            foreach (FileEntry file in description.Files)
                Console.WriteLine($"{Path.Combine(folder, file.Path)}  {file.Rows,12:N0} documents {file.Tokens,16:N0} ids {file.Bytes,14:N0} bytes");
            return ExitCode.Done;
        });
        return command;
    }
}
