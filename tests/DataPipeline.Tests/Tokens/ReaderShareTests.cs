using DataPipeline.Core;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Shards;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Tokens;

public sealed class ReaderShareTests : IDisposable
{
    private const int Length = 8;

    private readonly TemporaryFolder _folder = new();
    private readonly IReadOnlyList<string> _names;

    public ReaderShareTests()
    {
        // Every token occurs once, so that a target seen twice or never shows.
        int next = 1;
        using (TokenShardWriter writer = TokenShardWriter.Create(_folder["a.parquet"], new TokenShardHeader("tokenizer", 200_000, 0, 1)))
        {
            for (int i = 0; i < 300; i++)
            {
                int[] tokens = [.. Enumerable.Range(0, 3 + i * 13 % 60).Select(_ => next++)];
                writer.Add(new TokenDocument($"{i}", i % 3 == 0 ? "b" : "a", tokens, "f", i, ""));
            }
            writer.Finish();
        }
        _names = new TokenStoreBuilder(0, new Seed(5)).Build([_folder["a.parquet"]], _folder["stores"]);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Any readers, stopped after any rounds and followed by any others: together they read every sample once.</summary>
    [Fact]
    public void SampleOf_ResumedWithOtherReaders_ReadsEachSampleOnceInOrder() => Prop.ForAll(
        Gen.Choose(1, 9).Two().ListOf().ToArbitrary(), Gen.Choose(0, 500).ToArbitrary(), (stretches, samples) =>
        {
            List<long> read = [];
            long start = 0;
            foreach ((int world, int rounds) in stretches.Append((3, samples)))
            {
                var perRank = Enumerable.Range(0, world).Select(rank => new ReaderShare(rank, world, start)).ToArray();
                for (long round = 0; round < rounds; round++)
                    read.AddRange(perRank.Where(reader => round < reader.RoundsOf(samples)).Select(reader => reader.SampleOf(round)));
                start = perRank[0].StartAfter(rounds);
            }
            Assert.Equal(Enumerable.Range(0, samples).Select(k => (long)k), read);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(200));

    [Fact]
    public void Read_ThreeKillsWithOneTwoAndFourReaders_IsTheStreamOfOne()
    {
        string[] expected;
        using (Loader loader = Open(0.7))
            expected = [.. Enumerable.Range(0, (int)loader.SampleCount).Select(k => Sample(loader, k))];
        List<string> read = [];
        long start = 0;
        foreach ((int world, int rounds) in ((int, int)[])[(1, 37), (2, 51), (4, 20), (3, int.MaxValue)])
        {
            using Loader loader = Open(0.7);
            string[][] ranks = new string[world][];
            Parallel.For(0, world, rank =>
            {
                ReaderShare reader = new(rank, world, start);
                ranks[rank] = [.. Enumerable.Range(0, (int)Math.Min(rounds, reader.RoundsOf(loader.SampleCount))).Select(round => Sample(loader, reader.SampleOf(round)))];
            });
            for (int round = 0; round < ranks[0].Length; round++)
                read.AddRange(ranks.Where(samples => round < samples.Length).Select(samples => samples[round]));
            start = new ReaderShare(0, world, start).StartAfter(rounds);
        }
        Assert.Equal(expected, read);
    }

    [Fact]
    public void SampleOf_RankNotBelowWorld_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => new ReaderShare(2, 2).SampleOf(0));

    [Fact]
    public void Cursors_MixChangedMidRun_LosesAndRepeatsNoTargetWithinAnEpoch()
    {
        Dictionary<int, int> seen = [];
        IReadOnlyDictionary<string, long>? cursors = null;
        long[] drawn = [0, 0];
        string? hash = null;
        foreach ((double weight, int samples) in ((double, int)[])[(0.7, 100), (0.2, 333), (0.9, 50)])
        {
            using Loader loader = Open(weight, cursors);
            Assert.NotEqual(hash, loader.PlanHash);
            hash = loader.PlanHash;
            long[] inputs = new long[Length], targets = new long[Length];
            for (int k = 0; k < samples; k++)
            {
                drawn[loader.Read(k, new SampleRow(inputs, targets)).Source] += Length;
                foreach (long token in targets)
                    seen[(int)token] = seen.GetValueOrDefault((int)token) + 1;
            }
            cursors = loader.Cursors(samples);
            Assert.Equal(drawn, loader.Plan.Shares.Select(share => cursors[share.Source]));
        }
        using Loader last = Open(0.5);
        for (int source = 0; source < 2; source++)
        {
            long available = last.Plan.Shares[source].Available;
            using TokenStoreFile file = TokenStoreFile.Open(_folder["stores/train"]);
            TokenStore store = file.Stores[source];
            int[] all = new int[available];
            store.CopyTo(0, all);
            int least = (int)(drawn[source] / available);
            // The first token of the whole stream is no target.
            int[] off = [.. all.Where(token => token != 0 && (seen.GetValueOrDefault(token) < least || seen.GetValueOrDefault(token) > least + 1))];
            Assert.InRange(off.Length, 0, 1);
            Assert.InRange(all.Where(token => token != 0).Sum(token => seen.GetValueOrDefault(token) - least),
                drawn[source] % available - store.DocumentCount, drawn[source] % available + 1);
        }
    }

    private Loader Open(double weight, IReadOnlyDictionary<string, long>? cursors = null)
    {
        IReadOnlyList<TokenStore> stores = TokenStoreFile.Open(_folder["stores/train"]).Stores;
        MixPlan plan = MixPlan.Create([.. _names.Select((name, i) => new SourceTokens(name, stores[i].TokenCount))],
            new MixOptions(new Dictionary<string, double> { ["a"] = weight, ["b"] = 1 - weight }, 10_000));
        return new Loader(plan, stores, Length, new Seed(1), cursors);
    }

    private static string Sample(Loader loader, long k)
    {
        long[] inputs = new long[Length], targets = new long[Length];
        return $"{loader.Read(k, new SampleRow(inputs, targets)).Source}: {string.Join(' ', inputs)} {targets[^1]}";
    }
}
