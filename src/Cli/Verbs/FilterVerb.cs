using System.CommandLine;
using System.Text.Json.Serialization;
using DataPipeline.Core;
using DataPipeline.Ingest.Text;
using DataPipeline.Runs;
using Spectre.Console;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline filter RECIPE.yaml FILES --output DIR</c>: a list of filters alone, on JSON lines with an id and a text.</summary>
internal static class FilterVerb
{
    public static Command Command()
    {
        var recipe = new Argument<string>("RECIPE") { Description = "YAML file with name and stages, such as pipelines/recipes/fineweb.yaml" };
        var files = new Argument<string[]>("FILES") { Description = "files of JSON lines {\"id\": ..., \"text\": ...} (.gz, .zst, .xz, .bz2 too)", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--output") { Description = "folder for kept.jsonl, dropped.jsonl, samples.md (a few dropped ones for each reason) and summary.json; found.jsonl where test sets are looked for", Required = true };
        var set = new Option<string[]>("--set") { Description = "NAME=VALUE for ${NAME} in the recipe" };
        var threads = new Option<int>("--threads") { Description = "worker threads; changes speed only", DefaultValueFactory = _ => Environment.ProcessorCount };
        var command = new Command("filter", "Judges JSON lines by a list of filters and says of each dropped one why.") { recipe, files, output, set, threads };
        command.SetAction(parsed => Run(parsed.GetValue(recipe)!, parsed.GetValue(files)!, parsed.GetValue(output)!, parsed.GetValue(set) ?? [], parsed.GetValue(threads)));
        return command;
    }

    private static int Run(string path, string[] files, string output, string[] set, int threads)
    {
        if (threads < 1)
            throw new ConfigurationException("--threads must be at least 1");
        if (File.Exists(output))
            throw new ConfigurationException($"--output {output} is a file: name a folder");
        if (files.FirstOrDefault(file => file != LineBlock.StandardInput && !File.Exists(file)) is { } missing)
            throw new ConfigurationException($"{missing}: no such file");
        if (set.FirstOrDefault(pair => !pair.Contains('=')) is { } wrong)
            throw new ConfigurationException($"--set {wrong}: write NAME=VALUE");
        Recipe recipe = Recipe.Load(path, set.Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]), Rooms.Stages());
        Directory.CreateDirectory(output);
        string kept = Path.Combine(output, "kept.jsonl"), dropped = Path.Combine(output, "dropped.jsonl"), found = Path.Combine(output, "found.jsonl");
        var summary = new FilterSummary { Recipe = recipe.Name, Found = FoundCounts.Of(recipe.Stages.Select(stage => stage.Filter)) };
        var judge = new FilterLines(recipe);
        var samples = new DropSamples();
        // Under other names until whole: a file that is there is complete.
        using (FileStream keptFile = File.Create(kept + ".tmp"), droppedFile = File.Create(dropped + ".tmp"))
        using (FileStream? foundFile = summary.Found is null ? null : File.Create(found + ".tmp"))
        {
            foreach (JudgedLines lines in Flow.Ordered(files.SelectMany(file => LineBlock.Read(file)), judge.Judge, threads, batch: 1))
            {
                keptFile.Write(lines.Kept.Span);
                droppedFile.Write(lines.Dropped.Span);
                foundFile?.Write(lines.Found.Span);
                summary.Add(lines.Counts);
                samples.Add(lines.Samples);
            }
        }
        summary.Check();
        File.Move(kept + ".tmp", kept, overwrite: true);
        File.Move(dropped + ".tmp", dropped, overwrite: true);
        if (summary.Found is not null)
            File.Move(found + ".tmp", found, overwrite: true);
        samples.Write(Path.Combine(output, "samples.md"));
        ManifestJson.Write(Path.Combine(output, "summary.json"), summary);
        Report(summary, output);
        return ExitCode.Done;
    }

    private static void Report(FilterSummary summary, string output)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        var table = new Table { Border = TableBorder.Minimal };
        table.AddColumn(Markup.Escape(summary.Recipe));
        table.AddColumn(new TableColumn("documents") { Alignment = Justify.Right });
        table.AddRow("read", summary.Read.ToString("N0"));
        foreach ((string stage, SortedDictionary<string, long> reasons) in summary.Dropped)
        {
            foreach ((string reason, long count) in reasons)
                table.AddRow(Markup.Escape($"{stage}: {reason}"), count.ToString("N0"));
        }
        table.AddRow("kept", summary.Kept.ToString("N0"));
        table.AddRow("of them edited", summary.Edited.ToString("N0"));
        console.Write(table);
        foreach ((string set, FoundCounts counts) in summary.Found ?? [])
            console.WriteLine(FoundCounts.Say(set, counts));
        string[] names = ["kept.jsonl", "dropped.jsonl", .. summary.Found is null ? Array.Empty<string>() : ["found.jsonl"], "samples.md", "summary.json"];
        console.WriteLine(string.Join("  ", names.Select(name => Path.Combine(output, name))));
    }
}

/// <summary>What a filter list did, as summary.json holds it: read = kept + dropped.</summary>
internal sealed class FilterSummary
{
    public string Recipe { get; set; } = "";

    public long Read { get; set; }

    public long Kept { get; set; }

    /// <summary>Kept with another text than before.</summary>
    public long Edited { get; set; }

    /// <summary>Documents by stage and reason.</summary>
    public SortedDictionary<string, SortedDictionary<string, long>> Dropped { get; set; } = new(StringComparer.Ordinal);

    /// <summary>What stages looked for and met, by set; null when none looks for anything.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SortedDictionary<string, FoundCounts>? Found { get; set; }

    public void Drop(string stage, string reason, long documents = 1)
    {
        if (!Dropped.TryGetValue(stage, out SortedDictionary<string, long>? reasons))
            Dropped[stage] = reasons = new SortedDictionary<string, long>(StringComparer.Ordinal);
        reasons[reason] = reasons.GetValueOrDefault(reason) + documents;
    }

    public void Add(FilterSummary other)
    {
        (Read, Kept, Edited) = (Read + other.Read, Kept + other.Kept, Edited + other.Edited);
        foreach ((string stage, SortedDictionary<string, long> reasons) in other.Dropped)
        {
            foreach ((string reason, long documents) in reasons)
                Drop(stage, reason, documents);
        }
        if (other.Found is not null)
            FoundCounts.Add(Found!, other.Found);
    }

    public void Check()
    {
        long dropped = Dropped.Values.Sum(reasons => reasons.Values.Sum());
        if (Read != Kept + dropped)
            throw new InvalidOperationException($"read {Read} documents, but kept {Kept} and dropped {dropped}");
    }
}
