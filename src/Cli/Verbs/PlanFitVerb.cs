using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens.Scaling;
using Spectre.Console;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline plan fit RUNS.csv</c>: the constants of a scaling law from one's own runs.</summary>
internal static class PlanFitVerb
{
    /// <summary>Runs that the law describes worst, as they are listed.</summary>
    private const int WorstRuns = 5;

    public static Command Command()
    {
        var runs = new Argument<string>("RUNS.csv") { Description = "columns parameters (or N), tokens (or D) or flops (or C), and loss, a line for each run; 1.3B is understood" };
        Option<string?> output = new("--output") { Description = "writes the law, which plan --rule reads", HelpName = "FILE.json" };
        Option<int> drop = new("--drop-highest") { Description = "leaves out so many runs of the highest losses" };
        Option<double> delta = new("--delta") { Description = "where the Huber loss of log L turns from a square to a line", DefaultValueFactory = _ => 1e-3 };
        Option<int> starts = new("--starts") { Description = "points of the grid of 4,500 to start from, the best first", DefaultValueFactory = _ => 100 };
        Option<int> resamples = new("--bootstrap") { Description = "resamples behind the intervals; 0 gives none", DefaultValueFactory = _ => 200 };
        Option<ulong> seed = new("--seed") { Description = "seed of the bootstrap" };
        Option<bool> json = new("--json") { Description = "prints JSON (docs/plan.md)" };
        var command = new Command("fit", "Fits L = E + A / N^alpha + B / D^beta to finished runs, as Hoffmann et al. 2022 (approach 3) and Besiroglu et al. 2024 did.")
        {
            runs, output, drop, delta, starts, resamples, seed, json,
        };
        command.SetAction(parsed =>
        {
            var settings = new ScalingFitSettings(parsed.GetValue(delta), parsed.GetValue(drop), parsed.GetValue(starts), parsed.GetValue(resamples), new Seed(parsed.GetValue(seed)));
            if (!(settings.Delta > 0) || settings.DropHighest < 0 || settings.Starts < 1 || settings.Resamples is < 0 or 1)
                throw new ConfigurationException("--delta is above 0, --drop-highest at least 0, --starts at least 1, --bootstrap 0 or at least 2");
            ScalingFitResult fit = ScalingFit.Fit(Read(parsed.GetValue(runs)!), settings);
            if (parsed.GetValue(output) is { } path)
                ManifestJson.Write(path, ScalingFitFile.Of(fit));
            if (parsed.GetValue(json))
                Console.Out.Write(ManifestJson.Text(fit));
            else
                Write(fit);
            return ExitCode.Done;
        });
        return command;
    }

    private static TrainedRun[] Read(string path)
    {
        NumberTable table = File.Exists(path) ? NumberTable.Read(path) : throw new ConfigurationException($"{path}: no such file");
        double[] parameters = table.Quantities(table.Find("parameters", "params", "N") ?? throw Missing("parameters (or params, N)"));
        double[] losses = table.Quantities(table.Find("loss", "L") ?? throw Missing("loss (or L)"));
        double[] tokens = table.Find("tokens", "D") is { } direct ? table.Quantities(direct)
            : table.Find("flops", "compute", "C") is { } flops ? [.. table.Quantities(flops).Zip(parameters, (c, n) => c / (6 * n))]
            : throw Missing("tokens (or D) and none flops (or C)");
        return [.. parameters.Select((n, i) => new TrainedRun(n, tokens[i], losses[i]))];

        InputException Missing(string names) => new($"{path}: no column {names}; there are {string.Join(", ", table.Columns)}");
    }

    private static void Write(ScalingFitResult fit)
    {
        IAnsiConsole console = Report.NewConsole();
        FitRange range = fit.Range;
        console.WriteLine($"{fit.Residuals.Count} runs{(fit.Dropped > 0 ? $", {fit.Dropped} of the highest losses left out" : "")}: {PlanTables.Text(range.MinParameters)} to"
            + $" {PlanTables.Text(range.MaxParameters)} parameters, {PlanTables.Text(range.MinTokens)} to {PlanTables.Text(range.MaxTokens)} tokens");
        Table constants = Report.NewTable("L = E + A / N^alpha + B / D^beta", "fitted", "standard error", "2.5 %", "97.5 %");
        foreach (FittedConstant constant in fit.Constants)
            constants.AddRow(constant.Name == "a" ? "a, of N ~ C^a" : constant.Name, $"{constant.Value:G5}", $"{constant.StandardError:G3}", $"{constant.Low:G5}", $"{constant.High:G5}");
        console.Write(constants);
        console.WriteLine($"objective {fit.Objective:G6}; residuals of log L: root mean square {fit.RootMeanSquare:0.00000} ({fit.RootMeanSquare:P2} of the loss)");
        Table worst = Report.NewTable("furthest off: parameters", "tokens", "loss", "predicted", "off");
        foreach (Residual residual in fit.Residuals.OrderByDescending(residual => Math.Abs(residual.Log)).Take(WorstRuns))
            worst.AddRow(PlanTables.Text(residual.Run.Parameters), PlanTables.Text(residual.Run.Tokens), $"{residual.Run.Loss:0.0000}", $"{residual.Predicted:0.0000}", $"{residual.Log:+0.00 %;-0.00 %}");
        console.Write(worst);
        foreach (string warning in fit.Warnings)
            console.WriteLine($"warning: {warning}");
    }
}
