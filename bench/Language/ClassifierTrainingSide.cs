using System.Globalization;
using DataPipeline.Filters;

namespace DataPipeline.Bench.Language;

/// <summary>Training a classifier, dictionary and all. Arguments: the text, columns, longest character n-gram, passes.</summary>
internal sealed class ClassifierTrainingSide : Side
{
    private byte[] _text = [];
    private FastTextArguments _arguments = new();

    public override void Prepare(string[] arguments)
    {
        _text = File.ReadAllBytes(arguments[0]);
        int[] numbers = [.. arguments.Skip(1).Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        _arguments = new FastTextArguments { Dim = numbers[0], MinN = numbers[1] > 0 ? 2 : 0, MaxN = numbers[1], Bucket = 100_000, Epoch = numbers[2] };
    }

    public override Outcome Run()
    {
        TrainedClassifier trained = new FastTextTrainer(_arguments, new FastTextTraining()).Train(() => [_text]);
        return new Outcome(null, new Dictionary<string, double> { ["words"] = trained.Tokens * (double)_arguments.Epoch });
    }
}
