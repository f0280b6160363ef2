using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline classifier train|test|predict|quantile</c>: classifiers of fastText's form.</summary>
internal static class ClassifierVerb
{
    public static Command Command() => new("classifier", "Trains and asks classifiers of texts, in fastText's form and files.")
    {
        ClassifierTrainVerb.Command(),
        ClassifierTestVerb.Command(),
        ClassifierPredictVerb.Command(),
        ClassifierQuantileVerb.Command(),
    };
}

/// <summary>Options that the verbs share.</summary>
internal static class ClassifierOptions
{
    public static Option<string> Input(string what) => new("--input")
    {
        Description = $"{what}: lines with labels as words __label__NAME, or a file .jsonl of documents {{\"text\": ..., \"label\": name or list}}; plain or compressed", Required = true,
    };

    public static Option<string> Model() => new("--model") { Description = "fastText .bin or .ftz file", Required = true };

    public static Option<int> K() => new("--k") { Description = "labels given for a text at most", DefaultValueFactory = _ => 1 };

    public static Option<double> Threshold() => new("--threshold") { Description = "smallest score of a label that is given, 0 to 1", DefaultValueFactory = _ => 0 };

    public static Option<int> Threads() => new("--threads") { Description = "worker threads; changes speed only", DefaultValueFactory = _ => Environment.ProcessorCount };

    public static FastTextModel Load(string path) => File.Exists(path) ? FastTextModel.Load(path)
        : throw new ConfigurationException($"--model {path}: no such file; give a fastText .bin or .ftz file");

    public static void Check(int k, double threshold)
    {
        if (k < 1 || double.IsNaN(threshold))
            throw new ConfigurationException("--k must be at least 1");
    }
}
