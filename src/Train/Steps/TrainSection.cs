using System.ComponentModel.DataAnnotations;
using DataPipeline.Core.Config;
using DataPipeline.Runs;
using DataPipeline.Tokens.Mix;

namespace DataPipeline.Train.Steps;

/// <summary>Trains on what the run made: pretraining on the mixed token shards, supervised fine-tuning on the dialogues, then preference optimisation on the preference pairs.</summary>
[Stage("train")]
public sealed class TrainSection : Section
{
    private readonly PretrainSettings? _pretrain;
    private readonly SftSettings? _sft;
    private readonly DpoSettings? _dpo;

    /// <summary>Bound from YAML.</summary>
    /// <param name="pretrain">Next-token training of a model on the mix.</param>
    /// <param name="sft">Supervised fine-tuning on dialogues, from the pretrained model or that of an earlier run.</param>
    /// <param name="dpo">Direct preference optimisation, from the model trained before or that of an earlier run.</param>
    public TrainSection(PretrainSettings? pretrain = null, SftSettings? sft = null, DpoSettings? dpo = null)
    {
        if (pretrain is null && sft is null && dpo is null)
            throw new ArgumentException("give `pretrain`, `sft` or `dpo`");
        _pretrain = pretrain;
        _sft = sft;
        _dpo = dpo;
    }

    /// <inheritdoc/>
    public override int Order => 60;

    /// <inheritdoc/>
    public override IEnumerable<Step> Steps(Plan plan)
    {
        if (_pretrain is not null)
        {
            if (_pretrain.Model.Mistake is { } mistake)
                plan.Mistake(_pretrain.Model, mistake);
            if (!plan.Has(ArtifactKind.Mix, madeHere: plan.File.Sections.Any(section => section.Order == 50)))
                plan.Mistake(_pretrain, "`pretrain` reads a mix: add the sections `shards` and `mix`, or start `from` a run that has them");
            foreach (string wrong in _pretrain.Mistakes(hasModel: plan.Has(ArtifactKind.Model, madeHere: false)))
                plan.Mistake(_pretrain, wrong);
            yield return new PretrainStep(_pretrain, plan.SettingsOf(_pretrain, without: "parallel"));
        }
        if (_sft is not null)
        {
            if (!plan.Has(ArtifactKind.Model, madeHere: _pretrain is not null))
                plan.Mistake(_sft, "`sft` starts from a model: add `pretrain`, or start `from` a run that has one");
            if (!plan.Has(ArtifactKind.Tokens, madeHere: plan.File.Sections.Any(section => section.Order == 40)))
                plan.Mistake(_sft, "`sft` reads token shards: add the section `shards`, or start `from` a run that has them");
            foreach (string unknown in _sft.Mix is { } mix && mix.Slicing.IsBySource ? mix.AloneNames.Except(plan.Sources) : [])
                plan.Mistake(_sft, $"`mix` names `{unknown}`, which is no source{Mistakes.Suggest(unknown, plan.Sources)}");
            yield return new SftMixStep(_sft, plan.SettingsOf(_sft, without: "parallel"));
            yield return new SftStep(_sft, plan.SettingsOf(_sft, without: "parallel"));
        }
        if (_dpo is not null)
        {
            if (!plan.Has(ArtifactKind.Model, madeHere: _pretrain is not null || _sft is not null))
                plan.Mistake(_dpo, "`dpo` starts from a model: add `pretrain` or `sft`, or start `from` a run that has one");
            foreach (string unknown in _dpo.Sources.Except(plan.Sources))
                plan.Mistake(_dpo, $"there is no source `{unknown}`{Mistakes.Suggest(unknown, plan.Sources)}");
            yield return new DpoStep(_dpo, plan.SettingsOf(_dpo));
        }
    }
}

