using System.ComponentModel.DataAnnotations;
using DataPipeline.Tokens.Mix;

namespace DataPipeline.Train.Steps;

/// <summary>Supervised fine-tuning: next-token training on dialogues, on the assistant's tokens alone unless told otherwise.</summary>
public sealed class SftSettings
{
    /// <summary>Bound from YAML.</summary>
    /// <param name="mix">Which sources are trained on in which shares of trained tokens, as in the section <c>mix</c>; sources without a weight are left out. A source that is no dialogue, such as
    /// <c>web</c>, is pretraining data: all its tokens are trained on. All dialogues if not given.</param>
    /// <param name="epochs">How often the dialogues are gone through where no <c>mix</c> is given; 3 if not given. A mix has <c>max_epochs</c> or <c>tokens</c>.</param>
    /// <param name="loss">Which tokens of a dialogue are trained on: <c>answers</c> (the assistant's messages with the token that ends each), <c>last_answer</c> or <c>all</c>.</param>
    /// <param name="maxLength">T, inputs of a row; the model's context if not given. A dialogue has at most T - 1 tokens, since one ends it.</param>
    /// <param name="longDialogues">What becomes of longer ones: <c>cut_end</c> (the end is lost), <c>cut_start</c>, or <c>drop</c>, counted as <c>too_long</c>. A dialogue that loses all its answers is left
    /// out and counted as <c>answer_cut</c>, one that has none as <c>no_answer</c>.</param>
    /// <param name="packing">How dialogues become rows: <c>best_fit</c> (several whole ones, attention and positions inside each), <c>padded</c> (one a row), <c>best_fit_crop</c>, <c>documents</c> or <c>contiguous</c>.</param>
    /// <param name="batch">Rows in one backward pass.</param>
    /// <param name="heldOut">Share of each source's documents held out for validation; at least one where a source has two. A document that the section <c>mix</c> holds out is held out here too where
    /// this share is not smaller than its <c>validation</c>.</param>
    /// <param name="validationSamples">Most validation rows of a source.</param>
    /// <param name="run">Steps, validation, checkpoints, precision and device; <c>steps: 0</c> trains on all of the mix.</param>
    /// <param name="optimizer">The rule and the learning rate over the run.</param>
    /// <param name="lora">Trains low-rank adapters in place of the weights, over a model in 4 bits where asked for; they are merged into the model at the end.</param>
    /// <param name="bottleneck">Trains bottleneck adapters in place of the weights; they stand beside the weights in the model's folder.</param>
    /// <param name="parallel">Processes that share each step's samples; a run may go on with another number of them.</param>
    public SftSettings(
        MixOptions? mix = null, [Range(0.01, 1000.0)] double? epochs = null, LossOn loss = LossOn.Answers, [Range(2, 1 << 24)] int? maxLength = null,
        LongDialogues longDialogues = LongDialogues.CutEnd, Packing packing = Packing.BestFit, [Range(1, 1 << 16)] int batch = 8, [Range(0.0, 0.5)] double heldOut = 0.1,
        [Range(1, 1 << 20)] int validationSamples = 64, PretrainOptions? run = null, OptimizerOptions? optimizer = null, LoraOptions? lora = null,
        BottleneckOptions? bottleneck = null, ParallelOptions? parallel = null)
    {
        if (mix is not null && epochs is not null)
            throw new ArgumentException("give either `mix`, which has `max_epochs`, or `epochs`", nameof(epochs));
        if (mix is { IsDefault: true })
            throw new ArgumentException("`mix` of `sft` needs `weights` or a strategy; without `mix` all dialogues are trained on", nameof(mix));
        Mix = mix;
        Epochs = epochs ?? 3;
        Loss = loss;
        MaxLength = maxLength;
        LongDialogues = longDialogues;
        HeldOut = heldOut;
        ValidationSamples = validationSamples;
        Training = new MixTraining(batch, packing, run ?? new PretrainOptions(), optimizer ?? new OptimizerOptions(learningRate: 2e-5, minLearningRate: 2e-6, warmupSteps: 10, weightDecay: 0),
            new AdapterTraining(lora, bottleneck), parallel ?? new ParallelOptions());
    }

    internal MixOptions? Mix { get; }

    internal double Epochs { get; }

    internal LossOn Loss { get; }

    internal int? MaxLength { get; }

    internal LongDialogues LongDialogues { get; }

    internal double HeldOut { get; }

    internal int ValidationSamples { get; }

    internal MixTraining Training { get; }

    /// <summary>T, inputs of a row, for a model in a folder.</summary>
    internal int LengthFor(string model)
    {
        int context = Checkpoint.ContextOf(model);
        return MaxLength is not { } length ? context : length <= context ? length
            : throw new Core.ConfigurationException($"train.sft: max_length {length} is more than the model's context of {context}");
    }
}
