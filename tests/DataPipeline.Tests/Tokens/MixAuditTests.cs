using System.Globalization;
using DataPipeline.Runs;
using DataPipeline.Tests.Cli;
using DataPipeline.Tokens.Mix;

namespace DataPipeline.Tests.Tokens;

public sealed class MixAuditTests : IDisposable
{
    private const int BatchTokens = 100;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Audit_WhatWasPlanned_ExitsZeroWithTheWorstWindow()
    {
        // Web is 10 short after one step and 10 over after three: 20 off over the two steps between.
        Write([60, 80, 80, 60]);

        (int exit, string output, string error) = CommandLine.Run(_folder[""], "audit", "run");
        MixAudit audit = MixAudit.Of(new RunFolder(_folder["run"]).Output("mix")!, new RunFolder(_folder["run"]).Output("train.pretrain")!);

        Assert.True(exit == 0, error);
        Assert.Contains("4 steps, 400 tokens", output, StringComparison.Ordinal);
        Assert.Equal([("web", 280, 20), ("code", 120, 20)], audit.Sources.Select(source => (source.Source, source.Tokens, (long)Math.Round(source.WorstWindow))));
        Assert.Equal(0.28, audit.Sources[0].Epochs);
        Assert.Equal(BatchTokens, audit.Allowed);
    }

    [Theory]
    [InlineData(75, 0)]
    [InlineData(60, 3)]
    public void Audit_ManySteps_ExitsByTheTolerance(int webTokens, int expected)
    {
        // 20 steps: 100 tokens too many are one batch, 200 too few are two.
        Write([.. Enumerable.Repeat(webTokens, 20)]);

        (int exit, _, string error) = CommandLine.Run(_folder[""], "audit", "run");

        Assert.Equal(expected, exit);
        if (expected != 0)
            Assert.Contains("source web consumed 1,200 tokens where 1,400 were planned", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Audit_LineMissing_SaysThatLogAndManifestDiffer()
    {
        Write([70, 70, 70]);
        string log = _folder["run/train.pretrain/log.jsonl"];
        File.WriteAllLines(log, File.ReadAllLines(log)[..^1]);

        Assert.Contains("2 steps of 200 tokens, but manifest.json says 3 of 300", CommandLine.Run(_folder[""], "audit", "run").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Audit_RunWithoutTraining_SaysSo() => Assert.Equal(3, CommandLine.Run(_folder[""], "audit", "no-run").ExitCode);

    private void Write(int[] web)
    {
        Directory.CreateDirectory(_folder["run/mix"]);
        Directory.CreateDirectory(_folder["run/train.pretrain"]);
        MixShare[] shares = [new("web", 0.7, 0.7, 1_000, 700, false), new("code", 0.3, 0.3, 1_000, 300, false)];
        ManifestJson.Write(_folder["run/mix/manifest.json"], Manifest("mix", ArtifactKind.Mix, [], new() { ["shares"] = shares }));
        File.WriteAllLines(_folder["run/train.pretrain/log.jsonl"], web.Select((tokens, i) => string.Create(CultureInfo.InvariantCulture,
            $$"""{ "step": {{i + 1}}, "kind": "train", "loss": 1, "sources": { "web": {{tokens}}, "code": {{BatchTokens - tokens}} } }""")).Prepend("""{"step":0,"kind":"validation","source":"all","loss":8}"""));
        ManifestJson.Write(_folder["run/train.pretrain/manifest.json"], Manifest("train.pretrain", ArtifactKind.Model, [new FileEntry("log.jsonl", 1, Role: "log")],
            new() { ["steps"] = web.Length, ["tokens"] = web.Length * BatchTokens }));
        ManifestJson.Write(_folder["run/manifest.json"], new RunManifest("test", "1", 0, new Dictionary<string, string>(), ["mix", "train.pretrain"], []));
    }

    private static StepManifest Manifest(string step, ArtifactKind makes, IReadOnlyList<FileEntry> files, Dictionary<string, object> facts) => new()
    {
        Step = step,
        Makes = makes,
        Version = "1",
        Seed = 0,
        Settings = "",
        Inputs = [],
        Files = files,
        Sources = new Dictionary<string, SourceCounts>(),
        Facts = new Dictionary<string, IReadOnlyDictionary<string, System.Text.Json.JsonElement>>
        {
            ["00000"] = facts.ToDictionary(fact => fact.Key, fact => ManifestJson.Element(fact.Value)),
        },
    };
}
