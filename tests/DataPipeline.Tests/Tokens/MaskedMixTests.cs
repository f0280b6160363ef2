using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Shards;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Tokens;

/// <summary>Dialogues and texts in one mix with loss on answers. Every token occurs once in the corpus, so that a set of ids is an oracle for what may be a target.</summary>
public sealed class MaskedMixTests : IDisposable
{
    private const int End = 0, Time = 32;

    private static readonly Dictionary<string, double> Weights = new() { ["chat"] = 0.7, ["web"] = 0.3 };

    private readonly TemporaryFolder _folder = new();
    private readonly HashSet<int> _learned = [], _masked = [];
    private readonly IReadOnlyList<string> _names;
    private readonly TokenStoreBuilder _builder;

    public MaskedMixTests()
    {
        int next = 1;
        using (TokenShardWriter writer = TokenShardWriter.Create(_folder["a.parquet"], new TokenShardHeader("tokenizer", 200_000, End, 1) { HasAnswers = true }))
        {
            for (int i = 0; i < 600; i++)
            {
                bool isChat = i % 3 > 0;
                int[] tokens = [.. Enumerable.Range(0, isChat ? 6 + i * 7919 % 22 : 1 + i * 13 % 60).Select(_ => next++)];
                // One dialogue in ten has no answer; the others have two of them, of different lengths.
                TokenSpan[] answers = !isChat ? [new(0, tokens.Length)] : i % 10 == 0 ? [] : [new(2, 1 + i % 2), new(tokens.Length - 2 - i % 3 / 2, 1 + i % 3 / 2)];
                if (!isChat || answers.Length > 0)
                {
                    foreach (int token in tokens)
                        (answers.Any(answer => token - tokens[0] >= answer.Begin && token - tokens[0] < answer.End) ? _learned : _masked).Add(token);
                }
                writer.Add(new TokenDocument($"{i}", isChat ? "chat" : "web", tokens, "f", i, "") { Answers = answers });
            }
            writer.Finish();
        }
        _builder = new TokenStoreBuilder(0, new Seed(5)) { Loss = new LossRule(LossOn.Answers) };
        _names = _builder.Build([_folder["a.parquet"]], _folder["stores"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Build_LossOnAnswers_CountsWhatItLeavesOut()
    {
        SourceCounts chat = _builder.Tally["chat"];
        Assert.Equal((400L, 360L, 40L), (chat.Read, chat.Kept, chat.Dropped["loss/no_answer"]));
        Assert.Equal((200L, 200L), (_builder.Tally["web"].Read, _builder.Tally["web"].Kept));
        using TokenStoreFile file = TokenStoreFile.Open(_folder["stores/train"]);
        // A web document's end is learned, that of a dialogue is not: its message ended before.
        Assert.Equal(_learned.Count + 200, file.Stores.Sum(store => store.LearnedCount));
        Assert.Equal([false, true], file.Stores.Select(store => store.IsMasked));
        Assert.Equal(_learned.Count + _masked.Count + 560, file.Stores.Sum(store => store.TokenCount));
    }

    [Fact]
    public void LearnedIn_AnyStretch_IsTheSumOfItsTokens()
    {
        using TokenStoreFile file = TokenStoreFile.Open(_folder["stores/train"]);
        TokenStore store = file.Stores[1];
        for (int from = 0; from < 70; from++)
        {
            for (int length = 0; length < 70; length++)
                Assert.Equal(Enumerable.Range(from, length).Count(token => store.IsLearned(token)), store.LearnedIn(from, length));
        }
        Assert.Equal(store.LearnedCount, store.LearnedIn(0, (int)store.TokenCount));
    }

    [Theory]
    [InlineData(Packing.Contiguous)]
    [InlineData(Packing.Documents)]
    [InlineData(Packing.BestFit)]
    [InlineData(Packing.Padded)]
    [InlineData(Packing.BestFitCrop)]
    public void Read_MixedWithText_TrainsOnAnswersAloneInSharesOfTokensAtEveryPrefix(Packing packing)
    {
        using Loader loader = Open(packing);
        long[] inputs = new long[Time], targets = new long[Time], positions = new long[Time];
        int[] documents = new int[Time];
        long[] taken = new long[2];
        for (long k = 0; k < loader.SampleCount; k++)
        {
            Sample sample = loader.Read(k, new SampleRow(inputs, targets, documents, positions));
            int[] wanted = [.. targets.Where(token => token != PackedRow.NoTarget).Select(token => (int)token)];
            Assert.Equal(sample.Targets, wanted.Length);
            Assert.InRange(sample.Tokens, sample.Targets, Time);
            Assert.All(wanted.Where(token => token != End), token => Assert.Contains(token, _learned));
            // What is masked is read all the same.
            for (int i = 0; i + 1 < sample.Tokens; i++)
                Assert.True(targets[i] == PackedRow.NoTarget || targets[i] == inputs[i + 1] || documents[i] != documents[i + 1]);
            taken[sample.Source] += sample.Targets;
            for (int source = 0; source < 2; source++)
                Assert.True(Math.Abs(taken[source] - loader.Plan.Shares[source].Share * taken.Sum()) < Time, $"sample {k}: {taken[0]} {taken[1]}");
            if (k % 37 == 0)
                Assert.Equal(taken, loader.Audit(k + 1).Select(delivery => delivery.Tokens));
        }
        Assert.Equal(taken, loader.Audit(loader.SampleCount).Select(delivery => delivery.Tokens));
        Assert.InRange(loader.Plan.Tokens - taken.Sum(), 0, Time);
    }

    [Fact]
    public void Read_WholeEpochOfOneSource_MakesEachAnswerATargetOnce()
    {
        foreach (Packing packing in Enum.GetValues<Packing>().Except([Packing.BestFitCrop]))
        {
            using Loader loader = Open(packing, new() { ["chat"] = 1, ["web"] = 0 }, 1);
            long[] inputs = new long[Time], targets = new long[Time];
            List<int> seen = [];
            for (long k = 0; k < loader.SampleCount; k++)
            {
                loader.Read(k, new SampleRow(inputs, targets));
                seen.AddRange(targets.Where(token => token != PackedRow.NoTarget).Select(token => (int)token));
            }
            Assert.Equal(seen.Distinct().Count(), seen.Count);
            Assert.InRange(loader.Plan.Tokens - seen.Count, 0, packing.MakesRows() ? 0 : Time);
        }
    }

    [Fact]
    public void Read_AnyOrder_IsTheStream()
    {
        foreach (Packing packing in Enum.GetValues<Packing>())
        {
            string[] expected;
            using (Loader loader = Open(packing))
                expected = [.. Enumerable.Range(0, (int)loader.SampleCount).Select(k => Text(loader, k))];
            using Loader again = Open(packing);
            for (int k = expected.Length - 1; k >= 0; k -= 5)
                Assert.Equal(expected[k], Text(again, k));
        }
    }

    [Fact]
    public void Constructor_MegatronOrder_SaysWhatToTake() =>
        Assert.Contains("take order: tijdeman", Assert.Throws<ConfigurationException>(() => Open(Packing.Documents, order: BlendOrder.Megatron)).Message, StringComparison.Ordinal);

    [Fact]
    public void Build_ShardsThatDoNotSayWhereAnswersAre_AreRefusedUnlessAllIsLearned()
    {
        using (TokenShardWriter writer = TokenShardWriter.Create(_folder["old.parquet"], new TokenShardHeader("tokenizer", 10, End, 1)))
        {
            writer.Add(new TokenDocument("0", "chat", new[] { 1, 2 }, "f", 0, ""));
            writer.Finish();
        }
        foreach (LossRule rule in (LossRule[])[new(LossOn.Answers), new(OnlyDialogues: true)])
            Assert.Contains("make them again", Assert.Throws<InputException>(() => new TokenStoreBuilder(0, new Seed(5)) { Loss = rule }.Build([_folder["old.parquet"]], _folder["old"])).Message, StringComparison.Ordinal);
        Assert.Equal(["chat"], new TokenStoreBuilder(0, new Seed(5)).Build([_folder["old.parquet"]], _folder["old"]));
    }

    [Fact]
    public void Open_LossFileCutShort_SaysSo()
    {
        string path = _folder["stores/train.loss"];
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..^1]);
        Assert.Contains("train.loss", Assert.Throws<InputException>(() => TokenStoreFile.Open(_folder["stores/train"])).Message, StringComparison.Ordinal);
        File.WriteAllBytes(path, bytes);
    }

    [Fact]
    public void HeldOutSamples_BestFit_HoldEachDialogueOnceAndWhole()
    {
        using HeldOutSamples samples = new(TokenStoreFile.Open(_folder["stores/train"]), Time, Packing.BestFit, 1_000_000);
        long[] inputs = new long[Time], targets = new long[Time];
        List<int> seen = [];
        for (long k = 0; k < samples.SampleCount; k++)
        {
            samples.Read(k, new SampleRow(inputs, targets));
            seen.AddRange(targets.Where(token => token > 0).Select(token => (int)token));
        }
        Assert.Equal(_learned.Order(), seen.Order());
        using HeldOutSamples few = new(TokenStoreFile.Open(_folder["stores/train"]), Time, Packing.Documents, 3);
        Assert.Equal(6, few.SampleCount);
    }

    /// <summary>Any sizes and weights: no prefix is off by a whole largest sample, and samples are found the same from the marks at every 4096th.</summary>
    [Fact]
    public void Blend_SamplesOfAnySizes_StayWithinOneSampleOfTheTokensAsked() => Prop.ForAll(
        Gen.Choose(1, 200).Select(weight => weight * weight * weight).NonEmptyListOf().ToArbitrary(), Gen.Choose(1, 64).ToArbitrary(), Gen.Choose(0, 1_000_000).ToArbitrary(), (given, most, seed) =>
        {
            Seed sizes = new((ulong)seed);
            // Uniform, or nearly nothing and full ones in turn by chance.
            int TokensOf(int source, long index) => (int)sizes.For((ulong)source).Below((ulong)most + 1, (ulong)index) is var size && seed % 2 == 0 ? size : size % 2 == 0 ? most : 0;
            double[] weights = [.. given.Take(40).Select(weight => weight / (double)given.Take(40).Sum())];
            Blend blend = new(new BlendTargets(weights), 6_000L * most / 2, TokensOf);
            long[] taken = new long[weights.Length], counts = new long[weights.Length];
            for (long k = 0; k < blend.SampleCount; k++)
            {
                (int source, long index) = blend.At(k);
                Assert.Equal(counts[source]++, index);
                taken[source] += TokensOf(source, index);
                double total = taken.Sum(), worst = weights.Select((weight, i) => Math.Abs(taken[i] - weight * total)).Max();
                Assert.True(worst < most, $"sample {k}: {worst} of {most}");
            }
            Assert.Equal(counts, blend.Counts);
            Assert.Equal(taken, blend.TokensBefore(blend.SampleCount));
            Assert.InRange(6_000L * most / 2 - taken.Sum(), 0, most);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(20));

    private Loader Open(Packing packing, Dictionary<string, double>? weights = null, double epochs = 2, BlendOrder order = BlendOrder.Tijdeman)
    {
        IReadOnlyList<TokenStore> stores = TokenStoreFile.Open(_folder["stores/train"]).Stores;
        MixPlan plan = MixPlan.Create([.. _names.Select((name, i) => new SourceTokens(name, stores[i].LearnedCount))], new MixOptions(weights ?? Weights, maxEpochs: epochs, order: order));
        return new Loader(plan, stores, Time, new Seed(3), packing: packing);
    }

    private static string Text(Loader loader, long k)
    {
        long[] inputs = new long[Time], targets = new long[Time];
        return $"{loader.Read(k, new SampleRow(inputs, targets))} {string.Join(' ', inputs)} {string.Join(' ', targets)}";
    }
}
