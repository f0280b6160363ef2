using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Train;
using Spectre.Console;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline eval lens MODEL --text TEXT</c>: for each token of a text and each layer, what the model would say next if it ended there.</summary>
internal static class EvalLensVerb
{
    public static Command Command()
    {
        var model = new ModelArguments();
        var text = new Option<string>("--text") { Description = "text to read", Required = true };
        var command = new Command("lens", "Logit lens: the likeliest next token after each block with its probability, and the log-probability of the token that comes.") { text };
        model.AddTo(command);
        command.SetAction(parsed =>
        {
            using TrainedModel open = model.Open(parsed);
            int[] ids = open.Prompt(parsed.GetValue(text)!);
            if (ids.Length > open.Model.Context)
                throw new ConfigurationException($"--text has {ids.Length:N0} tokens with the one before it, the model reads {open.Model.Context:N0}");
            LogitLens.Reading[][] layers = LogitLens.Of(open.Model, ids);
            Table table = ResultTable.With("behind", ["next", .. layers.Select((_, i) => i == 0 ? "embedding" : $"block {i}")]);
            for (int t = 0; t < ids.Length; t++)
            {
                string Cell(LogitLens.Reading reading) => $"{Shown(open, reading.Token)} {reading.Probability:F2}" + (double.IsNaN(reading.Target) ? "" : $" ({reading.Target:F1})");
                table.AddRow([.. new[] { Shown(open, ids[t]), t + 1 < ids.Length ? Shown(open, ids[t + 1]) : "" }.Concat(layers.Select(layer => Cell(layer[t]))).Select(Markup.Escape)]);
            }
            ResultTable.Write(table);
            return ExitCode.Done;
        });
        return command;
    }

    private static string Shown(TrainedModel open, int id) => open.Tokenizer.Decode([id]).Replace("\n", "\\n", StringComparison.Ordinal).Replace(' ', '_');
}
