using DataPipeline.Core;
using DataPipeline.Runs;

namespace DataPipeline.Train.Steps;

/// <summary>Training of adapters beside a model that stays as it is, in whatever step.</summary>
/// <param name="Lora">Low-rank adapters, or null.</param>
/// <param name="Bottleneck">Bottleneck adapters, or null.</param>
internal sealed record AdapterTraining(LoraOptions? Lora, BottleneckOptions? Bottleneck)
{
    /// <summary>Whether adapters are trained and not the weights.</summary>
    internal bool IsOn => Lora is not null || Bottleneck is not null;

    /// <summary>Gives a model its new adapters and says how many parameters they have.</summary>
    internal void Attach(TaskContext context, LanguageModel model, ulong seed)
    {
        if (!IsOn)
            return;
        long whole = model.Parameters;
        if (Bottleneck is not null)
            DataPipeline.Train.Bottleneck.Attach(model, Bottleneck, seed);
        if (Lora is not null)
            DataPipeline.Train.Lora.Attach(model, Lora, seed);
        context.Say($"{context.Step.Name}: {model.Trained.Sum(weight => weight.Value.numel()):N0} parameters of adapters beside {whole:N0}");
    }

    /// <summary>Writes the model that the step gives where only adapters were saved: low-rank ones merged into it, bottleneck ones beside it.</summary>
    internal static TrainResult Finished(TaskContext context, LanguageModel model, TrainResult result)
    {
        if (DataPipeline.Train.Lora.Adapters(model).Count + DataPipeline.Train.Bottleneck.Adapters(model).Count == 0)
            return result;
        string folder = Path.Combine(context.Scratch, "merged");
        Checkpoint.LoadTrained(result.Model, model);
        DataPipeline.Train.Lora.Merge(model);
        // A run killed while it published left one.
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Checkpoint.SaveModel(folder, model);
        return result with { Checkpoint = folder, Model = folder };
    }
}
