using System.CommandLine;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Dedup;
using DataPipeline.Runs;
using Spectre.Console;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline dedup FILES --kind KIND --output DIR</c>: deduplication alone, on JSON lines with an id and a text.</summary>
/// <remarks>It writes a pipeline file and runs it in a folder inside DIR, so it has the steps, the checks and the resuming of every run.</remarks>
internal static class DedupVerb
{
    private static readonly string[] Results = [JsonLinesDedup.Kept, JsonLinesDedup.Removed, JsonLinesDedup.Edits, JsonLinesDedup.Summary];

    public static Command Command()
    {
        var files = new Argument<string[]>("FILES") { Description = "files of JSON lines (.gz, .zst, .xz, .bz2 too), in corpus order", Arity = ArgumentArity.OneOrMore };
        var kind = new Option<string[]>("--kind") { Description = "what a duplicate is, such as exact or minhash; several, with commas between them, run one after another", Required = true };
        var settings = new Option<string?>("--settings") { Description = "YAML file with settings of the kind, of the dedup section, and text_column, id_column, metadata_columns" };
        var output = new Option<string>("--output") { Description = "folder for kept.jsonl, removed.jsonl, summary.json, and edits.jsonl where texts are cut", Required = true };
        var threads = new Option<int>("--threads") { Description = "worker threads; changes speed only", DefaultValueFactory = _ => Environment.ProcessorCount };
        var against = new Option<string[]>("--against") { Description = "output folder of an earlier dedup with --keep-run: what it had is removed here; may stand several times" };
        var keep = new Option<bool>("--keep-run") { Description = "leave the folder of the run, for explain and queries, in DIR/run" };
        var command = new Command("dedup", "Removes duplicates from JSON lines with an id and a text; the same command continues one that was stopped.") { files, kind, settings, output, against, threads, keep };
        command.SetAction(parsed => Run(parsed.GetValue(files)!, [.. parsed.GetValue(kind)!.SelectMany(name => name.Split(','))],
            parsed.GetValue(settings), parsed.GetValue(against) ?? [], parsed.GetValue(output)!, parsed.GetValue(threads), parsed.GetValue(keep)));
        return command;
    }

    private static int Run(string[] files, string[] kinds, string? settings, string[] against, string output, int threads, bool keep)
    {
        if (threads < 1)
            throw new ConfigurationException("--threads must be at least 1");
        if (File.Exists(output))
            throw new ConfigurationException($"--output {output} is a file: name a folder");
        StageCatalog stages = Rooms.Stages(typeof(JsonLinesInput).Assembly);
        string text = new DedupSettings(stages, kinds, settings, against).Pipeline(files);
        Directory.CreateDirectory(output);
        string pipeline = Path.Combine(output, "pipeline.yaml");
        File.WriteAllText(pipeline, text);
        PlannedRun planned = RunPlanner.Plan(pipeline, new Dictionary<string, string>(), stages);
        var folder = new RunFolder(Path.Combine(output, "run"));
        IReadOnlyList<Step> steps = JsonLinesDedup.Steps(planned, (source, record, text) => ((JsonLinesInput)source).WithText(record, text));
        int exit = RunVerb.Execute(new Run(planned.File, folder, planned.From, new RunOptions(threads, Batch: 128)), steps, "datapipeline dedup");
        if (exit != ExitCode.Done)
            return exit;
        string made = folder.StepFolder(JsonLinesDedup.OutputStep);
        string[] results = [.. Results.Where(name => File.Exists(Path.Combine(made, name)))];
        foreach (string name in results)
            File.Move(Path.Combine(made, name), Path.Combine(output, name), overwrite: true);
        DedupSummary summary = ManifestJson.Read<DedupSummary>(Path.Combine(output, JsonLinesDedup.Summary))!;
        Report(summary, results.Select(name => Path.Combine(output, name)));
        if (!keep)
        {
            Directory.Delete(folder.Path, recursive: true);
            File.Delete(pipeline);
        }
        return ExitCode.Done;
    }

