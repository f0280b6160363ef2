using System.Text.Json;
using System.Text.Json.Nodes;
using DataPipeline.Core;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>Where a training run stands besides its weights: with it, a run goes on bit for bit as if it had not stopped.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Loader">Position of the batch source, opaque here.</param>
/// <param name="Best">Lowest validation loss so far, or null.</param>
/// <param name="TokensSeen">Targets trained on so far.</param>
/// <param name="Skipped">Steps left out because they diverged.</param>
/// <param name="AverageLoss">Moving average of the loss, or null before the first step.</param>
/// <param name="LossScale">State of the loss scaling, or null without.</param>
internal sealed record TrainingState(int Step, byte[] Loader, double? Best, long TokensSeen, int Skipped = 0, double? AverageLoss = null, LossScalerState? LossScale = null);

/// <summary>
/// A folder for a checkpoint: model.safetensors and config.json as Hugging Face's transformers read them, optimizer.safetensors with the moments, and
/// trainer.json with the step, random state, loader position and best metric. Where a moving average of the weights is taken, the model is the average, and
/// last.safetensors holds the weights to go on from. Same run, same bytes: no clock or machine is in it.
/// </summary>
public static class Checkpoint
{
    private const string ConfigFile = "config.json", OptimizerFile = "optimizer.safetensors", LastFile = "last.safetensors", TrainerFile = "trainer.json";
    private const string Prefix = "step-";
    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true };

    /// <summary>Writes a checkpoint and removes all but the newest `keep` of the folder. Returns the checkpoint's folder.</summary>
    internal static string Save(string folder, LanguageModel model, IEnumerable<Weight> optimizerState, int optimizerSteps, WeightAverage? average, TrainingState state, int keep)
    {
        string target = FolderOf(folder, state.Step);
        DurableFolder.Create(target, part =>
        {
            if (average is null)
            {
                WriteTrained(part, model);
            }
            else
            {
                Safetensors.Write(Path.Combine(part, LastFile), model.Trained);
                average.Within(() => WriteTrained(part, model));
            }
            Safetensors.Write(Path.Combine(part, OptimizerFile), optimizerState);
            var trainer = new JsonObject
            {
                ["step"] = state.Step,
                ["optimizer_steps"] = optimizerSteps,
                ["tokens_seen"] = state.TokensSeen,
                ["best"] = state.Best,
                ["skipped"] = state.Skipped,
                ["average_loss"] = state.AverageLoss,
                ["loader"] = Convert.ToBase64String(state.Loader),
                ["random"] = RandomStates(model.Device),
            };
            if (state.LossScale is { } scale) trainer["loss_scale"] = new JsonObject { ["scale"] = scale.Scale, ["good_steps"] = scale.GoodSteps, ["overflowed"] = scale.Overflowed };
            WriteJson(Path.Combine(part, TrainerFile), trainer);
        });
        foreach (string old in All(folder).SkipLast(Math.Max(1, keep)).ToArray()) DurableFolder.Remove(old);
        return target;
    }

    /// <summary>Folder of the checkpoint of a step.</summary>
    internal static string FolderOf(string folder, int step) => Path.Combine(folder, $"{Prefix}{step:D8}");

    /// <summary>Writes weights and config.json alone: what another program, or a later stage, starts from. Weights of more bytes than `largestFile` are cut into shards.</summary>
    public static void SaveModel(string folder, LanguageModel model, long largestFile = long.MaxValue) => DurableFolder.Create(folder, part => WriteModel(part, model, largestFile));

    /// <summary>Writes what training changes: the weights with config.json, or the adapters alone.</summary>
    internal static void SaveTrained(string folder, LanguageModel model) => DurableFolder.Create(folder, part => WriteTrained(part, model));

    /// <summary>Fills what training changes from a folder of <see cref="SaveTrained"/> or a checkpoint.</summary>
    internal static void LoadTrained(string folder, LanguageModel model)
    {
        foreach ((string file, IReadOnlyList<Weight> adapters) in AdapterFiles(model)) Fill(Path.Combine(folder, file), adapters);
        if (!AdapterFiles(model).Any()) LoadWeights(folder, model);
    }

    /// <summary>Newest checkpoint of a folder, or null.</summary>
    public static string? Latest(string folder) => All(folder).LastOrDefault();

    /// <summary>Makes the model of a checkpoint with its weights.</summary>
    public static LanguageModel LoadModel(string checkpoint, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        LanguageModel model = LanguageModel.FromConfig(ReadJson(Path.Combine(checkpoint, ConfigFile)), dtype, device);
        LoadWeights(checkpoint, model);
        if (Bottleneck.AttachFrom(checkpoint, model)) Fill(Path.Combine(checkpoint, Bottleneck.WeightsFile), Bottleneck.Adapters(model));
        return model;
    }

    /// <summary>Most tokens that the model of a checkpoint reads at once.</summary>
    public static int ContextOf(string checkpoint) => LanguageModel.OptionsOf(ReadJson(Path.Combine(checkpoint, ConfigFile))).context;

    /// <summary>Fills a model, its optimizer and torch's generators from a checkpoint of the same run; an optimizer of a part of the weights takes its part.</summary>
    internal static TrainingState Restore(string checkpoint, LanguageModel model, Optimizer optimizer, WeightAverage? average, bool isPart = false)
    {
        LoadTrained(checkpoint, model);
        if (average is not null)
        {
            average.Within(() => LoadTrained(checkpoint, model));
            Fill(Path.Combine(checkpoint, LastFile), model.Trained);
        }
        string trainer = Path.Combine(checkpoint, TrainerFile);
        JsonObject state = ReadJson(trainer);
        Fill(Path.Combine(checkpoint, OptimizerFile), optimizer.State, isPart);
        try
        {
            optimizer.Steps = state["optimizer_steps"]!.GetValue<int>();
            foreach ((string device, JsonNode? bytes) in state["random"]!.AsObject())
            {
                using var scope = torch.NewDisposeScope();
                byte[] random = Convert.FromBase64String(bytes!.GetValue<string>());
                torch.set_rng_state(torch.tensor<byte>(random, [random.Length]), Device.Parse(device));
            }
            return new TrainingState(state["step"]!.GetValue<int>(), Convert.FromBase64String(state["loader"]!.GetValue<string>()), (double?)state["best"],
                state["tokens_seen"]!.GetValue<long>(), state["skipped"]!.GetValue<int>(), (double?)state["average_loss"], Scale(state["loss_scale"]));
        }
        catch (Exception e) when (e is NullReferenceException or InvalidOperationException or FormatException)
        {
            throw new InputException($"{trainer}: not the state of a training run: {e.Message}. Remove the folder to go on from an older checkpoint", e);
        }
    }

    /// <summary>Fills a model from the weights of a checkpoint.</summary>
    public static void LoadWeights(string checkpoint, LanguageModel model) => ModelWeights.Load(checkpoint, model);

    // Beside adapters the weights stay those of the model that the run began with.
    private static void WriteTrained(string folder, LanguageModel model)
    {
        foreach ((string file, IReadOnlyList<Weight> adapters) in AdapterFiles(model)) Safetensors.Write(Path.Combine(folder, file), adapters);
        if (!AdapterFiles(model).Any()) WriteModel(folder, model);
    }

    private static IEnumerable<(string File, IReadOnlyList<Weight> Adapters)> AdapterFiles(LanguageModel model) =>
        new[] { (Lora.WeightsFile, Lora.Adapters(model)), (Bottleneck.WeightsFile, Bottleneck.Adapters(model)) }.Where(kind => kind.Item2.Count > 0);

    /// <summary>Writes the files of a model into a folder that is there.</summary>
    internal static void WriteModel(string folder, LanguageModel model, long largestFile = long.MaxValue)
    {
        ModelWeights.Write(folder, model, largestFile);
        Bottleneck.Write(folder, model);
        WriteJson(Path.Combine(folder, ConfigFile), model.Config);
    }

    private static void Fill(string path, IEnumerable<Weight> targets, bool isPart = false)
    {
        Weight[] all = [.. targets];
        Func<string, bool> isWanted = isPart ? all.Select(target => target.Name).ToHashSet().Contains : _ => true;
        using var scope = torch.NewDisposeScope();
        using var off = torch.no_grad();
        Dictionary<string, Tensor> stored = Safetensors.Read(path, isWanted).ToDictionary(w => w.Name, w => w.Value);
        foreach (Weight target in all)
        {
            if (!stored.Remove(target.Name, out Tensor? value)) throw new InputException($"{path}: holds no '{target.Name}': is it from a model of another shape?");
            if (!value.shape.AsSpan().SequenceEqual(target.Value.shape))
                throw new InputException($"{path}: '{target.Name}' is [{string.Join(", ", value.shape)}], the model wants [{string.Join(", ", target.Value.shape)}]");
            target.Value.copy_(value);
        }
        if (stored.Count > 0) throw new InputException($"{path}: holds '{stored.Keys.First()}', which the model has no place for");
    }

    private static LossScalerState? Scale(JsonNode? state) =>
        state is null ? null : new LossScalerState(state["scale"]!.GetValue<float>(), state["good_steps"]!.GetValue<int>(), state["overflowed"]!.GetValue<int>());

    private static JsonObject RandomStates(Device device)
    {
        using var scope = torch.NewDisposeScope();
        var states = new JsonObject { ["cpu"] = Convert.ToBase64String(torch.get_rng_state().ToArray<byte>()) };
        if (device.Type != DeviceType.CPU) states[device.ToString()] = Convert.ToBase64String(torch.get_rng_state(device).ToArray<byte>());
        return states;
    }

    private static IEnumerable<string> All(string folder) => Directory.Exists(folder)
        ? Directory.GetDirectories(folder, Prefix + "*").Where(d => int.TryParse(Path.GetFileName(d).AsSpan(Prefix.Length), out _)).Order(StringComparer.Ordinal)
        : [];

    private static void WriteJson(string path, JsonObject json) => DurableFolder.WriteFile(path, System.Text.Encoding.UTF8.GetBytes(json.ToJsonString(indented) + "\n"));

    private static JsonObject ReadJson(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new InputException($"{path}: not a JSON object");
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}: {e.Message}", e);
        }
    }
}
