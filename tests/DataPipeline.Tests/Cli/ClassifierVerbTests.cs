using System.Globalization;
using System.Text.Json;
using DataPipeline.Tests.Tokens;

namespace DataPipeline.Tests.Cli;

public sealed class ClassifierVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ClassifierVerbTests()
    {
        string[] texts = [.. Enumerable.Range(0, 400).Select(i => i % 2 == 0 ? $"for (int i{i} = 0; i < {i}; i++)" : $"once upon a time {i} children went into the wood")];
        File.WriteAllLines(_folder["train.txt"], texts.Select((text, i) => $"__label__{(i % 2 == 0 ? "code" : "prose")} {text}"));
        File.WriteAllLines(_folder["train.jsonl"], texts.Select((text, i) => JsonSerializer.Serialize(new { id = i, text = text.Replace(" = ", "\n= ", StringComparison.Ordinal), label = i % 2 == 0 ? "code" : "prose" })));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Classifier_TrainTestPredict_AgreeWhateverTheThreads()
    {
        string[] settings = ["--dim", "8", "--epoch", "20", "--lr", "0.5", "--word-ngrams", "2", "--bucket", "1000"];
        Assert.Equal(0, Run(["train", "--input", "train.txt", "--output", "one.bin", "--threads", "1", .. settings]).ExitCode);
        Assert.Equal(0, Run(["train", "--input", "train.jsonl", "--output", "two.bin", "--threads", "2", .. settings]).ExitCode);
        Assert.Equal(File.ReadAllBytes(_folder["one.bin"]), File.ReadAllBytes(_folder["two.bin"]));
        Assert.Equal(0, Run(["train", "--input", "train.txt", "--output", "small.ftz", "--cutoff", "200", "--qnorm", "--retrain-epochs", "2", .. settings]).ExitCode);
        Assert.True(new FileInfo(_folder["small.ftz"]).Length < new FileInfo(_folder["one.bin"]).Length);

        Assert.Equal("N\t400\nP@1\t1.0000\nR@1\t1.0000\n", Run(["test", "--model", "one.bin", "--input", "train.jsonl"]).Output);
        Assert.Equal("N\t400\nP@1\t1.0000\nR@1\t1.0000\n", Run(["test", "--model", "small.ftz", "--input", "train.txt"]).Output);

        File.WriteAllText(_folder["lines.txt"], "for (int j = 0; j < 4; j++)\nonce upon a wood\n");
        string[] lines = Run(["predict", "--model", "one.bin", "--lines", "lines.txt", "--k", "2"]).Output.TrimEnd('\n').Split('\n');
        Assert.StartsWith("__label__code 0.9", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("__label__prose 0.9", lines[1], StringComparison.Ordinal);
        Assert.Contains(" __label__code 0.0", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("{\"id\":0,\"labels\":[\"code\"],\"scores\":[", Run(["predict", "--model", "one.bin", "--jsonl", "train.jsonl"]).Output, StringComparison.Ordinal);

        string[] quantile = Run(["quantile", "--model", "one.bin", "--label", "code", "--keep", "0.25", "--jsonl", "train.jsonl"]).Output.TrimEnd('\n').Split('\n');
        Assert.InRange(double.Parse(quantile[0]["min_score: ".Length..], CultureInfo.InvariantCulture), 0.9, 1.00001);
        Assert.InRange(int.Parse(quantile[1].Split(' ')[1], CultureInfo.InvariantCulture), 100, 200);
    }

    [Theory]
    [InlineData("--loss", "soft")]
    [InlineData("--cutoff", "10")]
    [InlineData("--dim", "0")]
    public void Train_WrongSetting_IsAConfigurationError(string option, string value)
    {
        (int exit, _, string error) = Run(["train", "--input", "train.txt", "--output", "model.bin", option, value]);
        Assert.Equal(2, exit);
        Assert.NotEqual("", error);
        Assert.False(File.Exists(_folder["model.bin"]));
    }

    private (int ExitCode, string Output, string Error) Run(string[] arguments) => CommandLine.Run(_folder["."], ["classifier", .. arguments]);
}
