using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Train;
using Spectre.Console;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline eval text MODEL --on INPUTS</c>: loss, perplexity and bits per byte of texts by source, from totals over each.</summary>
internal static class EvalTextVerb
{
    public static Command Command()
    {
        var model = new ModelArguments();
        var on = new Option<string[]>("--on") { Description = "folders of runs, or files (.jsonl, .parquet, text), as name=path to name a source", Required = true, AllowMultipleArgumentsPerToken = true };
        var column = new Option<string>("--text-column") { Description = "field of the text in JSON lines and Parquet", DefaultValueFactory = _ => "text" };
        var context = new Option<int>("--context") { Description = "least tokens known before a predicted one in texts longer than the model's context; more costs more passes", DefaultValueFactory = _ => 1 };
        var limit = new Option<int?>("--documents") { Description = "most documents of each source" };
        var batch = new Option<int>("--batch") { Description = "windows computed together", DefaultValueFactory = _ => 8 };
        var json = new Option<bool>("--json") { Description = "prints one JSON object" };
        var command = new Command("text", "Loss in nats a token, perplexity, and bits per byte of texts by source; every token is predicted once.") { on, column, context, limit, batch, json };
        model.AddTo(command);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(batch) < 1 || parsed.GetValue(context) < 1 || parsed.GetValue(limit) < 1)
                throw new ConfigurationException("--batch, --context and --documents must be at least 1");
            var inputs = new TextInputs(parsed.GetValue(on)!, parsed.GetValue(column)!);
            using TrainedModel open = model.Open(parsed);
            var bySource = TextLoss.BySource(open, Limited(inputs.Read(), parsed.GetValue(limit)), parsed.GetValue(context), parsed.GetValue(batch));
            if (bySource.Count == 0)
                throw new InputException("none of the inputs has a text: look at --text-column");
            (string Name, TextLoss Loss)[] rows = [.. bySource.Select(pair => (pair.Key, pair.Value)), ("all", TextLoss.Together(bySource.Values))];
            if (parsed.GetValue(json))
                ResultTable.WriteJson(rows.ToDictionary(row => row.Name, row => row.Loss));
            else
                WriteTable(rows);
            return ExitCode.Done;
        });
        return command;
    }

    private static IEnumerable<Document> Limited(IEnumerable<Document> documents, int? limit)
    {
        if (limit is not { } most)
            return documents;
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        return documents.Where(document => (counts[document.Source] = counts.GetValueOrDefault(document.Source) + 1) <= most);
    }

    private static void WriteTable((string Name, TextLoss Loss)[] rows)
    {
        Table table = ResultTable.With("source", "documents", "tokens", "bytes", "loss", "perplexity", "bits/byte", "byte perplexity", "word perplexity");
        foreach ((string name, TextLoss loss) in rows)
        {
            table.AddRow([.. new[]
            {
                name, $"{loss.Documents:N0}", $"{loss.Tokens:N0}", $"{loss.Bytes:N0}", $"{loss.Loss:F4}", $"{loss.Perplexity:F3}", $"{loss.BitsPerByte:F4}",
                $"{loss.BytePerplexity:F4}", $"{loss.WordPerplexity:F2}",
            }.Select(Markup.Escape)]);
        }
        ResultTable.Write(table);
    }
}
