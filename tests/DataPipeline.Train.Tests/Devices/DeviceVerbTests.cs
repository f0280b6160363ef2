using System.Text.Json;
using DataPipeline.Tests.Cli;
using DataPipeline.Tokens.Scaling;

namespace DataPipeline.Train.Tests.Devices;

/// <summary><c>device</c> on the CPU: what it finds there is known.</summary>
public sealed class DeviceVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("device").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TorchFact]
    public void Check_NumbersOfAnotherRun_AreRepeatedAndAWrongOneIsFound()
    {
        (int exit, string output, string error) = CommandLine.Run(_folder, "device", "check", "--device", "cpu", "--output", "numbers.json");
        Assert.True(exit == 0, output + error);
        Assert.Contains("stopped and gone on: the same bits", output);

        string path = Path.Combine(_folder, "numbers.json");
        var numbers = JsonSerializer.Deserialize<SortedDictionary<string, double[]>>(File.ReadAllBytes(path))!;
        // Every case learns, or it would show little.
        Assert.All(numbers.Where(number => !number.Key.StartsWith("generation", StringComparison.Ordinal)), number => Assert.True(number.Value[^1] < number.Value[0], number.Key));
        numbers["llama, window, float64"][^1] += 1e-6;
        numbers.Remove("llama, lion, float32");
        File.WriteAllText(path, JsonSerializer.Serialize(numbers));

        (exit, output, _) = CommandLine.Run(_folder, "device", "check", "--device", "cpu", "--reference", "numbers.json");

        Assert.Equal(3, exit);
        string[] wrong = [.. output.Split('\n').Where(line => line.EndsWith("WRONG", StringComparison.Ordinal) || line.Contains("│ WRONG", StringComparison.Ordinal))];
        Assert.Equal(2, wrong.Length);
        Assert.Contains(wrong, line => line.Contains("llama, window, float64", StringComparison.Ordinal));
        Assert.Contains(wrong, line => line.Contains("llama, lion, float32", StringComparison.Ordinal));
    }

    [TorchFact]
    public void Speed_SmallModel_CountsTokensAndFlops()
    {
        (int exit, string output, string error) = CommandLine.Run(_folder, "device", "speed", "--device", "cpu", "--layers", "2", "--heads", "2", "--width", "32", "--context", "16", "--vocabulary", "64",
            "--batch", "3", "--steps", "4", "--warmup", "1", "--precision", "float32", "--json");

        Assert.True(exit == 0, error);
        JsonElement speed = JsonSerializer.Deserialize<JsonElement>(output);
        var shape = new ModelShape("", DecoderKind.Gpt2, 2, 32, 2, 64, 16);
        Assert.Equal(shape.Parameters, speed.GetProperty("parameters").GetInt64());
        Assert.Equal(TrainingFlops.PerToken(shape, 16), speed.GetProperty("flops_per_token").GetDouble());
        Assert.Equal(48, speed.GetProperty("tokens_per_step").GetInt64());
        Assert.Equal(48 / speed.GetProperty("seconds_per_step").GetDouble(), speed.GetProperty("tokens_per_second").GetDouble(), 1e-3 * speed.GetProperty("tokens_per_second").GetDouble());
        Assert.Equal(JsonValueKind.Null, speed.GetProperty("utilisation").ValueKind);
    }

    [TorchFact]
    public void Speed_ShapeOrCountThatCannotBe_IsRefused()
    {
        Assert.Equal(2, CommandLine.Run(_folder, "device", "speed", "--device", "cpu", "--heads", "5", "--width", "32").ExitCode);
        Assert.Equal(2, CommandLine.Run(_folder, "device", "speed", "--device", "cpu", "--steps", "0").ExitCode);
        Assert.Equal(2, CommandLine.Run(_folder, "device", "check", "--device", "abacus").ExitCode);
    }
}
