using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline classifier train --input FILE --output FILE.bin|FILE.ftz</c>; names and defaults of settings are those of fastText's own program.</summary>
internal static class ClassifierTrainVerb
{
    private static readonly Dictionary<string, FastTextLoss> Losses = new(StringComparer.Ordinal)
    {
        ["softmax"] = FastTextLoss.Softmax, ["hs"] = FastTextLoss.HierarchicalSoftmax, ["ns"] = FastTextLoss.NegativeSampling, ["ova"] = FastTextLoss.OneVersusAll,
    };

    public static Command Command()
    {
        Option<T> Setting<T>(string name, string description, T value) => new(name) { Description = description, DefaultValueFactory = _ => value };
        Option<string> input = ClassifierOptions.Input("training text");
        var output = new Option<string>("--output") { Description = "model file: .bin as trained, .ftz quantized", Required = true };
        Option<string> loss = Setting("--loss", "softmax, hs, ns (negative sampling) or ova (a text may have several labels)", "softmax");
        Option<double> rate = Setting("--lr", "learning rate at the start", 0.1), retrainRate = Setting("--retrain-lr", "learning rate after pruning", 0.1);
        Option<int> dim = Setting("--dim", "columns of the vectors", 100), epoch = Setting("--epoch", "passes over the text", 5);
        Option<int> words = Setting("--word-ngrams", "longest sequence of words that is a feature", 1), bucket = Setting("--bucket", "rows for hashed features", 2_000_000);
        Option<int> minn = Setting("--minn", "fewest characters of a character n-gram", 0), maxn = Setting("--maxn", "most characters of a character n-gram; 0 is none", 0);
        Option<int> minCount = Setting("--min-count", "times a word has to be seen", 1), minLabel = Setting("--min-count-label", "times a label has to be seen", 0);
        Option<int> negatives = Setting("--neg", "labels drawn for each example with --loss ns", 5);
        Option<ulong> seed = Setting("--seed", "where chance begins", 0UL);
        var vectors = new Option<string?>("--pretrained") { Description = "word vectors (.vec) to start from" };
        Option<int> cutoff = Setting("--cutoff", "features a .ftz keeps; 0 keeps all", 0), dsub = Setting("--dsub", "columns that share a byte in a .ftz", 2);
        var lengths = new Option<bool>("--qnorm") { Description = "quantizes the lengths of rows apart" };
        var small = new Option<bool>("--qout") { Description = "quantizes the output weights too" };
        var retrain = new Option<int>("--retrain-epochs") { Description = "passes of training after pruning; 0 is none", DefaultValueFactory = _ => 0 };
        Option<int> threads = ClassifierOptions.Threads();
        var command = new Command("train", "Trains a classifier that fastText's own program reads too; the same bytes for any number of threads.")
        {
            input, output, loss, rate, dim, epoch, words, bucket, minn, maxn, minCount, minLabel, negatives, seed, vectors, cutoff, dsub, lengths, small, retrain, retrainRate, threads,
        };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(output)!;
            bool quantize = path.EndsWith(".ftz", StringComparison.OrdinalIgnoreCase);
            if (!quantize && (parsed.GetValue(cutoff) > 0 || parsed.GetValue(lengths) || parsed.GetValue(small) || parsed.GetValue(retrain) > 0))
                throw new ConfigurationException($"--output {path}: --cutoff, --qnorm, --qout and --retrain-epochs make a .ftz file; name it so");
            if (!Losses.TryGetValue(parsed.GetValue(loss)!, out FastTextLoss lossKind))
                throw new ConfigurationException($"--loss {parsed.GetValue(loss)}: there are {string.Join(", ", Losses.Keys)}");
            var arguments = new FastTextArguments
            {
                Dim = parsed.GetValue(dim), Epoch = parsed.GetValue(epoch), MinCount = parsed.GetValue(minCount), Negatives = parsed.GetValue(negatives), Loss = lossKind,
                WordNGrams = parsed.GetValue(words), Bucket = parsed.GetValue(bucket), MinN = parsed.GetValue(minn), MaxN = parsed.GetValue(maxn),
            };
            var training = new FastTextTraining
            {
                LearningRate = parsed.GetValue(rate), MinCountLabel = parsed.GetValue(minLabel), Threads = parsed.GetValue(threads),
                Seed = new Seed(parsed.GetValue(seed)), PretrainedVectors = parsed.GetValue(vectors),
            };
            var quantization = new FastTextQuantization
            {
                Cutoff = parsed.GetValue(cutoff), GroupColumns = parsed.GetValue(dsub), SeparateLengths = parsed.GetValue(lengths), Output = parsed.GetValue(small),
                RetrainEpochs = parsed.GetValue(retrain),
            };
            int again = parsed.GetValue(retrain);
            return Train(ClassifierText.Blocks(parsed.GetValue(input)!), path, arguments, training, quantize ? quantization : null,
                again > 0 ? training with { LearningRate = parsed.GetValue(retrainRate) } : null);
        });
        return command;
    }

    private static int Train(Func<IEnumerable<ReadOnlyMemory<byte>>> blocks, string path, FastTextArguments arguments, FastTextTraining training,
        FastTextQuantization? quantization, FastTextTraining? retrain)
    {
        FastTextTrainer trainer;
        try
        {
            trainer = new FastTextTrainer(arguments, training);
        }
        catch (ArgumentOutOfRangeException wrong)
        {
            throw new ConfigurationException(wrong.Message);
        }
        TrainedClassifier trained = trainer.Train(blocks);
        if (quantization is not null)
            trained = trained.Quantize(quantization, retrain, blocks);
        trained.Save(path);
        Console.Error.WriteLine($"{path}: {trained.Labels.Count} labels, {trained.Words:N0} words, trained on {trained.Tokens:N0} tokens");
        return ExitCode.Done;
    }
}
