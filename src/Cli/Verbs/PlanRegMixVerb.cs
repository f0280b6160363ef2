using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Scaling;
using Spectre.Console;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline plan regmix</c>: weights of a mix from small runs on different mixtures.</summary>
internal static class PlanRegMixVerb
{
    public static Command Command()
    {
        Option<string> mixtures = new("--mixtures") { Description = "CSV: index, and the share of each source in each run", Required = true };
        Option<string> losses = new("--losses") { Description = "CSV: index, and the losses of each run", Required = true };
        Option<string?> target = new("--target") { Description = "the loss to lower; default: the mean of all", HelpName = "COLUMN" };
        Option<string> prefix = new("--prefix") { Description = "what columns of --mixtures begin with before the names of the sources", DefaultValueFactory = _ => "" };
        Option<string?> testMixtures = new("--test-mixtures") { Description = "the same of runs that are held out" };
        Option<string?> testLosses = new("--test-losses") { Description = "their losses" };
        Option<MixtureModelKind> model = new("--model") { Description = "how the loss is told from the shares", DefaultValueFactory = _ => MixtureModelKind.Ensemble };
        Option<string?> prior = new("--prior") { Description = "file of weights around which is looked, such as the sources' tokens; default: the mean of the runs", HelpName = "FILE" };
        Option<int> samples = new("--samples") { Description = "mixtures to try", DefaultValueFactory = _ => 100_000 };
        Option<int> best = new("--best") { Description = "how many of the best are averaged", DefaultValueFactory = _ => 100 };
        Option<ulong> seed = new("--seed") { Description = "seed of the mixtures" };
        Option<string?> output = new("--output") { Description = "writes the weights as a mix file", HelpName = "FILE.yaml" };
        Option<bool> json = new("--json") { Description = "prints JSON (docs/plan.md)" };
        var command = new Command("regmix", "Learns how the loss follows from the shares of sources in small runs, and finds the best mix (Liu et al. 2024).")
        {
            mixtures, losses, target, prefix, testMixtures, testLosses, model, prior, samples, best, seed, output, json,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(testMixtures) is null != parsed.GetValue(testLosses) is null)
                throw new ConfigurationException("--test-mixtures and --test-losses belong together");
            if (parsed.GetValue(best) < 1 || parsed.GetValue(samples) < parsed.GetValue(best))
                throw new ConfigurationException("--best is at least 1 and --samples at least --best");
            string[] files = [.. ((string?[])[parsed.GetValue(mixtures), parsed.GetValue(losses), parsed.GetValue(testMixtures), parsed.GetValue(testLosses), parsed.GetValue(prior)]).OfType<string>()];
            if (files.FirstOrDefault(file => !File.Exists(file)) is { } missing)
                throw new ConfigurationException($"{missing}: no such file");
            MixtureRuns runs = MixtureRuns.Read(parsed.GetValue(mixtures)!, parsed.GetValue(losses)!, parsed.GetValue(target), parsed.GetValue(prefix)!);
            if (runs.Losses.Length < 10)
                throw new InputException($"{parsed.GetValue(mixtures)}: {runs.Losses.Length} runs are too few: at least 10, RegMix took 512");
            MixtureRuns? test = parsed.GetValue(testMixtures) is { } held ? MixtureRuns.Read(held, parsed.GetValue(testLosses)!, parsed.GetValue(target), parsed.GetValue(prefix)!) : null;
            if (test is not null && !test.Sources.SequenceEqual(runs.Sources))
                throw new InputException($"{parsed.GetValue(testMixtures)}: its columns are not those of {parsed.GetValue(mixtures)}");

            MixtureModelKind kind = parsed.GetValue(model);
            MixtureModel fitted = MixtureModel.Fit(kind, runs);
            double[] around = Prior(runs, parsed.GetValue(prior));
            MixtureFound found = MixtureSearch.Best(fitted, around, parsed.GetValue(samples), parsed.GetValue(best), new Seed(parsed.GetValue(seed)));
            var report = new RegMixReport(kind, runs.Losses.Length, MixtureModel.CrossValidated(kind, runs), test?.Losses.Length, test is null ? null : fitted.RankCorrelation(test),
                found.Loss, found.PriorLoss, runs.Sources.Zip(found.Weights).ToDictionary(pair => pair.First, pair => pair.Second));
            if (parsed.GetValue(output) is { } path)
                File.WriteAllText(path, MixFileText(report));
            if (parsed.GetValue(json))
                Console.Out.Write(ManifestJson.Text(report));
            else
                Write(report, runs.Sources, around);
            return ExitCode.Done;
        });
        return command;
    }

    private static double[] Prior(MixtureRuns runs, string? path)
    {
        if (path is null)
            return [.. Enumerable.Range(0, runs.Sources.Count).Select(source => runs.Weights.Average(run => run[source] / run.Sum()))];
        IReadOnlyDictionary<string, double> given = MixFile.Weights(path);
        if (runs.Sources.FirstOrDefault(source => !given.ContainsKey(source)) is { } missing)
            throw new ConfigurationException($"--prior {path}: no weight of {missing}");
        double[] prior = [.. runs.Sources.Select(source => given[source])];
        return prior.All(weight => weight >= 0) && prior.Sum() > 0 ? prior : throw new ConfigurationException($"--prior {path}: weights are at least zero and not all zero");
    }

    /// <summary>A mix file; names that are no plain words are quoted as in JSON, which YAML understands.</summary>
    private static string MixFileText(RegMixReport report)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture,
            $"# From {report.Runs} runs by datapipeline plan regmix: predicted loss {report.Loss:0.0000}, rank correlation {report.CrossValidated:0.000} across folds.\nweights:\n"));
        foreach ((string source, double weight) in report.Weights)
        {
            string name = source.Length > 0 && source.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') && char.IsAsciiLetter(source[0]) ? source : JsonSerializer.Serialize(source);
            text.Append(CultureInfo.InvariantCulture, $"  {name}: {weight:0.000000}\n");
        }
        return text.ToString();
    }

    private static void Write(RegMixReport report, IReadOnlyList<string> sources, double[] prior)
    {
        IAnsiConsole console = Report.NewConsole();
        console.WriteLine($"{report.Runs} runs, {report.Model.ToString().ToLowerInvariant()} model: rank correlation {report.CrossValidated:0.0000} across five folds"
            + (report.HeldOut is { } heldOut ? $", {heldOut:0.0000} on {report.HeldOutRuns} held-out runs" : ""));
        Table table = Report.NewTable("source", "looked around", "best", "times");
        double total = prior.Sum();
        foreach ((int i, string source) in sources.Index().OrderByDescending(source => report.Weights[source.Item]))
            table.AddRow(Markup.Escape(source), $"{prior[i] / total:P2}", $"{report.Weights[source]:P2}", prior[i] > 0 ? $"{report.Weights[source] / (prior[i] / total):0.00}" : "-");
        console.Write(table);
        console.WriteLine($"predicted loss {report.Loss:0.0000}; of the mix looked around {report.PriorLoss:0.0000}");
        if ((report.HeldOut ?? report.CrossValidated) < 0.8)
            console.WriteLine("warning: a rank correlation below 0.8 says little about which mix is best: make more runs");
    }
}

/// <summary>What <c>plan regmix</c> found; its properties are the fields of <c>--json</c>.</summary>
/// <param name="Model">Kind of model.</param>
/// <param name="Runs">Runs it learned from.</param>
/// <param name="CrossValidated">Rank correlation across five folds.</param>
/// <param name="HeldOutRuns">Runs held out, or null.</param>
/// <param name="HeldOut">Rank correlation on them, or null.</param>
/// <param name="Loss">Loss predicted for the weights.</param>
/// <param name="PriorLoss">Loss predicted for the mix looked around.</param>
/// <param name="Weights">Share of each source.</param>
internal sealed record RegMixReport(
    MixtureModelKind Model, int Runs, double CrossValidated, int? HeldOutRuns, double? HeldOut, double Loss, double PriorLoss, IReadOnlyDictionary<string, double> Weights);
