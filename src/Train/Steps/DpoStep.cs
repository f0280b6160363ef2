using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Steps;
using DataPipeline.Torch;

namespace DataPipeline.Train.Steps;

/// <summary>Preference optimisation as a step of a run.</summary>
internal sealed class DpoStep(DpoSettings settings, string text) : Step("train.dpo", ArtifactKind.Model, text)
{
    public override IReadOnlyList<StepTask> Tasks(Run run) => [new DpoTask(settings, [
        .. run.Latest(ArtifactKind.Model).Files(ModelFiles.Weights), .. run.Latest(ArtifactKind.Model).Files(ModelFiles.Config),
        .. run.Latest(ArtifactKind.Tokenizer).Files(), .. run.Documents])];

    public override string Unit => "steps";

    public override IEnumerable<string> Summary(StepManifest manifest)
    {
        yield return $"train.dpo: {manifest.Fact("pairs")} pairs, {manifest.Fact("held_out_pairs")} held out, {manifest.Fact("steps")} steps; "
            + $"loss {manifest.Number("first_loss"):F4} -> {manifest.Number("last_loss"):F4}";
        if (manifest.Fact("first_margin") is not null)
        {
            yield return $"train.dpo held out: reward margin {manifest.Number("first_margin"):F4} -> {manifest.Number("last_margin"):F4}, "
                + $"accuracy {manifest.Number("first_accuracy"):P1} -> {manifest.Number("last_accuracy"):P1}";
        }
    }
}

internal sealed class DpoTask(DpoSettings settings, IReadOnlyList<FileEntry> inputs) : StepTask("00000", inputs)
{
    public override long Weight => settings.Run.steps;

    public override void Execute(TaskContext context)
    {
        Device device = TrainingDevice.Choose(settings.Run.device);
        Artifact start = context.Run.Latest(ArtifactKind.Model), tokenizer = context.Run.Latest(ArtifactKind.Tokenizer);
        (List<PreferencePair> train, List<PreferencePair> heldOut) = Pairs(context, new ChatTemplate(TokenizerArtifact.Load(tokenizer)));
        DpoOptions options = settings.Run with { seed = context.Seed.For(settings.Run.seed).Value };
        using LanguageModel policy = Checkpoint.LoadModel(start.Folder, ScalarType.Float32, device);
        if (settings.Lora is { } lora)
        {
            long whole = policy.Parameters;
            context.Say($"train.dpo: {Lora.Attach(policy, lora, options.seed).Sum(weight => weight.Value.numel()):N0} parameters of adapters beside {whole:N0}");
        }
        string logPath = Path.Combine(context.Scratch, ModelFiles.Log);
        TrainingLog? log = null;
        using var trainer = new DpoTrainer(policy, train, heldOut, options, settings.Optimizer, Path.Combine(context.Scratch, "checkpoints"))
        {
            Stepped = report => Stepped(context, log!, report),
            Evaluated = report => Evaluated(context, log!, report),
            Saving = () => log!.Flush(),
        };
        if (trainer.Resume())
            context.Say($"train.dpo: goes on from step {trainer.Step:N0}");
        log = new TrainingLog(logPath, trainer.Step);
        context.Advance(trainer.Step);
        TrainResult result;
        using (log)
            result = trainer.Run(context.Cancel);
        context.Cancel.ThrowIfCancellationRequested();
        if (settings.Lora is not null && ModelFiles.Merged(context, policy) is var merged)
            result = result with { Checkpoint = merged, Model = merged };
        ModelFiles.Publish(context, result, logPath, tokenizer);
        var steps = LogReader.Entries(logPath, "train");
        context.Facts["pairs"] = train.Count;
        context.Facts["held_out_pairs"] = heldOut.Count;
        context.Facts["steps"] = result.Steps;
        context.Facts["first_loss"] = steps[0].GetProperty("loss").GetDouble();
        context.Facts["last_loss"] = steps[^1].GetProperty("loss").GetDouble();
        if (LogReader.Entries(logPath, "held_out") is [var first, .., var last])
        {
            (context.Facts["first_margin"], context.Facts["last_margin"]) = (first.GetProperty("margin").GetDouble(), last.GetProperty("margin").GetDouble());
            (context.Facts["first_accuracy"], context.Facts["last_accuracy"]) = (first.GetProperty("accuracy").GetDouble(), last.GetProperty("accuracy").GetDouble());
        }
    }

    private (List<PreferencePair> Train, List<PreferencePair> HeldOut) Pairs(TaskContext context, ChatTemplate template)
    {
        var byPrompt = new Dictionary<ulong, List<PreferencePair>>();
        foreach (Document pair in context.Run.Documents.SelectMany(shard => DocumentShard.Read(shard.Path)).Where(ChatTemplate.IsPreference))
        {
            if (settings.Sources.Count > 0 && !settings.Sources.Contains(pair.Source))
                continue;
            int[] prompt = template.EncodePrompt(pair);
            ulong key = Hash.Of(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(prompt));
            if (!byPrompt.TryGetValue(key, out List<PreferencePair>? pairs))
                byPrompt[key] = pairs = [];
            pairs.Add(new PreferencePair(prompt, template.EncodeAnswer(Answer(pair, "chosen")), template.EncodeAnswer(Answer(pair, "rejected"))));
        }
        // Prompts are drawn by their own hash, so adding pairs to a corpus moves no other pair to the other side.
        int count = settings.HeldOut == 0 ? 0 : Math.Clamp((int)Math.Round(byPrompt.Count * settings.HeldOut), 1, Math.Max(1, byPrompt.Count - 1));
        HashSet<ulong> held = [.. byPrompt.Keys.OrderBy(key => context.Seed.For(key).Value).ThenBy(key => key).Take(count)];
        var sides = byPrompt.OrderBy(prompt => prompt.Key).ToLookup(prompt => held.Contains(prompt.Key), prompt => prompt.Value);
        return ([.. sides[false].SelectMany(pairs => pairs)], [.. sides[true].SelectMany(pairs => pairs)]);
    }

    private static string Answer(Document pair, string role) => string.Join('\n', pair.Parts.Where(part => part.Is(role)).Select(part => part.Text));

    private static void Stepped(TaskContext context, TrainingLog log, DpoStepReport report)
    {
        log.Add(new { report.Step, Kind = "train", report.Train.Loss, report.Train.Margin, report.Train.Accuracy, report.LearningRate, report.GradientNorm });
        context.Advance(1);
    }

    private static void Evaluated(TaskContext context, TrainingLog log, DpoEvaluationReport report)
    {
        log.Add(new { report.Step, Kind = "held_out", report.HeldOut.Loss, report.HeldOut.Margin, report.HeldOut.Accuracy, report.HeldOut.ChosenReward, report.HeldOut.RejectedReward });
        context.Say($"train.dpo: step {report.Step}, held out: loss {report.HeldOut.Loss:F4}, reward margin {report.HeldOut.Margin:F4}, accuracy {report.HeldOut.Accuracy:P1}");
    }
}
