using System.Globalization;
using System.Text;

namespace DataPipeline.Bench.Train;

/// <summary>Training of small models on one thread, and the least time to a given loss.</summary>
internal sealed class TrainBenchmark : Benchmark
{
    public const string TrainingSeconds = "training CPU s", ValidationLoss = "validation loss", TokensPerSecond = "tokens per CPU s";

    private const int Steps = 2000;
    private const double GoalLoss = 1.88, GoalRatio = 4;

    public override string Name => "train";

    public override string Summary =>
        "Tiny Shakespeare by characters: the first 90 % to train, all of the rest to validate. Both sides compute with the libtorch 1.13.1 of Debian and OpenBLAS, float32, one thread. The "
        + "peer is a GPT written for PyTorch (python3-torch) with nanoGPT's CPU settings for this text: 4 layers of width 128, context 64, 12 windows a step, 2,000 steps. Processor time is "
        + "from the reading of the text to the last step, without validation and without the start of the process.";

    public override IEnumerable<Section> Run(BenchSettings settings)
    {
        string text = settings.Corpora.File("en", "tinyshakespeare-input.txt") ?? Sample(settings);
        string steps = settings.Quick ? "10" : $"{Steps}";
        long bytes = new FileInfo(text).Length;
        ContestResult same = new Contest("nanoGPT's settings", bytes)
            .Ours<CharacterModelSide>("DataPipeline", "nanogpt", text, steps, "1")
            .AgainstProgram("PyTorch", null, "/usr/bin/python3", Peer, text, steps, "1").Run(1, warmUp: false);
        double ratio = same.Sides[0].Figure(TokensPerSecond)!.Value / same.Sides[1].Figure(TokensPerSecond)!.Value;
        yield return new Section(same.Markdown() + Verdict(ratio >= 1, $"{ratio:F2} times the tokens of PyTorch a processor second, target 1"), ratio >= 1 ? 0 : 1);

        double peer = same.Sides[1].Figure(TrainingSeconds)!.Value;
        foreach ((string recipe, int recipeSteps) in new[] { ("muon", 500), ("ngrams", 110) })
            yield return Speedrun(recipe, text, bytes, settings.Quick ? 10 : recipeSteps, peer);
    }

    private static string Peer => Path.Combine(AppContext.BaseDirectory, "peers", "nanogpt_settings.py");

    /// <summary>Three seeds of a recipe: every one has to reach the loss.</summary>
    private static Section Speedrun(string recipe, string text, long bytes, int steps, double peer)
    {
        var contest = new Contest($"Least time to a loss of {GoalLoss}: recipe {recipe}, {steps} steps", bytes);
        for (int seed = 1; seed <= 3; seed++)
            contest.Ours<CharacterModelSide>($"seed {seed}", recipe, text, $"{steps}", $"{seed}");
        IReadOnlyList<SideResult> sides = contest.Run(1, warmUp: false).Sides;
        StringBuilder table = new($"### {contest.Name}\n\n| seed | validation loss | training CPU s | times less than PyTorch |\n|---|---|---|---|\n");
        foreach (SideResult side in sides)
        {
            double seconds = side.Figure(TrainingSeconds)!.Value;
            table.AppendLine(CultureInfo.InvariantCulture, $"| {side.Name} | {side.Figure(ValidationLoss):F4} | {seconds:F1} | {peer / seconds:F1} |");
        }
        double worst = sides.Max(side => side.Figure(ValidationLoss)!.Value), least = sides.Min(side => peer / side.Figure(TrainingSeconds)!.Value);
        bool met = worst <= GoalLoss && least >= GoalRatio;
        return new Section(table + Verdict(met, $"loss at most {worst:F4}, target {GoalLoss}; {least:F1} times less processor time, target {GoalRatio}"), met ? 0 : 1);
    }

    private static string Verdict(bool met, FormattableString what) => $"\n- {(met ? "met" : "missed")}: {what.ToString(CultureInfo.InvariantCulture)}\n";

    private static string Sample(BenchSettings settings)
    {
        string path = Path.Combine(settings.Scratch, "text.txt");
        File.WriteAllBytes(path, [.. settings.Corpora.Read("en", 200_000).SelectMany(document => document)]);
        return path;
    }
}
