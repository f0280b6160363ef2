using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Runs;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Scaling;

namespace DataPipeline.Tests.Cli;

[Collection(FinishedRunTests.Name)]
public sealed class PlanVerbTests(FinishedRun finished) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plan").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Plan_KnownModelAndCluster_PrintsTablesAndDraws()
    {
        (int exit, string output, string error) = CommandLine.Run(_folder, "plan", "--model", "llama-7b", "--tokens", "1T", "--gpus", "h100:64", "--svg", "a.svg");
        Assert.True(exit == 0, error);
        Assert.Contains("6,738,415,616 parameters", output);
        Assert.Contains("fits 80 GB", output);
        Assert.StartsWith("<svg", File.ReadAllText(Path.Combine(_folder, "a.svg")), StringComparison.Ordinal);
    }

    /// <summary>Scripts read these names: none may vanish or change.</summary>
    [Fact]
    public void Json_OfAPlan_HasTheDocumentedFields()
    {
        JsonElement plan = Json("plan", "--corpus", finished.Run.Path, "--parameters", "1M", "--gpus", "a100:8", "--json");
        Assert.Equal(
            ["rule", "parameters", "tokens", "tokens_per_parameter", "flops", "flops_with_attention", "loss", "optima", "model", "utilisation", "time", "memory", "corpus", "warnings"], Names(plan));
        Assert.Equal(["rule", "parameters", "tokens", "tokens_per_parameter", "loss"], Names(plan.GetProperty("optima")[0]));
        Assert.Equal(["name", "layers", "width", "heads", "key_value_heads", "feed_forward", "vocabulary", "context", "parameters", "non_embedding_parameters"], Names(plan.GetProperty("model")));
        Assert.Equal(["gpu", "precision", "count", "hours", "gpu_hours"], Names(plan.GetProperty("time")[0]));
        JsonElement memory = plan.GetProperty("memory"), corpus = plan.GetProperty("corpus");
        Assert.Equal(["devices", "micro_batch", "context", "recompute", "gpu_bytes", "methods", "key_value_bytes_per_token"], Names(memory));
        Assert.Equal(["method", "weights", "gradients", "optimizer", "activations", "logits", "total"], Names(memory.GetProperty("methods")[0]));
        Assert.Equal(["mix", "available", "worth", "loss", "loss_change", "budget", "sources"], Names(corpus));
        Assert.Equal(["source", "available", "share", "tokens", "epochs", "worth"], Names(corpus.GetProperty("sources")[0]));
    }

    [Fact]
    public void Corpus_OfARun_HasItsTokensBySource()
    {
        StepManifest tokens = finished.Run.Output("tokens")!.Manifest;
        JsonElement[] sources = [.. Json("plan", "--corpus", finished.Run.Path, "--json").GetProperty("corpus").GetProperty("sources").EnumerateArray()];
        Assert.Equal(["books", "web"], sources.Select(source => source.GetProperty("source").GetString()));
        Assert.Equal(tokens.Sources.Where(source => source.Value.Tokens > 0).Select(source => source.Value.Tokens + source.Value.Kept), sources.Select(source => source.GetProperty("available").GetInt64()));
        // By size, so all sources reach four epochs together.
        Assert.All(sources, source => Assert.Equal(4, source.GetProperty("epochs").GetDouble(), 1e-9));
    }

    [Fact]
    public void Corpus_OfARunWithAMix_HasTheSharesAskedFor()
    {
        File.WriteAllText(Path.Combine(_folder, "more.yaml"), $"name: more\nfrom: [{finished.Run.Path}]\nmix: {{ weights: {{ books: 0.25, web: 0.75 }} }}\n");
        (int exit, _, string error) = CommandLine.Run(_folder, "run", "more.yaml", "--output", "more");
        Assert.True(exit == 0, error);
        Corpus corpus = Corpus.Read(Path.Combine(_folder, "more"), null);
        Assert.Equal([("books", 0.25), ("web", 0.75)], corpus.Sources.Select((source, i) => (source.Name, corpus.Shares[i])));
    }

    [Fact]
    public void Corpus_SizesAndMixFile_AreReadWithPlaces()
    {
        string sizes = Path.Combine(_folder, "sizes.yaml"), mix = Path.Combine(_folder, "mix.yaml");
        File.WriteAllText(sizes, "web: 1.2T\nbooks: 30G\n");
        File.WriteAllText(mix, "weights: { web: 3, books: 1 }\ntokens: 1000\nphases: [{ at: 500, weights: { web: 1, books: 1 } }]\n");
        Corpus corpus = Corpus.Read(sizes, mix);
        Assert.Equal([1_200_000_000_000, 30_000_000_000], corpus.Sources.Select(source => source.Tokens));
        Assert.Equal([0.625, 0.375], corpus.Shares);
        File.WriteAllText(sizes, "web: many\nbooks: -3\n");
        string message = Assert.Throws<ConfigurationException>(() => Corpus.Read(sizes, null)).Message;
        Assert.Contains("sizes.yaml:1:6: the tokens of web: 'many'", message);
        Assert.Contains("sizes.yaml:2:8:", message);
    }

    [Theory]
    [InlineData(2, "nothing to plan from")]
    [InlineData(2, "two of them at most", "--parameters", "1B", "--tokens", "20B", "--flops", "1e21")]
    [InlineData(2, "--tokens 'lots'", "--tokens", "lots")]
    [InlineData(2, "--mix needs --corpus", "--tokens", "1B", "--mix", "m.yaml")]
    [InlineData(2, "neither a known model", "--model", "lama-7b")]
    [InlineData(2, "neither a rule", "--tokens", "1B", "--rule", "chincilla")]
    [InlineData(2, "--gpus 'h1' is not known", "--tokens", "1B", "--gpus", "h1")]
    [InlineData(2, "neither the folder of a run nor", "--corpus", "nowhere")]
    [InlineData(3, "no token shards", "--corpus", ".")]
    public void Plan_WrongArguments_ExitsAndSaysWhy(int code, string message, params string[] arguments)
    {
        (int exit, string output, string error) = CommandLine.Run(_folder, ["plan", .. arguments]);
        Assert.Equal((code, ""), (exit, output));
        Assert.Contains(message, error);
    }

    [Fact]
    public void Fit_ThenPlan_UsesTheOwnLaw()
    {
        WriteRuns();
        JsonElement fit = Json("plan", "fit", "runs.csv", "--output", "law.json", "--bootstrap", "10", "--starts", "10", "--json");
        Assert.Equal(["law", "objective", "dropped", "constants", "residuals", "range", "root_mean_square", "warnings"], Names(fit));
        Assert.Equal(["E", "A", "B", "alpha", "beta"], Names(fit.GetProperty("law")));
        Assert.Equal(1.8172, fit.GetProperty("law").GetProperty("E").GetDouble(), 0.01);
        JsonElement plan = Json("plan", "--flops", "1e24", "--rule", "law.json", "--json");
        Assert.Equal("law", plan.GetProperty("rule").GetString());
        Assert.Contains("law: ", plan.GetProperty("warnings")[0].GetString());
        (int exit, string output, string error) = CommandLine.Run(_folder, "plan", "fit", "runs.csv", "--bootstrap", "10", "--starts", "10");
        Assert.True(exit == 0, error);
        Assert.Contains("standard error", output);
        Assert.Contains("furthest off", output);
    }

    [Theory]
    [InlineData(2, "no such file", "missing.csv")]
    [InlineData(2, "--bootstrap 0 or at least 2", "runs.csv", "--bootstrap", "1")]
    [InlineData(3, "no column tokens", "short.csv")]
    [InlineData(3, "short2.csv:3: loss 'high' is no number above zero", "short2.csv")]
    public void Fit_WrongInput_ExitsAndSaysWhy(int code, string message, params string[] arguments)
    {
        WriteRuns();
        File.WriteAllText(Path.Combine(_folder, "short.csv"), "N,loss\n1B,3\n");
        File.WriteAllText(Path.Combine(_folder, "short2.csv"), "N,D,loss\n1B,1B,3\n1B,2B,high\n");
        (int exit, _, string error) = CommandLine.Run(_folder, ["plan", "fit", .. arguments]);
        Assert.Equal(code, exit);
        Assert.Contains(message, error);
    }

    [Fact]
    public void RegMix_Weights_AreAMixFile()
    {
        var chance = new Seed(3);
        string mixtures = "index,m_web,m_书+law\n", losses = "index,a,b\n";
        for (ulong i = 0; i < 60; i++)
        {
            double web = Math.Round(chance.Fraction(i), 3);
            mixtures += $"{i},{web},{1 - web}\n";
            losses += $"{i},{2 + Math.Pow(web - 0.7, 2)},{2 + Math.Pow(web - 0.7, 2)}\n";
        }
        File.WriteAllText(Path.Combine(_folder, "mixtures.csv"), mixtures);
        File.WriteAllText(Path.Combine(_folder, "losses.csv"), losses);
        JsonElement found = Json("plan", "regmix", "--mixtures", "mixtures.csv", "--losses", "losses.csv", "--prefix", "m_", "--samples", "2000", "--best", "20", "--output", "found.yaml", "--json");
        Assert.Equal(["model", "runs", "cross_validated", "held_out_runs", "held_out", "loss", "prior_loss", "weights"], Names(found));
        Assert.InRange(found.GetProperty("weights").GetProperty("web").GetDouble(), 0.6, 0.8);
        var mistakes = new Mistakes();
        MixOptions mix = MixFile.Load(Path.Combine(_folder, "found.yaml"), mistakes)!;
        mistakes.ThrowIfAny();
        double[] shares = mix.SharesOf([new SourceTokens("web", 10), new SourceTokens("书", 30), new SourceTokens("law", 10)]);
        Assert.Equal(found.GetProperty("weights").GetProperty("web").GetDouble(), shares[0], 1e-5);
        Assert.Equal(3, shares[1] / shares[2], 1e-9);
    }

    [Theory]
    [InlineData("belong together", "--test-losses", "l.csv")]
    [InlineData("--best is at least 1", "--best", "0")]
    [InlineData("no such file")]
    public void RegMix_WrongArguments_Exit2(string message, params string[] arguments)
    {
        (int exit, _, string error) = CommandLine.Run(_folder, ["plan", "regmix", "--mixtures", "m.csv", "--losses", "l.csv", .. arguments]);
        Assert.Equal(2, exit);
        Assert.Contains(message, error);
    }

    private void WriteRuns() => File.WriteAllText(Path.Combine(_folder, "runs.csv"), PlannedRuns.Csv());

    private JsonElement Json(params string[] arguments)
    {
        (int exit, string output, string error) = CommandLine.Run(_folder, arguments);
        Assert.True(exit == 0, error);
        return JsonDocument.Parse(output).RootElement;
    }

    private static string[] Names(JsonElement element) => [.. element.EnumerateObject().Select(property => property.Name)];
}

/// <summary>Runs whose losses follow the refit exactly, as a CSV file.</summary>
internal static class PlannedRuns
{
    public static string Csv() => "params,tokens,loss\n" + string.Concat(
        from parameters in (double[])[1e7, 4e7, 2e8, 1e9]
        from tokens in (double[])[2e8, 1e9, 5e9, 2e10]
        select FormattableString.Invariant($"{parameters},{tokens / 1e9}B,{ChinchillaLaw.Refit.Loss(parameters, tokens)}\n"));
}
