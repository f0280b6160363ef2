using DataPipeline.Core;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>Small trainings that a device has to repeat: every family of models, optimizers of each kind, masks, preference pairs, adapters over 4 bits, generation, in three precisions.</summary>
/// <remarks>
/// Weights and batches come from our own seeds and not from torch's generators, so the numbers can be compared between devices and between versions of libtorch. In float64 a wrong kernel shows
/// beyond doubt; the other precisions show that their kernels are taken and are near.
/// </remarks>
public static class DeviceCheck
{
    private const int Vocabulary = 61, Rows = 4, Context = 32, Steps = 12;

    private static readonly OptimizerOptions adam = new(learningRate: 3e-3, minLearningRate: 3e-4, warmupSteps: 5);

    private static readonly LlamaOptions llama = new(layers: 2, heads: 4, kvHeads: 2, width: 32, context: Context);

    private static readonly (string Name, ModelOptions Model, OptimizerOptions Optimizer, int Documents)[] trainings =
    [
        ("gpt2", new Gpt2Options(layers: 2, heads: 4, width: 32, context: Context), adam, 1),
        ("llama", llama, adam, 1),
        ("llama, documents", llama, adam, 3),
        ("llama, window", llama with { window = 8, qkNorm = true }, adam, 1),
        ("llama, experts", llama with { experts = new ExpertOptions(experts: 4, perToken: 2) }, adam, 1),
        ("bloom, documents", new BloomOptions(layers: 2, heads: 4, width: 32, context: Context), adam, 2),
        ("llama, muon", llama, adam with { kind = OptimizerKind.Muon }, 1),
        ("llama, lion", llama, adam with { kind = OptimizerKind.Lion, learningRate = 1e-3 }, 1),
    ];

    /// <summary>Largest difference allowed, of the greater of 1 and the number, by the precision that ends a case's name.</summary>
    /// <remarks>In these steps training makes a rounding error some ten times larger; experts may change at a tie.</remarks>
    public static double Tolerance(string name) => name.EndsWith("float64", StringComparison.Ordinal) ? 1e-8 : name.EndsWith("float32", StringComparison.Ordinal) ? 5e-3 : 0.1;

    /// <summary>Runs all cases on a device. The numbers of a case are its losses and gradient norms by step and its last validation loss, or the tokens generated.</summary>
    public static SortedDictionary<string, double[]> Run(Device device)
    {
        var results = new SortedDictionary<string, double[]>(StringComparer.Ordinal);
        foreach ((string name, ModelOptions model, OptimizerOptions optimizer, int documents) in trainings)
        {
            foreach (ScalarType type in (ScalarType[])[float64, float32])
                results[$"{name}, {Name(type)}"] = Train(model, optimizer, documents, type, Precision.Float32, device);
            if (!name.EndsWith("experts", StringComparison.Ordinal))
                results[$"{name}, bfloat16"] = Train(model, optimizer, documents, float32, Precision.Bfloat16, device);
        }
        results["dpo, float64"] = TrainOnPairs(float64, null, device);
        results["dpo, adapters over 4 bits, float32"] = TrainOnPairs(float32, new LoraOptions(rank: 4, alpha: 8, quantize: true), device);
        results["generation, float64"] = Generate(device);
        return results;
    }

    /// <summary>Whether a training that was stopped and went on gives the bits of one that was not, on a device: promised on a CPU, to be seen on a card.</summary>
    public static bool ResumesWithTheSameBits(Device device) => InFolder(folder =>
    {
        byte[] Trained(string name, params int[] ends)
        {
            string checkpoint = "";
            foreach (int end in ends)
            {
                using var stop = new CancellationTokenSource();
                using LanguageModel model = NewModel(llama, float32, device);
                using var trainer = new Pretrainer(model, Source(1), null, new PretrainOptions(steps: Steps, evalInterval: 0), adam, Path.Combine(folder, name))
                {
                    Stepped = report =>
                    {
                        if (report.Step == end) stop.Cancel();
                    },
                };
                trainer.Resume();
                checkpoint = trainer.Run(stop.Token).Checkpoint;
            }
            return [.. File.ReadAllBytes(Path.Combine(checkpoint, "model.safetensors")), .. File.ReadAllBytes(Path.Combine(checkpoint, "optimizer.safetensors"))];
        }
        return Trained("whole", Steps).AsSpan().SequenceEqual(Trained("parts", 5, Steps));
    });

    private static string Name(ScalarType type) => type == float64 ? "float64" : "float32";

    private static CountingBatches Source(int documents) => new(Rows, Context + 1, Vocabulary, documents);

    private static double[] Train(ModelOptions options, OptimizerOptions optimizer, int documents, ScalarType type, Precision precision, Device device) => InFolder<double[]>(folder =>
    {
        var numbers = new List<double>();
        using LanguageModel model = NewModel(options, type, device);
        CountingBatches source = Source(documents);
        using var trainer = new Pretrainer(model, source, () => [source.At(900)], new PretrainOptions(steps: Steps, evalInterval: 0, precision: precision), optimizer, folder)
        {
            Stepped = report => numbers.AddRange([report.Loss, report.GradientNorm]),
        };
        trainer.Run();
        return [.. numbers, trainer.Evaluation!.Loss];
    });

    private static double[] TrainOnPairs(ScalarType type, LoraOptions? lora, Device device) => InFolder<double[]>(folder =>
    {
        var numbers = new List<double>();
        using LanguageModel model = NewModel(llama, type, device);
        if (lora is not null)
        {
            Lora.Attach(model, lora);
            Fill(model.Trained);
        }
        PreferencePair[] pairs = [.. Enumerable.Range(0, 12).Select(i => new PreferencePair([i, i + 1, i + 2], [i + 3, i + 4, i + 5], [i + 30, i, i + 17, i + 2]))];
        using var trainer = new DpoTrainer(model, pairs, [], new DpoOptions(steps: Steps, batch: 4), adam, folder) { Stepped = report => numbers.AddRange([report.Train.Loss, report.GradientNorm]) };
        trainer.Run();
        return [.. numbers];
    });

    private static double[] Generate(Device device)
    {
        using LanguageModel model = NewModel(llama, float64, device);
        int[][] texts = TextSampler.Sample(model, [[1, 2, 3], [9]], new SamplingOptions(tokens: 24, temperature: 0), []);
        return [.. texts.SelectMany(text => text).Select(id => (double)id)];
    }

    private static LanguageModel NewModel(ModelOptions options, ScalarType type, Device device)
    {
        LanguageModel model = options.Make(Vocabulary, seed: null, type, device);
        Fill(model.Weights);
        return model;
    }

    // Matrices are uniform around 0, norms and biases around 1.
    private static void Fill(IReadOnlyList<Weight> weights)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        foreach (Weight weight in weights)
        {
            Seed seed = new Seed(23).For(weight.Name);
            double[] values = [.. Enumerable.Range(0, (int)weight.Value.numel()).Select(i => (weight.Value.ndim > 1 ? 0 : 1) + 0.2 * (seed.Fraction((ulong)i) - 0.5))];
            weight.Value.copy_(tensor<double>(values, weight.Value.shape));
        }
    }

    private static T InFolder<T>(Func<string, T> work)
    {
        string folder = Directory.CreateTempSubdirectory("device-check-").FullName;
        try
        {
            return work(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
