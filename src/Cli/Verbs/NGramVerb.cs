using System.CommandLine;
using System.Globalization;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Filters;
using DataPipeline.Ingest.Text;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline ngram train|query</c>: n-gram language models with modified Kneser-Ney smoothing, for the stage perplexity.</summary>
internal static class NGramVerb
{
    public static Command Command() => new("ngram", "Trains n-gram language models and asks them for perplexities.") { Train(), Query() };

    private static Command Train()
    {
        Option<string[]> input = new("--input") { Description = "text, a sentence a line, or .jsonl documents {\"text\": ...}; several in their order", Required = true, AllowMultipleArgumentsPerToken = true };
        Option<string> output = new("--output") { Description = "model file: text where it ends in .arpa, else binary", Required = true };
        Option<int> order = new("--order") { Description = "words of the longest n-grams, 2 to 9", DefaultValueFactory = _ => 5 };
        Option<TextUnit> unit = Unit();
        var command = new Command("train", "Estimates a model by modified Kneser-Ney smoothing; about 40 bytes of memory for each n-gram.") { input, output, order, unit };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(order) is < 2 or >= NGramModel.MaxOrder)
                throw new ConfigurationException($"--order is 2 to {NGramModel.MaxOrder - 1}");
            var trainer = new NGramTrainer(parsed.GetValue(order));
            foreach (string path in parsed.GetValue(input)!)
            {
                foreach ((string? _, string text) in Texts(path))
                {
                    foreach (IEnumerable<string> line in TextUnits.Lines(text, parsed.GetValue(unit)))
                        trainer.AddLine(line);
                }
            }
            NGramModel model = trainer.Build();
            NGramFile.Save(model, parsed.GetValue(output)!);
            Console.Error.WriteLine($"{parsed.GetValue(output)}: n-grams of 1 to {model.Order} words: {string.Join(", ", model.Counts.Select(count => count.ToString("N0", CultureInfo.InvariantCulture)))}");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Query()
    {
        Option<string> model = new("--model") { Description = "ARPA or binary model", Required = true };
        Option<string> lines = new("--lines") { Description = "texts, one a line, or .jsonl documents", Required = true };
        Option<TextUnit> unit = Unit();
        var command = new Command("query", "Prints perplexity<TAB>log10 of the probability<TAB>words for each line or document, ends of lines counted.") { model, lines, unit };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(model)!;
            NGramModel loaded = File.Exists(path) ? NGramFile.Load(path) : throw new ConfigurationException($"--model {path}: no such file; make one with datapipeline ngram train");
            foreach ((string? _, string text) in Texts(parsed.GetValue(lines)!))
            {
                (double score, int tokens) = (0, 0);
                foreach (IEnumerable<string> line in text.Split('\n').Select(line => TextUnits.Of(line, parsed.GetValue(unit))))
                {
                    (double more, int count) = loaded.Score(line);
                    (score, tokens) = (score + more, tokens + count);
                }
                Console.Out.Write(string.Create(CultureInfo.InvariantCulture, $"{Math.Pow(10, -score / tokens):0.####}\t{score:0.####}\t{tokens}\n"));
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static Option<TextUnit> Unit() => new("--unit") { Description = "what a word is: words between white space, or characters", DefaultValueFactory = _ => TextUnit.Words };

    /// <summary>The lines of a file, or the texts of its documents.</summary>
    private static IEnumerable<(string? Id, string Text)> Texts(string path)
    {
        bool isJson = TextLine.HoldsJson(path);
        foreach (LineBlock block in LineBlock.Read(path))
        {
            foreach (BlockLine line in new BlockLines(block, isJson))
                yield return isJson ? line.Document() : (null, Encoding.UTF8.GetString(line.Bytes));
        }
    }
}
