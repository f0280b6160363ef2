using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline show RUN</c>: the funnel of a run, what each step made and where it is; <c>show SHARD</c>: documents of a token shard as text.</summary>
internal static class ShowVerb
{
    public static Command Command()
    {
        var place = new Argument<string>("RUN_OR_SHARD") { Description = "folder of a run, or a token shard in it" };
        var rows = new Option<int>("--rows") { Description = "documents of a shard, or values of --by, to print", DefaultValueFactory = _ => 5 };
        var by = new Option<string>("--by") { Description = "count the documents that a run kept by this metadata value, such as domain, and print the commonest", HelpName = "KEY" };
        var command = new Command("show", "Prints what became of every source in a run and what each step made, or the documents of a token shard as text.") { place, rows, by };
        command.SetAction(parsed =>
        {
            string given = parsed.GetValue(place)!;
            if (File.Exists(given))
                return Shard(given, parsed.GetValue(rows));
            var run = new RunFolder(given);
            if (!File.Exists(run.PipelinePath))
                throw new InputException($"{run.Path} is not the folder of a run (no pipeline.yaml in it)");
            if (parsed.GetValue(by) is { } key)
                return Values(run, key, parsed.GetValue(rows));
            Report.Write(run, RunPlannerOf(run).Steps);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The pipeline as it was run, from the copy in the run's folder; its input files are not looked for.</summary>
    public static PlannedRun RunPlannerOf(RunFolder run) => RunPlanner.Plan(
        run.PipelinePath, ManifestJson.Read<Dictionary<string, string>>(run.VariablesPath) ?? [], Rooms.Stages(), readsInput: false);

    /// <summary>The tokenizer of shards, looked for in their run and in those it started from.</summary>
    public static Tokenizer TokenizerOf(ShardSet set) =>
        set.LoadTokenizer(set.Run is { } run && File.Exists(run.PipelinePath) && run.Latest(ArtifactKind.Tokenizer) is null ? RunPlannerOf(run).From.Reverse() : []);

    private static int Values(RunFolder run, string key, int rows)
    {
        var counts = new Dictionary<string, (long Documents, long Characters)>(StringComparer.Ordinal);
        foreach (FileEntry file in run.Documents.SelectMany(output => output.Files()))
        {
            foreach (Document document in DocumentShard.Read(file.Path))
            {
                string value = document.Metadata.GetValueOrDefault(key, "");
                (long documents, long characters) = counts.GetValueOrDefault(value);
                counts[value] = (documents + 1, characters + document.CodePoints);
            }
        }
        Console.WriteLine($"{counts.Count:N0} values of {key} in {counts.Values.Sum(count => count.Documents):N0} documents");
        foreach ((string value, (long documents, long characters)) in counts.OrderByDescending(pair => pair.Value.Documents).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(rows))
            Console.WriteLine($"{documents,12:N0} documents {characters,16:N0} characters   {(value.Length > 0 ? value : "(none)")}");
        return ExitCode.Done;
    }

    private static int Shard(string path, int rows)
    {
        ShardSet set = ShardSet.Find([path]);
        using TokenShardReader reader = TokenShardReader.Open(path);
        Tokenizer tokenizer = TokenizerOf(set);
        Console.WriteLine($"{path}: {reader.RowCount:N0} documents, vocabulary {reader.Header.VocabularySize:N0}, tokenizer {reader.Header.Fingerprint}");
        foreach (TokenDocument document in reader.Read().Take(rows))
        {
            Console.WriteLine($"\n--- {document.Id}  source {document.Source}{(document.Language.Length > 0 ? $"  language {document.Language}" : "")}  {document.Tokens.Length:N0} tokens");
            Console.WriteLine(tokenizer.Decode(document.Tokens.ToArray()));
        }
        return ExitCode.Done;
    }
}