    private static void Report(DedupSummary summary, IEnumerable<string> results)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        var table = new Table { Border = TableBorder.Minimal };
        table.AddColumn("dedup");
        table.AddColumn(new TableColumn("documents") { Alignment = Justify.Right });
        void Row(string name, long count) => table.AddRow(Markup.Escape(name), count.ToString("N0"));
        Row("read", summary.Read);
        foreach ((string reason, long count) in summary.Unreadable)
            Row($"unreadable: {reason}", count);
        foreach ((string reason, long count) in summary.RemovedBy)
            Row($"removed: {reason}", count);
        Row("kept", summary.Kept);
        if (summary.Copies > 0)
            Row("lines repeated", summary.Copies);
        if (summary.CutCharacters > 0)
        {
            Row("edited", summary.Edited);
            Row("characters cut", summary.CutCharacters);
        }
        Row("clusters of two or more", summary.Clusters);
        Row("largest cluster", summary.LargestCluster);
        console.Write(table);
        console.WriteLine(string.Join("  ", results));
    }
}

/// <summary>The pipeline file of a dedup command: its kinds, and a settings file that is checked where it stands.</summary>
internal sealed class DedupSettings(StageCatalog stages, IReadOnlyList<string> kinds, string? path, IReadOnlyList<string> against)
{
    private static readonly string[] InputSettings = ["text_column", "id_column", "metadata_columns"];

    private readonly string[] _section = [.. StageCatalog.Settings(typeof(DedupSection)).Select(setting => setting.Name).Where(name => name != "kinds")];

    /// <summary>The text of the pipeline file.</summary>
    /// <exception cref="ConfigurationException">Mistakes of the settings file, with their places in it.</exception>
    public string Pipeline(IReadOnlyList<string> files)
    {
        var mistakes = new Mistakes();
        var given = path is null ? new YamlMapping(new Position("--settings", 1, 1), [])
            : YamlLoader.Load(path, new Variables(new Dictionary<string, string>()), mistakes);
        mistakes.ThrowIfAny();
        string[] named = [.. kinds.Where(kind => given![kind] is YamlMapping)];
        KeyValuePair<YamlScalar, YamlNode>[] loose = [.. given!.Entries.Where(entry =>
            !InputSettings.Contains(entry.Key.Value) && !_section.Contains(entry.Key.Value) && !named.Contains(entry.Key.Value))];
        if (loose.Length > 0 && kinds.Count > 1)
            mistakes.Add(loose[0].Key.At, $"`{loose[0].Key.Value}` is a setting of which kind? With several kinds write `{kinds[0]}: {{ {loose[0].Key.Value}: ... }}`");
        YamlNode Kind(string kind) => new YamlMapping(given.At,
            [new(Name(kind, given.At), named.Contains(kind) ? given[kind]! : new YamlMapping(given.At, loose))]);
        var section = new YamlMapping(given.At,
            [new(Name("kinds", given.At), new YamlList(given.At, [.. kinds.Select(Kind)])), .. given.Entries.Where(entry => _section.Contains(entry.Key.Value)), .. against.Count == 0 ? [] : (KeyValuePair<YamlScalar, YamlNode>[])[new(Name("against", given.At),
                new YamlList(given.At, [.. against.Select(folder => new YamlScalar(given.At, folder, quoted: true))]))]]);
        // Bound once here only so that a mistake is reported at its place in the file that the user wrote.
        var bound = (DedupSection?)new YamlBinder(stages, mistakes).Bind<Section>(new YamlMapping(given.At, [new(Name("dedup", given.At), section)]));
        mistakes.ThrowIfAny();
        string input = string.Concat(given.Entries.Where(entry => InputSettings.Contains(entry.Key.Value)).Select(entry => $", {entry.Key}: {entry.Value}"));
        if (given["metadata_columns"] is null)
            input += $", metadata_columns: [url, {Quoted(bound!.KeepBy)}]";
        string[] names = Names(files);
        IEnumerable<string> sources = files.Select((file, i) => $"  {Quoted(names[i])}: {{ read: {{ json_lines_input: {{ file: {Quoted(file)}{input} }} }} }}");
        return $"name: dedup\nsources:\n{string.Join('\n', sources)}\ndedup: {section}\n";
    }

    /// <summary>A source is called as its file; files of one name in several folders are told apart by numbers.</summary>
    private static string[] Names(IReadOnlyList<string> files)
    {
        string[] names = [.. files.Select(file => Path.GetFileName(file).Replace(':', '_'))];
        return [.. names.Select((name, i) => names.Take(i).Count(other => other == name) is var before and > 0 ? $"{name}.{before + 1}" : name)];
    }

    private static YamlScalar Name(string name, Position at) => new(at, name, quoted: false);

    private static string Quoted(string text) => JsonSerializer.Serialize(text, Relaxed);

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
