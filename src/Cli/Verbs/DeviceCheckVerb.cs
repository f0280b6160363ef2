using System.CommandLine;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Torch;
using DataPipeline.Train;
using Spectre.Console;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline device check</c>: trains small models on the CPU and on a device, and compares.</summary>
internal static class DeviceCheckVerb
{
    public static Command Command()
    {
        var device = new Option<string>("--device") { Description = "cpu, cuda, cuda:N, or auto", DefaultValueFactory = _ => "auto" };
        var reference = new Option<string?>("--reference") { Description = "numbers of --output from another machine or libtorch, to compare with as well", HelpName = "FILE" };
        var output = new Option<string?>("--output") { Description = "writes the device's numbers as JSON", HelpName = "FILE" };
        var command = new Command("check", "Trains small models of every kind on the CPU and on the device and compares losses and gradients; exit code 3 where they differ.") { device, reference, output };
        command.SetAction(parsed =>
        {
            Device chosen = TrainingDevice.Choose(parsed.GetValue(device)!);
            Console.WriteLine($"libtorch {torch.version}, {chosen}{(chosen.Type == DeviceType.CUDA ? $" ({torch.cuda.get_device_name(chosen)})" : "")}");
            var given = parsed.GetValue(reference) is { } file ? Read(file) : null;
            SortedDictionary<string, double[]> numbers = DeviceCheck.Run(chosen), cpu = chosen.Type == DeviceType.CPU ? numbers : DeviceCheck.Run(torch.CPU);
            if (parsed.GetValue(output) is { } target)
                File.WriteAllText(target, JsonSerializer.Serialize(numbers));
            bool isRight = Compare(numbers, cpu, given);
            Console.WriteLine($"stopped and gone on: {(DeviceCheck.ResumesWithTheSameBits(chosen) ? "the same bits" : "not the same bits")}");
            Console.WriteLine(isRight ? "all within the allowed differences" : "WRONG: some differences are larger than allowed");
            return isRight ? ExitCode.Done : ExitCode.DataIsWrong;
        });
        return command;
    }

    private static bool Compare(SortedDictionary<string, double[]> numbers, SortedDictionary<string, double[]> cpu, Dictionary<string, double[]>? reference)
    {
        bool isRight = true;
        Table table = ResultTable.With("case", "last loss", "allowed", "from the CPU", "from the reference", "");
        foreach ((string name, double[] values) in numbers)
        {
            double allowed = DeviceCheck.Tolerance(name), fromCpu = Difference(values, cpu[name]);
            double? fromReference = reference is null ? null : reference.TryGetValue(name, out double[]? other) ? Difference(values, other) : double.PositiveInfinity;
            // A number that is none is never within.
            bool isWithin = fromCpu <= allowed && !(fromReference > allowed) && !double.IsNaN(fromReference ?? 0);
            isRight &= isWithin;
            table.AddRow([.. new[] { name, $"{values[^1]:F4}", $"{allowed:0e-0}", $"{fromCpu:0.0e-0}", fromReference is { } far ? $"{far:0.0e-0}" : "-", isWithin ? "ok" : "WRONG" }.Select(Markup.Escape)]);
        }
        ResultTable.Write(table);
        return isRight;
    }

    private static double Difference(double[] values, double[] others) =>
        values.Length != others.Length ? double.PositiveInfinity : values.Zip(others, (a, b) => Math.Abs(a - b) / Math.Max(1, Math.Abs(b))).Max();

    private static Dictionary<string, double[]> Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, double[]>>(File.ReadAllBytes(path)) ?? throw new InputException($"{path}: holds nothing");
        }
        catch (JsonException error)
        {
            throw new InputException($"{path}: not a file of `device check --output`: {error.Message}", error);
        }
    }
}
