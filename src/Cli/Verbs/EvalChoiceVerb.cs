using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Train;
using Spectre.Console;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline eval choice MODEL --on FILES</c>: shares of questions answered rightly, acc, acc_norm and acc_bytes.</summary>
internal static class EvalChoiceVerb
{
    public static Command Command()
    {
        var model = new ModelArguments();
        var on = new Option<string[]>("--on") { Description = "files or folders: MMLU .csv, BIG-Bench Hard .json, AGIEval .jsonl", Required = true, AllowMultipleArgumentsPerToken = true };
        var form = new Option<string>("--form") { Description = "letters: choices stand in the question and letters are scored; texts: the texts of the choices are scored", DefaultValueFactory = _ => "letters" };
        var shots = new Option<int>("--shots") { Description = "answered questions put before each: of NAME_dev.csv in the folder dev beside MMLU's test, else the first of the file, which are not scored then", DefaultValueFactory = _ => 0 };
        var limit = new Option<int?>("--items") { Description = "most questions of each file" };
        var batch = new Option<int>("--batch") { Description = "choices computed together", DefaultValueFactory = _ => 8 };
        var json = new Option<bool>("--json") { Description = "prints one JSON object" };
        var command = new Command("choice", "Multiple choice: acc by log-probability, acc_norm for each character of the choice, acc_bytes for each byte, with standard errors.") { on, form, shots, limit, batch, json };
        model.AddTo(command);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(batch) < 1 || parsed.GetValue(limit) < 1 || parsed.GetValue(shots) < 0)
                throw new ConfigurationException("--batch and --items must be at least 1, --shots not negative");
            ChoiceForm put = parsed.GetValue(form) switch
            {
                "letters" => ChoiceForm.Letters,
                "texts" => ChoiceForm.Texts,
                var other => throw new ConfigurationException($"--form {other} is neither letters nor texts"),
            };
            string[] files = [.. parsed.GetValue(on)!.SelectMany(Files)];
            using TrainedModel open = model.Open(parsed);
            var results = new List<(string Name, ChoiceResult Result, int Skipped)>();
            foreach (string file in files)
            {
                (ChoiceTask task, IReadOnlyList<ChoiceItem> before) = WithShots(ChoiceTask.Read(file), file, parsed.GetValue(shots));
                if (parsed.GetValue(limit) is { } most)
                    task = task with { Items = [.. task.Items.Take(most)] };
                if (task.Items.Count == 0)
                    Console.Error.WriteLine($"{file}: none of its {task.Skipped} questions has answers to choose from");
                else
                    results.Add((task.Name, MultipleChoice.Of(open, task, put, before, parsed.GetValue(batch)), task.Skipped));
            }
            if (results.Count == 0)
                throw new InputException("no question to score");
            if (results.Count > 1)
                results.Add(("all", Together([.. results.Select(r => r.Result)]), results.Sum(r => r.Skipped)));
            if (parsed.GetValue(json))
                WriteJson(results);
            else
                WriteTable(results);
            return ExitCode.Done;
        });
        return command;
    }

    private static IEnumerable<string> Files(string place)
    {
        if (File.Exists(place))
            return [place];
        if (!Directory.Exists(place))
            throw new ConfigurationException($"--on {place}: no such file or folder");
        string[] found = [.. Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories).Where(path => Path.GetExtension(path) is ".csv" or ".json" or ".jsonl").Order(StringComparer.Ordinal)];
        return found.Length > 0 ? found : throw new ConfigurationException($"--on {place}: holds no .csv, .json or .jsonl file");
    }

    private static (ChoiceTask, IReadOnlyList<ChoiceItem>) WithShots(ChoiceTask task, string file, int shots)
    {
        if (shots == 0)
            return (task, []);
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string dev = Path.Combine(Path.GetDirectoryName(folder) ?? "", "dev", Path.GetFileName(file).Replace("_test", "_dev", StringComparison.Ordinal));
        if (dev != Path.GetFullPath(file) && File.Exists(dev))
            return (task, [.. ChoiceTask.Read(dev).Items.Take(shots)]);
        return (task with { Items = [.. task.Items.Skip(shots)] }, [.. task.Items.Take(shots)]);
    }

    private static ChoiceResult Together(ChoiceResult[] parts)
    {
        int items = parts.Sum(p => p.Items);
        double Mean(Func<ChoiceResult, double> share) => parts.Sum(p => share(p) * p.Items) / items;
        return new ChoiceResult(items, Mean(p => p.Accuracy), Mean(p => p.ByCharacters), Mean(p => p.ByBytes));
    }

    private static void WriteTable(List<(string Name, ChoiceResult Result, int Skipped)> results)
    {
        Table table = ResultTable.With("task", "questions", "left out", "acc", "acc_norm", "acc_bytes");
        foreach ((string name, ChoiceResult result, int skipped) in results)
        {
            string Share(double share) => $"{share:F4} ± {result.ErrorOf(share):F4}";
            table.AddRow([.. new[] { name, $"{result.Items:N0}", $"{skipped:N0}", Share(result.Accuracy), Share(result.ByCharacters), Share(result.ByBytes) }.Select(Markup.Escape)]);
        }
        ResultTable.Write(table);
    }

    private static void WriteJson(List<(string Name, ChoiceResult Result, int Skipped)> results) =>
        ResultTable.WriteJson(results.ToDictionary(result => result.Name, result => new
        {
            result.Result.Items,
            result.Skipped,
            Acc = result.Result.Accuracy,
            AccStderr = result.Result.ErrorOf(result.Result.Accuracy),
            AccNorm = result.Result.ByCharacters,
            AccNormStderr = result.Result.ErrorOf(result.Result.ByCharacters),
            AccBytes = result.Result.ByBytes,
            AccBytesStderr = result.Result.ErrorOf(result.Result.ByBytes),
        }));
}
