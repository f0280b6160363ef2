using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Tests.Cli;
using DataPipeline.Tokens.Mix;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Tokens;

public sealed class MixPlanTests
{
    private const string Golden = "golden/train/g8_mix_scaling_flops.json";

    [SharedFact(Golden)]
    public void Blend_GoldenCases_EqualMegatronsOrder()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(SharedData.PathOf(Golden)));
        int cases = 0;
        foreach (JsonElement test in json.RootElement.GetProperty("cases").EnumerateArray().Where(test => test.GetProperty("case").GetString() == "greedy_error_blend"))
        {
            double[] weights = [.. test.GetProperty("inputs").GetProperty("weights").EnumerateArray().Select(weight => weight.GetDouble())];
            Blend blend = new(weights, test.GetProperty("inputs").GetProperty("n").GetInt64(), BlendOrder.Megatron);
            JsonElement expected = test.GetProperty("expected");
            for (int sample = 0; sample < blend.SampleCount; sample++)
            {
                Assert.Equal((expected.GetProperty("dataset_index")[sample].GetInt32(), expected.GetProperty("sample_index")[sample].GetInt64()), blend.At(sample));
            }
            Assert.Equal(expected.GetProperty("counts").EnumerateArray().Select(count => count.GetInt64()), blend.Counts);
            cases++;
        }
        Assert.Equal(4, cases);
    }

    [SharedFact(Golden)]
    public void SizeShares_GoldenCases_EqualWithin1e9()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(SharedData.PathOf(Golden)));
        JsonElement temperature = Case(json, "temperature_mixing"), unimax = Case(json, "unimax"), epochs = Case(json, "epochs_from_mix");
        long[] sizes = [.. Numbers(temperature.GetProperty("inputs").GetProperty("sizes")).Select(size => (long)size)];
        foreach (JsonProperty alpha in temperature.GetProperty("expected").GetProperty("alpha").EnumerateObject())
            AssertClose(Numbers(alpha.Value), SizeShares.Proportional(sizes, 1 / double.Parse(alpha.Name, System.Globalization.CultureInfo.InvariantCulture)));
        AssertClose(Numbers(temperature.GetProperty("expected").GetProperty("capped_2e5")), SizeShares.Proportional(sizes, 1, 200_000));

        SourceTokens[] sources = [.. Numbers(unimax.GetProperty("inputs").GetProperty("sizes")).Select((size, i) => new SourceTokens($"{i}", (long)size))];
        long budget = (long)unimax.GetProperty("inputs").GetProperty("budget").GetDouble();
        MixPlan plan = MixPlan.Create(sources, new MixOptions(tokens: budget, maxEpochs: unimax.GetProperty("inputs").GetProperty("max_epochs").GetDouble(), strategy: MixStrategy.Unimax));
        AssertClose(Numbers(unimax.GetProperty("expected").GetProperty("p")), [.. plan.Shares.Select(share => share.Share)]);
        AssertClose(Numbers(unimax.GetProperty("expected").GetProperty("epochs")), [.. plan.Shares.Select(share => share.Epochs)]);

        JsonElement inputs = epochs.GetProperty("inputs");
        double[] shares = Numbers(inputs.GetProperty("p"));
        MixPlan mixed = MixPlan.Create([.. Numbers(inputs.GetProperty("sizes")).Select((size, i) => new SourceTokens($"{i}", (long)size))],
            new MixOptions(shares.Select((share, i) => (i, share)).ToDictionary(pair => $"{pair.i}", pair => pair.share), (long)inputs.GetProperty("total").GetDouble()));
        AssertClose(Numbers(epochs.GetProperty("expected")), [.. mixed.Shares.Select(share => share.Epochs)]);
    }

    [Fact]
    public void Create_SizesAndNothingElse_FollowTheStrategy()
    {
        SourceTokens[] sources = [new("a", 800), new("b", 0), new("c", 200)];
        Assert.Equal([0.8, 0, 0.2], MixPlan.Create(sources, new MixOptions(strategy: MixStrategy.Proportional)).Shares.Select(share => share.Share));
        Assert.Equal(4_000, MixPlan.Create(sources, new MixOptions(strategy: MixStrategy.Proportional)).Tokens);
        MixPlan even = MixPlan.Create(sources, new MixOptions(tokens: 1_000_000, strategy: MixStrategy.Unimax));
        Assert.Equal([3_200, 0, 800], even.Shares.Select(share => share.Tokens));
    }

    [Fact]
    public void Create_Phases_FollowTheAreaBelowTheSharesAtEveryPrefix()
    {
        SourceTokens[] sources = [new("a", 50_000), new("b", 50_000), new("c", 0)];
        MixPhase[] phases = [new(40_000, Weights(0.5)), new(80_000, Weights(0.1), anneal: true)];
        MixPlan plan = MixPlan.Create(sources, new MixOptions(Weights(0.9), tokens: 100_000, phases: phases));
        // 0.9 of 40,000, the mean of 0.5 and 0.1 of 40,000, 0.1 of 20,000.
        Assert.Equal([50_000, 50_000, 0], plan.Shares.Select(share => Math.Round(share.Tokens, 6)));

        foreach (BlendOrder order in Enum.GetValues<BlendOrder>())
            Follows(new Blend(new ScheduledTargets(plan.Schedule!, 10), 10_000, order), order == BlendOrder.Tijdeman ? 1 : 1.5);
        void Follows(Blend blend, double most)
        {
            double asked = 0;
            long taken = 0;
            for (int sample = 0; sample < 10_000; sample++)
            {
                // A brute-force twin: the share in the middle of each sample, added up.
                double middle = (sample + 0.5) * 10;
                asked += middle < 40_000 ? 0.9 : middle < 80_000 ? 0.5 - 0.4 * (middle - 40_000) / 40_000 : 0.1;
                taken += blend.At(sample).Source == 0 ? 1 : 0;
                Assert.True(Math.Abs(taken - asked) < most, $"{sample}: {taken} where {asked} were asked for");
            }
            Assert.Equal([5_000, 5_000, 0], blend.Counts);
        }

        Assert.Contains("over all phases source 'a' would be repeated 5.00 times", Assert.Throws<ConfigurationException>(() =>
            MixPlan.Create([new("a", 10_000), new("b", 50_000), new("c", 0)], new MixOptions(Weights(0.9), 100_000, phases: phases))).Message, StringComparison.Ordinal);
        Assert.Throws<ConfigurationException>(() => new MixOptions(Weights(0.9), phases: phases));
        Assert.Throws<ConfigurationException>(() => new MixOptions(Weights(0.9), tokens: 60_000, phases: phases));

        static Dictionary<string, double> Weights(double a) => new() { ["a"] = a, ["b"] = 1 - a, ["c"] = 0 };
    }

    [Fact]
    public void Load_MixFileWithMistakes_NamesEachPlace()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["mix.yaml"], "weigths: { web: 1 }\nmax_epochs: often\nat_cap: stop\n");
        Mistakes mistakes = new();
        Assert.Null(MixFile.Load(folder["mix.yaml"], mistakes));
        string[] lines = mistakes.ToString().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Contains("mix.yaml:1:1: this section has no setting `weigths` (did you mean `weights`?)", lines[0], StringComparison.Ordinal);
        Assert.Contains("mix.yaml:2:13: expected a number, found \"often\"", lines[1], StringComparison.Ordinal);
        Assert.Contains("mix.yaml:3:9: expected one of renormalise, error, repeat", lines[2], StringComparison.Ordinal);
        Assert.Null(MixFile.Load(folder["none.yaml"], mistakes));
        Assert.Contains("none.yaml:1:1: there is no such file", mistakes.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_FilesOfOtherPrograms_AreRead()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["doremi.json"], """{"web": 0.7, "code": 2.5e-1}""");
        File.WriteAllText(folder["regmix.yaml"], "method: regmix\nweights: { web: 0.7, code: 0.25 }\n");
        Assert.Equal(MixFile.Weights(folder["doremi.json"]), MixFile.Weights(folder["regmix.yaml"]));
        File.WriteAllText(folder["bad.yaml"], "web: 0.7\ncode: much\n");
        Assert.Equal([0.25, 0.7], MixFile.Weights(folder["doremi.json"]).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value));
        Assert.Contains("bad.yaml:2:7: expected the weight of code", Assert.Throws<ConfigurationException>(() => MixFile.Weights(folder["bad.yaml"])).Message, StringComparison.Ordinal);
        Assert.Throws<ConfigurationException>(() => new MixOptions(DefaultOf("web"), strategy: MixStrategy.Unimax, tokens: 5));
        Assert.Throws<ConfigurationException>(() => new MixOptions(strategy: MixStrategy.Unimax));
        Assert.Throws<ConfigurationException>(() => new MixOptions(temperature: 2));

        static Dictionary<string, double> DefaultOf(string source) => new() { [source] = 1 };
    }

    [Fact]
    public void Check_MixFile_ReportsItsMistakesAlone()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.jsonl"], "{\"text\": \"never read\"}\n");
        File.WriteAllText(folder["mix.yaml"], "weights: { lines: 1, news: 2 }\nmax_epoch: 2\n");
        File.WriteAllText(folder["pipeline.yaml"], "name: x\nsources: { lines: { read: { jsonl: { files: a.jsonl } } } }\ntokenizer: { train: { vocabulary_size: 300 } }\nshards: {}\nmix: { file: mix.yaml }\n");
        (int exit, _, string error) = CommandLine.Run(folder[""], "check", "pipeline.yaml");
        Assert.Equal((2, "mix.yaml:2:1: this section has no setting `max_epoch` (did you mean `max_epochs`?)\n"), (exit, error));

        File.WriteAllText(folder["mix.yaml"], "weights: { lines: 1, news: 2 }\n");
        Assert.Contains("pipeline.yaml:5:6: `weights` names `news`, which is no source", CommandLine.Run(folder[""], "check", "pipeline.yaml").Error, StringComparison.Ordinal);
        File.WriteAllText(folder["mix.yaml"], "weights: { lines: 1 }\ntokens: 1000\nphases: [{ at: 500, weights: { linse: 1 }, anneal: true }]\n");
        Assert.Contains("`weights` names `linse`, which is no source (did you mean `lines`?)", CommandLine.Run(folder[""], "check", "pipeline.yaml").Error, StringComparison.Ordinal);
        File.WriteAllText(folder["mix.yaml"], "strategy: proportional\n");
        Assert.Equal(0, CommandLine.Run(folder[""], "check", "pipeline.yaml").ExitCode);
    }

    [Fact]
    public void Load_MixesOfTheRepository_AreRight()
    {
        Mistakes mistakes = new();
        string[] files = Directory.GetFiles(Path.Combine(CommandLine.Root, "pipelines", "mixes"));
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.NotNull(MixFile.Load(file, mistakes)));
        MixOptions usual = MixFile.Load(files.Single(file => file.EndsWith("default.yaml", StringComparison.Ordinal)), mistakes)!;
        SourceTokens[] sources = [new("web", 50), new("books", 10), new("papers", 5), new("code", 9), new("dialogue", 7)];
        Assert.Equal(new MixOptions().SharesOf(sources), usual.SharesOf(sources));
    }

    [Fact]
    public void Create_DocumentsAsUnit_AreSharesOfDocuments()
    {
        // 100 tokens a document of a, 10 of b: as many documents of each are ten times as many tokens of a.
        SourceTokens[] sources = [new("a", 100_000, 1_000), new("b", 50_000, 5_000), new("c", 0)];
        MixPlan plan = MixPlan.Create(sources, new MixOptions(new Dictionary<string, double> { ["a"] = 1, ["b"] = 1, ["c"] = 0 }, unit: MixUnit.Documents));
        Assert.Equal(10, plan.Shares[0].Share / plan.Shares[1].Share, 9);
        MixPlan grouped = MixPlan.Create(sources, new MixOptions(new Dictionary<string, double> { ["*"] = 1 }, unit: MixUnit.Documents));
        Assert.Equal(2, grouped.Shares[0].Share / grouped.Shares[1].Share, 9);
        Assert.Throws<ConfigurationException>(() => new MixOptions(strategy: MixStrategy.Proportional, unit: MixUnit.Documents));
    }

    [Fact]
    public void Create_Budget_IsTokensForEachParameter()
    {
        MixPlan plan = MixPlan.Create([new("web", 1_000_000)], new MixOptions(new Dictionary<string, double> { ["web"] = 1 }, budget: new MixBudget(12_345)));
        Assert.Equal(246_900, plan.Tokens);
        Assert.Throws<ConfigurationException>(() => new MixOptions(tokens: 5, budget: new MixBudget(1)));
    }

    [Fact]
    public void SharesOf_SourcesNotNamed_ShareTheWeightOfAllOthersBySize()
    {
        SourceTokens[] sources = [new("en", 500), new("zh", 100), new("fi", 30), new("sw", 10)];
        double[] shares = new MixOptions(new Dictionary<string, double> { ["en"] = 0.5, ["zh"] = 0.3, ["*"] = 0.2 }, by: ["language"]).SharesOf(sources);
        Assert.Equal([0.5, 0.3, 0.15, 0.05], shares.Select(share => Math.Round(share, 12)));
        Assert.Contains("slice 'fi' has no weight", Assert.Throws<ConfigurationException>(() =>
            new MixOptions(new Dictionary<string, double> { ["en"] = 1, ["zh"] = 1 }, by: ["language"]).SharesOf(sources)).Message, StringComparison.Ordinal);
        Assert.Throws<ConfigurationException>(() => new MixOptions(by: ["language"]));
    }

    private static JsonElement Case(JsonDocument json, string name) =>
        json.RootElement.GetProperty("cases").EnumerateArray().Single(test => test.GetProperty("case").GetString() == name);

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetDouble())];

    private static void AssertClose(double[] expected, double[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-9 * Math.Abs(pair.First)));
    }

    [Theory]
    [InlineData(BlendOrder.Tijdeman)]
    [InlineData(BlendOrder.Megatron)]
    public void Blend_LongRun_IsTheSameFromAnyPlace(BlendOrder order)
    {
        double[] weights = [0.6, 0.1, 0.05, 0.15, 0.1];
        Blend blend = new(weights, 20_000, order), other = new(weights, 20_000, order);
        long[] taken = new long[weights.Length];
        for (long sample = 0; sample < blend.SampleCount; sample++)
        {
            (int source, long index) = blend.At(sample);
            Assert.Equal(taken[source]++, index);
        }
        Assert.Equal(taken, blend.Counts);
        foreach (long sample in (long[])[19_999, 0, 4095, 4096, 12_345])
        {
            Assert.Equal(blend.At(sample), other.At(sample));
            long[] counts = blend.CountsBefore(sample);
            Assert.Equal(blend.At(sample).Index, counts[blend.At(sample).Source]);
        }
    }

    /// <summary>Tijdeman's bound, 1 - 1/(2n - 2), at every prefix; for five sources 0.875 of a sample.</summary>
    [Fact]
    public void Blend_MillionSamplesOfFiveSources_AreWithinASampleAtEveryPrefix()
    {
        double[] weights = [0.9, 0.06, 0.029, 0.01, 0.001];
        Blend blend = new(weights, 1_000_000);
        long[] taken = new long[weights.Length];
        double worst = 0;
        for (long sample = 0; sample < blend.SampleCount; sample++)
        {
            taken[blend.At(sample).Source]++;
            for (int i = 0; i < weights.Length; i++)
                worst = Math.Max(worst, Math.Abs(taken[i] - weights[i] * (sample + 1)));
        }
        Assert.InRange(worst, 0.5, 0.875 + 1e-6);
        Assert.Equal([900_000, 60_000, 29_000, 10_000, 1_000], taken);
    }

    [Fact]
    public void Blend_AnyWeights_StayWithinTheBoundAndAreTheSameByScanAndHeaps() => Prop.ForAll(Gen.Choose(0, 200).ListOf().ToArbitrary(), given =>
    {
        double[] weights = [.. given.Select(weight => (double)weight), 1];
        int sources = weights.Count(weight => weight > 0);
        double total = weights.Sum(), bound = sources == 1 ? 0 : 1 - 1.0 / (2 * sources - 2);
        BlendTargets targets = new(weights);
        Blend scanned = new(targets, made => new TijdemanScan(made), 2_000), heaped = new(targets, made => new TijdemanHeap(made), 2_000);
        long[] taken = new long[weights.Length];
        double worst = 0;
        for (long sample = 0; sample < 2_000; sample++)
        {
            Assert.Equal(scanned.At(sample), heaped.At(sample));
            taken[scanned.At(sample).Source]++;
            for (int i = 0; i < weights.Length; i++)
                worst = Math.Max(worst, Math.Abs(taken[i] - weights[i] / total * (sample + 1)));
        }
        Assert.InRange(worst, 0, bound + 1e-9);
    }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(60));

    [Fact]
    public void Blend_HundredThousandSources_AreEachAskedForAsPlanned()
    {
        double[] weights = [.. Enumerable.Range(0, 100_000).Select(i => i % 10 == 0 ? 0 : 1.0 + i % 7)];
        Blend blend = new(weights, 300_000);
        double total = weights.Sum();
        for (int i = 0; i < weights.Length; i++)
            Assert.True(Math.Abs(blend.Counts[i] - weights[i] / total * 300_000) < 1);
        Assert.Equal(blend.At(299_999).Index, blend.CountsBefore(299_999)[blend.At(299_999).Source]);
    }

    [Fact]
    public void Blend_SourceWithoutWeight_NeverComes()
    {
        Assert.Equal([0, 100], new Blend([0, 1], 100).Counts);
        Assert.Equal([0, 50, 0, 50], new Blend([0, 1, 0, 1], 100).Counts);
        Assert.Equal([0, 50, 0, 50], new Blend([0, 1, 0, 1], 100, BlendOrder.Megatron).Counts);
        Assert.Throws<ArgumentException>(() => new Blend([0, 0], 100));
        Assert.Throws<ArgumentException>(() => new Blend([1, double.NaN], 100));
    }

    [Fact]
    public void Permutation_AnyCount_IsABijection() => Prop.ForAll(Gen.Choose(1, 3_000).Two().ToArbitrary(), input =>
    {
        DocumentPermutation order = new(input.Item1, new Seed((ulong)input.Item2));
        Assert.Equal(Enumerable.Range(0, input.Item1).Select(i => (long)i), Enumerable.Range(0, input.Item1).Select(i => order[i]).Order());
    }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(100));

    [Fact]
    public void Create_DefaultMixWithoutBudget_KeepsRatiosWithinTheCaps()
    {
        MixPlan plan = MixPlan.Create([new("web", 1_000_000), new("books", 30_000), new("papers", 10_000), new("code", 50_000), new("dialogue", 40_000)], new MixOptions());
        Assert.Equal([0.6, 0.1125, 0.0375, 0.15, 0.1], plan.Shares.Select(share => Math.Round(share.Asked, 12)));
        Assert.All(plan.Shares, share => Assert.Equal(share.Asked, share.Share, 12));
        // Books and papers together are the first to be gone through four times.
        Assert.Equal(1_066_666, plan.Tokens);
        Assert.Equal(4, plan.Shares[1].Epochs, 9);
        Assert.DoesNotContain(plan.Shares, share => share.Capped);
    }

    [Fact]
    public void Create_BudgetAboveACap_SharesTheRest()
    {
        SourceTokens[] sources = [new("web", 1_000_000), new("code", 10_000), new("dialogue", 400_000)];
        Dictionary<string, double> weights = new() { ["web"] = 0.6, ["code"] = 0.3, ["dialogue"] = 0.1 };
        MixPlan plan = MixPlan.Create(sources, new MixOptions(weights, tokens: 1_000_000));
        Assert.Equal(1_000_000, plan.Tokens);
        Assert.Equal([822_857.14, 40_000, 137_142.86], plan.Shares.Select(share => Math.Round(share.Tokens, 2)));
        Assert.Equal([false, true, false], plan.Shares.Select(share => share.Capped));

        Assert.Contains("'code' would be repeated 30.00 times",
            Assert.Throws<ConfigurationException>(() => MixPlan.Create(sources, new MixOptions(weights, 1_000_000, atCap: AtCap.Error))).Message, StringComparison.Ordinal);
        MixPlan repeated = MixPlan.Create(sources, new MixOptions(weights, 1_000_000, atCap: AtCap.Repeat));
        Assert.Equal(30, repeated.Shares[1].Epochs, 9);
    }

    [Fact]
    public void Create_BudgetAboveAllCaps_GivesWhatThereIs()
    {
        MixPlan plan = MixPlan.Create([new("a", 1_000), new("b", 100)], new MixOptions(new Dictionary<string, double> { ["a"] = 1, ["b"] = 1 }, 1_000_000));
        Assert.Equal(4_400, plan.Tokens);
        Assert.All(plan.Shares, share => Assert.True(share.Capped));
    }

    [Fact]
    public void Create_EmptySource_LeavesItsShareToTheOthers()
    {
        Dictionary<string, double> weights = new() { ["a"] = 1, ["b"] = 1, ["c"] = 2 };
        MixPlan plan = MixPlan.Create([new("a", 1_000), new("b", 0), new("c", 5_000)], new MixOptions(weights));
        Assert.Equal([1 / 3.0, 0, 2 / 3.0], plan.Shares.Select(share => share.Share));
        Assert.Equal([0.25, 0.25, 0.5], plan.Shares.Select(share => share.Asked));
        Assert.Throws<ConfigurationException>(() => MixPlan.Create([new("a", 1_000), new("b", 0), new("c", 5_000)], new MixOptions(weights, atCap: AtCap.Error)));
    }

    [Fact]
    public void Create_SourceWithoutWeight_NamesIt() =>
        Assert.Contains("'news'", Assert.Throws<ConfigurationException>(() => MixPlan.Create([new("web", 10), new("news", 10)], new MixOptions())).Message, StringComparison.Ordinal);
}