/// <summary>Next-token training of a model on the mix.</summary>
public sealed class PretrainSettings
{
    /// <summary>Bound from YAML.</summary>
    /// <param name="model">Shape of the model: settings of `llama`, another family by name, or a published size as `gpt2-124m`; its context is the length of a sample.</param>
    /// <param name="batch">Samples in one backward pass; a step has <c>batch * accumulate * context</c> tokens, whatever the number of processes.</param>
    /// <param name="packing">How documents become samples: <c>documents</c> (cut from the row of documents, attention and positions inside each), <c>contiguous</c> (attention across
    /// them), <c>best_fit</c> (whole where they fit, with padding), <c>best_fit_crop</c> (rows filled with the
    /// beginnings of documents whose ends are lost) or <c>padded</c> (one a row).</param>
    /// <param name="run">Steps, validation, checkpoints, precision and device.</param>
    /// <param name="optimizer">The rule and the learning rate over the run.</param>
    /// <param name="validationSamples">Most validation samples of a source.</param>
    /// <param name="samplePrompts">Prompts the finished model continues; what it writes stands in samples.txt.</param>
    /// <param name="sampling">How those continuations are drawn.</param>
    /// <param name="continued">Goes on with the model of the run that this one starts <c>from</c> (continued pretraining) in place of a new one; its tokenizer has to be the run's.</param>
    /// <param name="lora">With <c>continued</c>, trains low-rank adapters in place of the weights, over a model in 4 bits where asked for; they are merged into the model at the end.</param>
    /// <param name="bottleneck">With <c>continued</c>, trains bottleneck adapters in place of the weights; they stand beside the weights in the model's folder.</param>
    /// <param name="parallel">Processes that share each step's samples; a run may go on with another number of them.</param>
    public PretrainSettings(
        ModelOptions? model = null, [Range(1, 1 << 16)] int batch = 16, PretrainOptions? run = null, OptimizerOptions? optimizer = null,
        [Range(1, 1 << 20)] int validationSamples = 32, IReadOnlyList<string>? samplePrompts = null, SamplingOptions? sampling = null,
        Packing packing = Packing.Documents, bool continued = false, LoraOptions? lora = null, BottleneckOptions? bottleneck = null,
        ParallelOptions? parallel = null)
    {
        (Continued, _hasModel) = (continued, model is not null);
        Model = model ?? new LlamaOptions();
        Training = new MixTraining(batch, packing, run ?? new PretrainOptions(), optimizer ?? new OptimizerOptions(), new AdapterTraining(lora, bottleneck), parallel ?? new ParallelOptions());
        ValidationSamples = validationSamples;
        SamplePrompts = samplePrompts ?? [];
        Sampling = sampling ?? new SamplingOptions();
    }

    internal ModelOptions Model { get; }

    internal bool Continued { get; }

    private readonly bool _hasModel;

    internal IEnumerable<string> Mistakes(bool hasModel)
    {
        if (Continued && !hasModel)
            yield return "`continued` goes on with a model: start `from` a run that has one";
        if (Continued && _hasModel)
            yield return "with `continued` the shape is that of the earlier run's model: leave `model` out";
        if (Training.Adapters.IsOn && !Continued)
            yield return "adapters are trained beside a model that has learnt something: set `continued: true` and start `from` a run that has one";
    }

    internal MixTraining Training { get; }

    internal int ValidationSamples { get; }

    internal IReadOnlyList<string> SamplePrompts { get; }

    internal SamplingOptions Sampling { get; }
}

/// <summary>Direct preference optimisation (Rafailov 2023).</summary>
public sealed class DpoSettings
{
    /// <summary>Bound from YAML.</summary>
    /// <param name="sources">Sources whose preference pairs are used; all if not given.</param>
    /// <param name="heldOut">Share of the prompts held out for validation, at least one; all pairs of a prompt go to the same side.</param>
    /// <param name="run">Steps, loss, beta, validation and device.</param>
    /// <param name="optimizer">The rule and the learning rate; rates are a tenth to a hundredth of pretraining's.</param>
    /// <param name="lora">Trains low-rank adapters in place of the weights, over a model in 4 bits where asked for; they are merged into the model at the end.</param>
    /// <param name="bottleneck">Trains bottleneck adapters in place of the weights; they stand beside the weights in the model's folder.</param>
    public DpoSettings(
        IReadOnlyList<string>? sources = null, [Range(0.0, 0.9)] double heldOut = 0.1, DpoOptions? run = null, OptimizerOptions? optimizer = null, LoraOptions? lora = null,
        BottleneckOptions? bottleneck = null)
    {
        Adapters = new AdapterTraining(lora, bottleneck);
        Sources = sources ?? [];
        HeldOut = heldOut;
        Run = run ?? new DpoOptions();
        Optimizer = optimizer ?? new OptimizerOptions(learningRate: 1e-5, minLearningRate: 1e-6, warmupSteps: 10, weightDecay: 0);
    }

    internal IReadOnlyList<string> Sources { get; }

    internal double HeldOut { get; }

    internal DpoOptions Run { get; }

    internal OptimizerOptions Optimizer { get; }

    internal AdapterTraining Adapters { get; }
}
