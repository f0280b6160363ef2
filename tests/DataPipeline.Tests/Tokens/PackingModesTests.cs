using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Shards;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Tokens;

/// <summary>Every way of packing over documents of any lengths: each token is a target once an epoch, and what a row says about its documents is so.</summary>
public sealed class PackingModesTests : IDisposable
{
    private const string Golden = "golden/train/g6_masking_packing.json";
    private const int End = 0;

    private readonly TemporaryFolder _folder = new();
    private int _builds;

    public void Dispose() => _folder.Dispose();

    /// <summary>Documents shorter and longer than a row, of one token, and empty ones; sources smaller than a row.</summary>
    [Theory]
    [InlineData(Packing.Contiguous)]
    [InlineData(Packing.Documents)]
    [InlineData(Packing.BestFit)]
    public void Read_AnyDocuments_MakesEachTokenATargetOnceAnEpoch(Packing packing) => Prop.ForAll(
        Gen.Choose(0, 40).NonEmptyListOf().ToArbitrary(), Gen.Choose(1, 24).ToArbitrary(), (lengths, time) =>
        {
            int next = 1;
            int[][] documents = [.. lengths.Append(1).Select(length => Enumerable.Range(0, length).Select(_ => next++).ToArray())];
            if (documents.Sum(document => document.Length) * 4 < time)
                return;
            using Loader loader = Open(documents, time, packing);
            // Tokens of an epoch: those of documents that are not empty, and an end for each.
            int[] epoch = [.. documents.Where(document => document.Length > 0).SelectMany(document => document.Append(End))];
            Dictionary<int, int> after = [];
            foreach (int[] document in documents)
            {
                for (int i = 0; i < document.Length; i++)
                    after[document[i]] = i + 1 < document.Length ? document[i + 1] : End;
            }
            List<int> stream = [];
            for (long k = 0; k < loader.SampleCount; k++)
                stream.AddRange(Check(loader, k, after, packing));
            Assert.Equal(loader.Audit(loader.SampleCount)[0].Tokens, stream.Count);
            // Where documents are cut, the very first token of all is an input only.
            if (packing != Packing.BestFit)
                stream.Insert(0, First(loader));
            foreach (int[] whole in stream.Chunk(epoch.Length).Where(chunk => chunk.Length == epoch.Length))
                Assert.Equal(epoch.Order(), whole.Order());
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(60));

    [Fact]
    public void Read_BestFit_KeepsDocumentsWholeAndWastesLessThanAPercent()
    {
        int next = 1;
        int[][] documents = [.. Enumerable.Range(0, 2_000).Select(i => Enumerable.Range(0, 1 + i * 7919 % 90).Select(_ => next++).ToArray())];
        using Loader loader = Open(documents, 128, Packing.BestFit);
        long[] inputs = new long[128], targets = new long[128], positions = new long[128];
        int[] numbers = new int[128];
        long tokens = 0, rows = 0;
        HashSet<long> begun = [];
        while (tokens < documents.Sum(document => document.Length + 1L))
        {
            int held = loader.Read(rows++, new SampleRow(inputs, targets, numbers, positions)).Targets;
            tokens += held;
            for (int i = 0; i < held; i++)
            {
                // A document begins at its first token and goes on without a gap to its end.
                Assert.Equal(positions[i] == 0, inputs[i] == End);
                if (positions[i] == 0)
                    Assert.True(begun.Add(targets[i]));
                if (i + 1 < held && targets[i] != End)
                    Assert.Equal((targets[i], numbers[i]), (inputs[i + 1], numbers[i + 1]));
            }
            Assert.All(targets[held..], target => Assert.Equal(PackedRow.NoTarget, target));
        }
        Assert.Equal(documents.Length, begun.Count);
        Assert.InRange(1 - tokens / (128.0 * rows), 0, 0.01);
    }

    [Fact]
    public void Read_SourcesOfUnequalWaste_GetTheirSharesOfTokensNotOfRows()
    {
        // Rows of a hold 16 tokens of 16, rows of b 9.
        int next = 1;
        List<TokenDocument> rows = [];
        for (int i = 0; i < 400; i++)
        {
            rows.Add(new TokenDocument($"a{i}", "a", Enumerable.Range(0, 15).Select(_ => next++).ToArray(), "f", i, ""));
            rows.Add(new TokenDocument($"b{i}", "b", Enumerable.Range(0, 8).Select(_ => next++).ToArray(), "f", i, ""));
        }
        using Loader loader = Open(rows, 16, Packing.BestFit, new MixOptions(new Dictionary<string, double> { ["a"] = 0.5, ["b"] = 0.5 }));
        IReadOnlyList<MixDelivery> delivered = loader.Audit(loader.SampleCount);
        Assert.Equal(0.5, delivered[0].Delivered, 2);
        Assert.True(Math.Abs(delivered[0].Tokens - delivered[1].Tokens) <= 32, $"{delivered[0]} {delivered[1]}");
    }

    [SharedFact(Golden)]
    public void Read_Contiguous_GivesTheWindowsOfTheGoldenCase()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(SharedData.PathOf(Golden)));
        JsonElement expected = json.RootElement.GetProperty("cases").EnumerateArray().Single(test => test.GetProperty("case").GetString() == "concat_then_split").GetProperty("expected");
        int time = expected.GetProperty("T").GetInt32();
        int[] stream = [.. expected.GetProperty("stream").EnumerateArray().Select(id => id.GetInt32())];
        // The golden documents bring their own end tokens; one document keeps the order.
        using Loader loader = Open([new TokenDocument("0", "a", stream, "f", 0, "")], time, Packing.Contiguous, null, end: null);
        int number = 0;
        foreach (JsonElement window in expected.GetProperty("full_windows").EnumerateArray())
        {
            long[] inputs = new long[time], targets = new long[time];
            loader.Read(number++, new SampleRow(inputs, targets));
            long[] whole = [.. window.EnumerateArray().Select(id => id.GetInt64())];
            Assert.Equal(whole[..^1], inputs);
            Assert.Equal(whole[1..], targets);
        }
        Assert.Equal(2, number);
    }

    [Fact]
    public void Read_WrongLength_Throws()
    {
        using Loader loader = Open([[1, 2, 3]], 2, Packing.Documents);
        Assert.Throws<ArgumentException>(() => loader.Read(0, new SampleRow(new long[3], new long[3])));
        Assert.Throws<ArgumentException>(() => loader.Read(0, new SampleRow(new long[2], new long[2], new int[2])));
    }

    [Fact]
    public void Build_HundredThousandSources_AreReadThroughOnePairOfFiles()
    {
        IEnumerable<TokenDocument> rows = Enumerable.Range(0, 200_000).Select(i => new TokenDocument($"{i}", $"s{i % 100_000}", new int[] { 1 + i % 1_000, 2 }, "f", i, ""));
        using Loader loader = Open(rows, 4, Packing.Documents, new MixOptions(new Dictionary<string, double> { ["*"] = 1, ["s7"] = 0 }));
        Assert.Equal(100_000, loader.Plan.Shares.Count);
        long[] inputs = new long[4], targets = new long[4];
        for (long k = 0; k < loader.SampleCount; k += 997)
        {
            int number = int.Parse(loader.Plan.Shares[loader.Read(k, new SampleRow(inputs, targets)).Source].Source[1..], System.Globalization.CultureInfo.InvariantCulture);
            Assert.NotEqual(7, number);
            Assert.All(inputs.Where(id => id is not (End or 2)), id => Assert.Equal(1 + number % 1_000, id));
        }
    }

    [Fact]
    public void Build_BySlices_DividesByColumnsAndBuckets()
    {
        TokenShardHeader header = new("tokenizer", 200, End, 1) { Columns = ["domain", "quality"] };
        using (TokenShardWriter writer = TokenShardWriter.Create(_folder["s.parquet"], header))
        {
            string[][] values = [["a.org", "0.1", "en"], ["a.org", "0.5", "zh"], ["", "0.9", "en"], ["b.org", "", ""]];
            for (int i = 0; i < values.Length; i++)
                writer.Add(new TokenDocument($"{i}", "web", new int[] { i + 1 }, "f", i, values[i][2]) { Columns = values[i][..2] });
            writer.Finish();
        }
        Assert.Equal(["en", "zh", "unknown"], Slices(["language"]));
        Assert.Equal(["web/a.org", "web/unknown", "web/b.org"], Slices(["source", "domain"]));
        Assert.Equal(["quality<0.5", "quality>=0.5", "quality:unknown"], Slices(["quality"], 0.5));
        Assert.Equal(["quality<0.3", "quality<0.8", "quality>=0.8", "quality:unknown"], Slices(["quality"], 0.3, 0.8));
        Assert.Contains("has no column `domian` (did you mean `domain`?)", Assert.Throws<ConfigurationException>(() => Slices(["domian"])).Message, StringComparison.Ordinal);
        Assert.Contains("0: domain is 'a.org', not a number", Assert.Throws<InputException>(() =>
            new TokenStoreBuilder(0, new Seed(1), new Slicing(["domain"], new Dictionary<string, IReadOnlyList<double>> { ["domain"] = [1] })).Build([_folder["s.parquet"]], _folder["x"])).Message, StringComparison.Ordinal);
        Assert.Throws<ConfigurationException>(() => new Slicing(["quality"], new Dictionary<string, IReadOnlyList<double>> { ["quality"] = [2, 1] }));

        IReadOnlyList<string> Slices(string[] by, params double[] bounds) => new TokenStoreBuilder(0, new Seed(1),
            new Slicing(by, bounds.Length == 0 ? null : new Dictionary<string, IReadOnlyList<double>> { ["quality"] = bounds })).Build([_folder["s.parquet"]], _folder[$"stores{_builds++}"]);
    }

    private static int First(Loader loader)
    {
        long[] inputs = new long[loader.SequenceLength];
        loader.Read(0, new SampleRow(inputs, new long[loader.SequenceLength]));
        return (int)inputs[0];
    }

    private static List<int> Check(Loader loader, long k, Dictionary<int, int> after, Packing packing)
    {
        int time = loader.SequenceLength;
        long[] inputs = new long[time], targets = new long[time], positions = new long[time];
        int[] numbers = new int[time];
        int count = loader.Read(k, new SampleRow(inputs, targets, numbers, positions)).Targets;
        for (int i = 0; i < time; i++)
        {
            bool begins = i == 0 || numbers[i] != numbers[i - 1];
            Assert.Equal(begins ? 0 : positions[i - 1] + 1, positions[i]);
            if (i >= count)
                continue;
            if (packing == Packing.Contiguous)
                Assert.Equal(0, numbers[i]);
            else if (i > 0 && packing == Packing.Documents)
                Assert.Equal(inputs[i] == End, begins);
            // What is behind a token in its document is its target.
            if (inputs[i] != End)
                Assert.Equal(after[(int)inputs[i]], targets[i]);
        }
        return [.. targets.Take(count).Select(id => (int)id)];
    }

    private Loader Open(int[][] documents, int time, Packing packing) =>
        Open(documents.Select((tokens, i) => new TokenDocument($"{i}", "a", tokens, "f", i, "")), time, packing, null);

    private Loader Open(IEnumerable<TokenDocument> rows, int time, Packing packing, MixOptions? options, int? end = End)
    {
        string shard = _folder[$"{_builds}.parquet"], folder = _folder[$"stores{_builds++}"];
        using (TokenShardWriter writer = TokenShardWriter.Create(shard, new TokenShardHeader("tokenizer", 200_000, end, 1)))
        {
            foreach (TokenDocument row in rows)
                writer.Add(row);
            writer.Finish();
        }
        IReadOnlyList<string> names = new TokenStoreBuilder(0, new Seed(5)).Build([shard], folder);
        IReadOnlyList<TokenStore> stores = TokenStoreFile.Open(Path.Combine(folder, "train")).Stores;
        MixPlan plan = MixPlan.Create([.. names.Select((name, i) => new SourceTokens(name, stores[i].TokenCount))],
            options ?? new MixOptions(new Dictionary<string, double> { ["a"] = 1 }));
        return new Loader(plan, stores, time, new Seed(3), packing: packing);
    }
}
