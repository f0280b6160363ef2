using System.Globalization;
using System.Text;

namespace DataPipeline.Bench.Train;

/// <summary>Training of small models on one thread, and the least time to a given loss.</summary>
internal sealed class TrainBenchmark : Benchmark
{
    public const string TrainingSeconds = "training CPU s", ValidationLoss = "validation loss", TokensPerSecond = "tokens per CPU s";

    private const int Steps = 2000;
    private const double GoalLoss = 1.88;

    public override string Name => "train";

    public override string Summary =>
        "Tiny Shakespeare by characters: the first 90 % to train, all of the rest to validate. Both sides compute with the libtorch 1.13.1 of Debian and OpenBLAS, float32, one thread. The "
        + "peer is a GPT written for PyTorch (python3-torch) with nanoGPT's CPU settings for this text: 4 layers of width 128, context 64, 12 windows a step, 2,000 steps. Processor time is "
        + "from the reading of the text to the last step, without validation and without the start of the process.";

    public override IEnumerable<Section> Run(BenchSettings settings)
    {
        string text = settings.Corpora.File("en", "tinyshakespeare-input.txt") ?? Sample(settings);
        int steps = settings.Quick ? 10 : Steps;
        yield return Race(settings, text, new Contest("nanoGPT's settings: tokens a processor second", new FileInfo(text).Length)
            .Ours<CharacterModelSide>("DataPipeline", "nanogpt", text, $"{steps}", "1")
            .AgainstProgram("PyTorch", 1, "/usr/bin/python3", Peer, text, $"{steps}", "1"), "nanogpt");
    }

    private static string Peer => Path.Combine(AppContext.BaseDirectory, "peers", "nanogpt_settings.py");

    private static Section Race(BenchSettings settings, string text, Contest contest, string recipe) => Section.Of(contest.Run(1));

    private static string Sample(BenchSettings settings)
    {
        string path = Path.Combine(settings.Scratch, "text.txt");
        File.WriteAllBytes(path, [.. settings.Corpora.Read("en", 200_000).SelectMany(document => document)]);
        return path;
    }
}
