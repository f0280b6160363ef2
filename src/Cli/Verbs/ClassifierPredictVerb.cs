using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Filters;
using DataPipeline.Ingest.Text;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline classifier predict --model FILE --lines FILE</c>: labels and scores of each line, as fastText's <c>predict-prob</c> prints them.</summary>
internal static class ClassifierPredictVerb
{
    public static Command Command()
    {
        Option<string> model = ClassifierOptions.Model();
        var lines = new Option<string?>("--lines") { Description = "texts, one a line; - is the standard input" };
        var documents = new Option<string?>("--jsonl") { Description = "documents {\"text\": ...}; writes {\"id\": ..., \"labels\": [...], \"scores\": [...]} for each" };
        Option<int> k = ClassifierOptions.K(), threads = ClassifierOptions.Threads();
        Option<double> threshold = ClassifierOptions.Threshold();
        var command = new Command("predict", "Prints __label__NAME and score, the best first, for each line.") { model, lines, documents, k, threshold, threads };
        command.SetAction(parsed =>
        {
            ClassifierOptions.Check(parsed.GetValue(k), parsed.GetValue(threshold));
            string? texts = parsed.GetValue(lines), json = parsed.GetValue(documents);
            if (texts is null == json is null)
                throw new ConfigurationException("give either --lines FILE or --jsonl FILE");
            if (parsed.GetValue(threads) < 1)
                throw new ConfigurationException("--threads must be at least 1");
            var asked = new PredictedLines(ClassifierOptions.Load(parsed.GetValue(model)!), parsed.GetValue(k), parsed.GetValue(threshold), json is not null);
            using Stream output = Console.OpenStandardOutput();
            foreach (byte[] predicted in Flow.Ordered(LineBlock.Read(texts ?? json!), asked.Predict, parsed.GetValue(threads), batch: 1))
            {
                output.Write(predicted);
                output.Flush();
            }
            return ExitCode.Done;
        });
        return command;
    }
}

/// <summary>The labels of a block of lines. Safe to use from several threads.</summary>
internal sealed class PredictedLines(FastTextModel model, int k, double threshold, bool isJson)
{
    public byte[] Predict(LineBlock block)
    {
        var output = new StringBuilder();
        foreach (BlockLine line in new BlockLines(block, isJson))
        {
            if (!isJson)
            {
                output.AppendJoin(' ', model.Predict(line.Bytes, k, threshold).Select(label => $"__label__{label.Label} {Number(label.Score)}")).Append('\n');
            }
            else
            {
                (string? id, string text) = line.Document();
                IReadOnlyList<Prediction> labels = model.Predict(text, k, threshold);
                output.Append(CultureInfo.InvariantCulture, $"{{{(id is null ? "" : $"\"id\":{id},")}\"labels\":[");
                output.AppendJoin(',', labels.Select(label => JsonSerializer.Serialize(label.Label)));
                output.Append("],\"scores\":[").AppendJoin(',', labels.Select(label => Number(label.Score))).Append("]}\n");
            }
        }
        return Encoding.UTF8.GetBytes(output.ToString());
    }

    private static string Number(double score) => score.ToString("0.######", CultureInfo.InvariantCulture);
}
