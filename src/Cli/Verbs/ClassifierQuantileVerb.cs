using System.CommandLine;
using System.Globalization;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Filters;
using DataPipeline.Ingest.Text;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline classifier quantile --model FILE --label NAME --keep SHARE --jsonl FILE</c>: the threshold at which a share of the documents is kept (DCLM).</summary>
internal static class ClassifierQuantileVerb
{
    public static Command Command()
    {
        Option<string> model = ClassifierOptions.Model();
        var label = new Option<string>("--label") { Description = "label whose score counts, without __label__", Required = true };
        var keep = new Option<double>("--keep") { Description = "share of the documents to keep, 0 to 1 (DCLM: 0.1)", Required = true };
        var documents = new Option<string>("--jsonl") { Description = "a sample of documents {\"text\": ...}", Required = true };
        Option<int> threads = ClassifierOptions.Threads();
        var command = new Command("quantile", "Prints the min_score of the classifier stage that keeps a share of a sample.") { model, label, keep, documents, threads };
        command.SetAction(parsed =>
        {
            double share = parsed.GetValue(keep);
            if (!(share is > 0 and <= 1))
                throw new ConfigurationException("--keep is a share, more than 0 and at most 1");
            FastTextModel loaded = ClassifierOptions.Load(parsed.GetValue(model)!);
            int wanted = loaded.Labels.ToList().IndexOf(parsed.GetValue(label)!);
            if (wanted < 0)
                throw new ConfigurationException($"--label {parsed.GetValue(label)}: the model has {string.Join(", ", loaded.Labels.Take(50))}");
            string path = parsed.GetValue(documents)!;
            double[] scores = [.. Flow.Ordered(LineBlock.Read(path), block => Scores(block, loaded, wanted), Math.Max(1, parsed.GetValue(threads)), batch: 1).SelectMany(block => block)];
            if (scores.Length == 0)
                throw new InputException($"{path}: holds no document");
            Array.Sort(scores);
            // The lowest score of the best documents: at least the share is kept, more where scores are equal.
            double threshold = scores[scores.Length - Math.Max(1, (int)Math.Round(share * scores.Length))];
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"min_score: {threshold:R}\nkept: {scores.Count(score => score >= threshold)} of {scores.Length}"));
            return ExitCode.Done;
        });
        return command;
    }

    private static List<double> Scores(LineBlock block, FastTextModel model, int label)
    {
        var scores = new List<double>();
        foreach (BlockLine line in new BlockLines(block, isJson: true))
            scores.Add(model.Score(line.Document().Text, label));
        return scores;
    }
}
