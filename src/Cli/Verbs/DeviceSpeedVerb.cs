using System.CommandLine;
using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Train;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline device speed</c>: tokens a second and MFU of training a GPT-2.</summary>
internal static class DeviceSpeedVerb
{
    public static Command Command()
    {
        var device = new Option<string>("--device") { Description = "cpu, cuda, cuda:N, or auto", DefaultValueFactory = _ => "auto" };
        Option<int> layers = Number("--layers", 12, "blocks"), heads = Number("--heads", 12, "heads"), width = Number("--width", 768, "width of the residual stream"),
            context = Number("--context", 1024, "tokens of a row"), vocabulary = Number("--vocabulary", 50304, "token ids; 50304 is GPT-2's 50257 up to a multiple of 64"),
            batch = Number("--batch", 16, "rows of a step"), steps = Number("--steps", 20, "steps to time"), warmup = Number("--warmup", 5, "steps before them"),
            threads = Number("--torch-threads", 1, "threads of one torch operator");
        var precision = new Option<Precision>("--precision") { Description = "float32 or bfloat16", DefaultValueFactory = _ => Precision.Bfloat16 };
        var json = new Option<bool>("--json") { Description = "prints one JSON object" };
        var command = new Command("speed", "Times the training of a GPT-2, by default of 124M parameters: tokens a second, and the share of the card's dense 16-bit peak (MFU).")
        {
            device, layers, heads, width, context, vocabulary, batch, steps, warmup, threads, precision, json,
        };
        command.SetAction(parsed =>
        {
            var model = new Gpt2Options(parsed.GetValue(layers), parsed.GetValue(heads), parsed.GetValue(width), parsed.GetValue(context));
            if (model.Mistake is { } mistake)
                throw new ConfigurationException(mistake);
            TrainingSpeed speed = TrainingSpeed.Measure(model, parsed.GetValue(vocabulary), parsed.GetValue(batch), parsed.GetValue(steps), parsed.GetValue(warmup), parsed.GetValue(precision),
                TrainingDevice.Choose(parsed.GetValue(device)!), parsed.GetValue(threads));
            if (parsed.GetValue(json))
                ResultTable.WriteJson(speed);
            else
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{speed.Device}, libtorch {speed.Torch}: {speed.Parameters:N0} parameters, {speed.TokensPerSecond:N0} tokens/s, {1000 * speed.SecondsPerStep:F1} ms a step of {speed.TokensPerStep:N0} tokens{(speed.Utilisation is { } share ? string.Create(CultureInfo.InvariantCulture, $", MFU {share:P1}") : "")}"));
            return ExitCode.Done;
        });
        return command;
    }

    private static Option<int> Number(string name, int otherwise, string description)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => otherwise };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError($"{name} must be at least 1");
        });
        return option;
    }
}
