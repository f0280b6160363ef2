using System.CommandLine;
using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline classifier test --model FILE --input FILE</c>: lines, precision and recall, as fastText's <c>test</c> prints them.</summary>
internal static class ClassifierTestVerb
{
    public static Command Command()
    {
        Option<string> model = ClassifierOptions.Model(), input = ClassifierOptions.Input("labelled text");
        Option<int> k = ClassifierOptions.K();
        Option<double> threshold = ClassifierOptions.Threshold();
        var labels = new Option<bool>("--labels") { Description = "a line for each label too: its lines, recall and precision" };
        var command = new Command("test", "Prints lines, precision and recall of a classifier on labelled text.") { model, input, k, threshold, labels };
        command.SetAction(parsed =>
        {
            ClassifierOptions.Check(parsed.GetValue(k), parsed.GetValue(threshold));
            var score = new ClassifierScore(ClassifierOptions.Load(parsed.GetValue(model)!), parsed.GetValue(k), parsed.GetValue(threshold));
            foreach (ReadOnlyMemory<byte> block in ClassifierText.Blocks(parsed.GetValue(input)!)())
            {
                for (ReadOnlyMemory<byte> rest = block; !rest.IsEmpty;)
                {
                    int length = rest.Span.IndexOf((byte)'\n');
                    score.Add(length < 0 ? rest.Span : rest.Span[..length]);
                    rest = length < 0 ? default : rest[(length + 1)..];
                }
            }
            if (score.Lines == 0)
                throw new InputException($"{parsed.GetValue(input)}: no line has a label of the model: write __label__ before each label");
            Console.Out.WriteLine(score);
            foreach ((string label, long gold, long right, long given) in parsed.GetValue(labels) ? score.Labels : [])
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{label}\t{gold}\t{(double)right / gold:F4}\t{(given == 0 ? 0 : (double)right / given):F4}"));
            return ExitCode.Done;
        });
        return command;
    }
}
