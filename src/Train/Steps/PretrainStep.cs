using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Mix;
using DataPipeline.Torch;

namespace DataPipeline.Train.Steps;

/// <summary>Pretraining as a step of a run.</summary>
internal sealed class PretrainStep(PretrainSettings settings, string text) : Step("train.pretrain", ArtifactKind.Model, text)
{
    public override IReadOnlyList<StepTask> Tasks(Run run)
    {
        Artifact mix = run.Latest(ArtifactKind.Mix);
        List<FileEntry> inputs = [.. mix.Files(), .. run.Latest(ArtifactKind.Tokenizer).Files()];
        if (settings.Continued)
            inputs.AddRange([.. run.Latest(ArtifactKind.Model).Files(ModelFiles.Weights), .. run.Latest(ArtifactKind.Model).Files(ModelFiles.Config)]);
        int length = settings.Continued ? Checkpoint.ContextOf(run.Latest(ArtifactKind.Model).Folder) : settings.Model.context;
        return [new PretrainTask(settings, mix, length, Tokens(mix, length), inputs)];
    }

    public override string Unit => "tokens";

    private long Tokens(Artifact mix, int length) => settings.Training.Run.steps > 0
        ? (long)settings.Training.Run.steps * settings.Training.StepSamples * length
        : mix.Manifest.Fact("tokens")!.Value.GetInt64();

    public override IEnumerable<string> Summary(StepManifest manifest) => MixTrainingTask.Summary(manifest);
}

internal sealed class PretrainTask(PretrainSettings settings, Artifact mix, int length, long tokens, IReadOnlyList<FileEntry> inputs)
    : MixTrainingTask(settings.Training, mix, length, tokens, inputs)
{
    protected override LanguageModel Model(TaskContext context, Tokenizer tokenizer, Device device)
    {
        if (!settings.Continued)
            return settings.Model.Make(tokenizer.VocabularySize, context.Seed.Value, ScalarType.Float32, device);
        string folder = context.Run.Latest(ArtifactKind.Model).Folder;
        if (Tokenizer.Load(folder).Fingerprint != tokenizer.Fingerprint)
            throw new ConfigurationException($"train.pretrain: the model in {folder} has another tokenizer than this run: its ids mean other tokens. Leave the section `tokenizer` out, or give it the model's");
        return Checkpoint.LoadModel(folder, ScalarType.Float32, device);
    }

    protected override ValidationData Validation(Tokenizer tokenizer, string[] sources)
    {
        IReadOnlyList<TokenBatch> batches = [.. ValidationBatches.Of(Mix, sources, Length, Training.Batch, settings.ValidationSamples,
            Training.Packing == Packing.Contiguous ? null : new ChatTemplate(tokenizer).EndOfDocument)];
        return new ValidationData(batches.Count == 0 ? null : () => batches, new ValidationText(tokenizer, batches));
    }

    protected override void Finished(TaskContext context, LanguageModel model, Tokenizer tokenizer)
    {
        if (settings.SamplePrompts.Count == 0)
            return;
        int endOfDocument = new ChatTemplate(tokenizer).EndOfDocument;
        using StreamWriter file = File.CreateText(context.NewFile("samples.txt"));
        context.Describe("samples.txt", settings.SamplePrompts.Count, role: "samples");
        for (int i = 0; i < settings.SamplePrompts.Count; i++)
        {
            int[] prompt = [endOfDocument, .. tokenizer.EncodeToIds(settings.SamplePrompts[i])];
            int[] continued = TextSampler.Sample(model, prompt, settings.Sampling with { seed = context.Seed.For((ulong)i).Value }, [endOfDocument]);
            file.Write($"### {settings.SamplePrompts[i]}\n{settings.SamplePrompts[i]}{tokenizer.Decode(continued, skipSpecialTokens: true)}\n\n");
        }
    }
}
