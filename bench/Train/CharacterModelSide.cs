using System.Globalization;
using DataPipeline.Torch;
using DataPipeline.Train;

namespace DataPipeline.Bench.Train;

/// <summary>From a text to a trained character model. Arguments: recipe, text file, steps, seed.</summary>
/// <remarks>Processor time is from the reading of the text to the last step; the validation that follows is left out, here and at the peer.</remarks>
internal sealed class CharacterModelSide : Side
{
    private const int Context = 64;
    private CharacterRecipe _recipe = null!;
    private string _text = "";
    private int _steps;
    private ulong _seed;

    public override void Prepare(string[] arguments)
    {
        _recipe = CharacterRecipe.Named(arguments[0]);
        _text = arguments[1];
        _steps = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        _seed = ulong.Parse(arguments[3], CultureInfo.InvariantCulture);
        _ = torch.version;
    }

    public override Outcome Run()
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        string folder = Directory.CreateTempSubdirectory("character-model-").FullName;
        try
        {
            var text = new CharacterText(_text, _recipe.Rows, Context, _seed);
            using LanguageModel model = _recipe.Model(Context).Make(text.Vocabulary, _seed);
            var options = new PretrainOptions(steps: _steps, evalInterval: 0, checkpointInterval: 0);
            using var trainer = new Pretrainer(model, text, null, options, _recipe.Optimizer, folder);
            trainer.Run();
            double seconds = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
            double loss = Evaluator.Evaluate(model, text.Validation()).Loss;
            return new Outcome(null, new Dictionary<string, double>
            {
                [TrainBenchmark.TrainingSeconds] = seconds,
                [TrainBenchmark.ValidationLoss] = loss,
                [TrainBenchmark.TokensPerSecond] = (double)_steps * _recipe.Rows * Context / seconds,
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary>A model and how it is trained.</summary>
/// <param name="Rows">Windows in a batch.</param>
/// <param name="Model">The shape for a context.</param>
/// <param name="Optimizer">The optimizer and its schedule.</param>
internal sealed record CharacterRecipe(int Rows, Func<int, ModelOptions> Model, OptimizerOptions Optimizer)
{
    private static readonly OptimizerOptions Fast = new(
        kind: OptimizerKind.Muon, learningRate: 0.006, minLearningRate: 0.0003, muonLearningRate: 0.03, beta2: 0.99, weightDecay: 0,
        schedule: ScheduleShape.Wsd, wsdShare: 0.6, warmupSteps: 10);

    /// <summary>nanogpt: its CPU settings for this text; muon: two layers by Muon; ngrams: one layer and embeddings of n-grams, by Muon.</summary>
    public static CharacterRecipe Named(string name) => name switch
    {
        "nanogpt" => new(12, context => new Gpt2Options(layers: 4, heads: 4, width: 128, context: context, bias: false, tanhGelu: false), new OptimizerOptions(beta2: 0.99)),
        "muon" => new(12, context => new LlamaOptions(layers: 2, heads: 4, width: 128, context: context, feedForward: 256, tied: false, zeroOutputs: true, initStd: 0.088), Fast),
        "ngrams" => new(12, context => new LlamaOptions(layers: 1, heads: 4, width: 128, context: context, feedForward: 256, tied: false, zeroOutputs: true, initStd: 0.088, ngrams: 5), Fast with { embeddingLearningRate = 0.036 }),
        _ => throw new ArgumentException($"there is no recipe {name}"),
    };
}
