using DataPipeline.Core;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tests.Tokens;

public sealed class LoaderTests : IDisposable
{
    private const int End = 0;
    private const int Length = 16;

    private static readonly Dictionary<string, double> Weights = new() { ["a"] = 0.5, ["b"] = 0.3, ["c"] = 0.2 };

    private readonly TemporaryFolder _folder = new();
    private int _builds;
    private readonly Dictionary<string, List<int[]>> _documents = new() { ["a"] = [], ["b"] = [], ["c"] = [] };

    public LoaderTests()
    {
        // Every token occurs once, so that a sample tells what it was cut from.
        int next = 1;
        TokenShardHeader header = new("tokenizer", 200_000, End, 1);
        for (int shard = 0; shard < 3; shard++)
        {
            using TokenShardWriter writer = TokenShardWriter.Create(_folder[$"{shard}.parquet"], header);
            for (int i = 0; i < 200; i++)
            {
                string source = i % 10 < 6 ? "a" : i % 10 < 9 ? "b" : "c";
                int[] tokens = [.. Enumerable.Range(0, i * 13 % 60).Select(_ => next++)];
                writer.Add(new TokenDocument($"{source}:f{shard}#{i}", source, tokens, $"f{shard}", i, ""));
                if (tokens.Length > 0)
                    _documents[source].Add(tokens);
            }
            writer.Finish();
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Build_Shards_HoldsOutDocumentsThatAreNeverTrainedOn()
    {
        (IReadOnlyList<string> names, TokenStoreFile train, TokenStoreFile validation) = Build(0.1);
        for (int i = 0; i < names.Count; i++)
        {
            List<string> all = [.. Documents(train.Stores[i]), .. Documents(validation.Stores[i])];
            Assert.Equal(_documents[names[i]].Select(tokens => string.Join(',', [.. tokens, End])).Order(), all.Order());
            Assert.InRange(validation.Stores[i].DocumentCount, 1, train.Stores[i].DocumentCount / 4);
        }
        Assert.All(Build(1e-9).Validation.Stores, store => Assert.Equal(1, store.DocumentCount));
        Assert.All(Build(0).Validation.Stores, store => Assert.Equal(0, store.TokenCount));
    }

    [Fact]
    public void Read_WholeEpochs_MakesEachTokenATargetOnce()
    {
        using Loader loader = Open(tokens: null);
        long[] perEpoch = [.. loader.Plan.Shares.Select(share => share.Available)];
        Dictionary<int, int>[] targets = [[], [], []];
        for (long k = 0; k < loader.SampleCount; k++)
        {
            (int source, _, int[] wanted) = Row(loader, k);
            foreach (int token in wanted)
                targets[source][token] = targets[source].GetValueOrDefault(token) + 1;
        }
        for (int source = 0; source < 3; source++)
        {
            double epochs = loader.Audit(loader.SampleCount)[source].Epochs;
            Assert.All(targets[source].Where(entry => entry.Key != End), entry => Assert.InRange(entry.Value, Math.Floor(epochs) - 1, Math.Ceiling(epochs) + 1));
            if (epochs >= 2)
                Assert.True(targets[source].Count > _documents[loader.Plan.Shares[source].Source].Sum(tokens => tokens.Length) * 0.8);
        }
    }

    [Fact]
    public void Read_Documents_StayWholeAndEndWithTheEndToken()
    {
        using Loader loader = Open(tokens: null);
        Dictionary<int, int> after = [];
        foreach (int[] tokens in _documents.Values.SelectMany(documents => documents))
        {
            for (int i = 0; i < tokens.Length; i++)
                after[tokens[i]] = i + 1 < tokens.Length ? tokens[i + 1] : End;
        }
        for (long k = 0; k < loader.SampleCount; k++)
        {
            (_, int[] inputs, int[] targets) = Row(loader, k);
            for (int i = 0; i < Length; i++)
            {
                if (inputs[i] != End)
                    Assert.Equal(after[inputs[i]], targets[i]);
            }
        }
    }

    [Fact]
    public void Read_FromAnySampleOn_IsTheSameAsFromTheStart()
    {
        string[] expected;
        string hash;
        using (Loader loader = Open(30_000))
        {
            expected = [.. Enumerable.Range(0, (int)loader.SampleCount).Select(k => Sample(loader, k))];
            hash = loader.PlanHash;
        }
        using Loader resumed = Open(30_000);
        Assert.Equal(hash, resumed.PlanHash);
        for (int k = expected.Length - 1; k >= 0; k -= 7)
            Assert.Equal(expected[k], Sample(resumed, k));
        string[] parallel = new string[expected.Length];
        Parallel.For(0, expected.Length, k => parallel[k] = Sample(resumed, k));
        Assert.Equal(expected, parallel);
        using Loader other = Open(30_000, seed: 2);
        Assert.NotEqual(hash, other.PlanHash);
        Assert.NotEqual(expected[..20], Enumerable.Range(0, 20).Select(k => Sample(other, k)));
    }

    [Fact]
    public void Read_TwoEpochs_HaveOtherOrders()
    {
        using Loader loader = Open(30_000);
        int samples = (int)(loader.Plan.Shares[2].Available / Length);
        string[] c = [.. Enumerable.Range(0, (int)loader.SampleCount).Where(k => loader.SourceOf(k) == 2).Take(2 * samples).Select(k => Sample(loader, k))];
        Assert.True(c[..samples].Intersect(c[samples..]).Count() < samples / 4);
    }

    [Theory]
    [InlineData(Packing.Contiguous)]
    [InlineData(Packing.Documents)]
    [InlineData(Packing.BestFit)]
    public void DocumentsOf_Samples_AreThoseWhoseTokensTheyHold(Packing packing)
    {
        Dictionary<int, string> holder = [];
        HashSet<string> withLoneEnds = [];
        foreach (string shard in Shards)
        {
            using TokenShardReader reader = TokenShardReader.Open(shard);
            foreach (TokenDocument document in reader.Read())
            {
                foreach (int token in document.Tokens.Span)
                    holder[token] = document.Id;
                // Rows of their own are full of its tokens; its end token is packed alone.
                if (packing == Packing.BestFit && document.TokenCount % Length == 0)
                    withLoneEnds.Add(document.Id);
            }
        }
        using Loader loader = Open(30_000, packing: packing);
        (int, long)[] places = [.. Enumerable.Range(0, (int)loader.SampleCount).Select(k => loader.DocumentsOf(k)).SelectMany(made => made.Documents.Select(document => (made.Source, document)))];
        var names = new TokenStoreBuilder(0.05, new Seed(5)).NamesOf(Shards, places.ToHashSet());
        for (long k = 0; k < loader.SampleCount; k++)
        {
            (_, int[] inputs, int[] targets) = Row(loader, k);
            // A row of packed documents begins with the end token of another document, a stretch of a stream with a token of its first.
            IEnumerable<int> tokens = (packing == Packing.BestFit ? targets : [.. inputs, targets[^1]]).Where(token => token > End);
            List<string> expected = [.. tokens.Select(token => holder[token])];
            (int source, IReadOnlyList<long> documents) = loader.DocumentsOf(k);
            IEnumerable<string> given = documents.Select(document => names[(source, document)]).Where(id => expected.Contains(id) || !withLoneEnds.Contains(id)).Skip(packing != Packing.BestFit && inputs[0] == End ? 1 : 0);
            Assert.Equal(expected.Where((id, i) => i == 0 || id != expected[i - 1]), given);
        }
    }

    [Fact]
    public void Audit_Mix_IsWithinASampleOfWhatWasPlanned()
    {
        using Loader loader = Open(30_000);
        foreach (long samples in (long[])[100, 1_000, loader.SampleCount])
        {
            IReadOnlyList<MixDelivery> audit = loader.Audit(samples);
            Assert.Equal(samples * Length, audit.Sum(row => row.Tokens));
            Assert.All(audit, row => Assert.True(Math.Abs(row.Delivered - row.Planned) * samples < 1, $"{row}"));
        }
    }

    [Fact]
    public void Widen_AnyLength_IsTheScalarTwin()
    {
        ushort[] ids = [.. Enumerable.Range(0, 100).Select(i => (ushort)(65_535 - i * 331))];
        for (int length = 0; length <= ids.Length; length++)
        {
            int[] widened = new int[length];
            TokenStore.Widen(ids.AsSpan(0, length), widened);
            Assert.Equal(ids.Take(length).Select(id => (int)id), widened);
            long[] wider = [.. Enumerable.Repeat(-1L, length + 1)];
            TokenStore.Widen(ids.AsSpan(0, length), wider.AsSpan(0, length));
            Assert.Equal([.. ids.Take(length).Select(id => (long)id), -1], wider);
        }
    }

    [Fact]
    public void Constructor_FewerTokensThanASample_SaysSo() =>
        Assert.Contains("fewer than one sample", Assert.Throws<ConfigurationException>(() => Open(10)).Message, StringComparison.Ordinal);

    private string[] Shards => [_folder["0.parquet"], _folder["1.parquet"], _folder["2.parquet"]];

    private (IReadOnlyList<string> Names, TokenStoreFile Train, TokenStoreFile Validation) Build(double validation)
    {
        string folder = _folder[$"stores{_builds++}"];
        IReadOnlyList<string> names = new TokenStoreBuilder(validation, new Seed(5)).Build(Shards, folder);
        return (names, TokenStoreFile.Open(Path.Combine(folder, "train")), TokenStoreFile.Open(Path.Combine(folder, "validation")));
    }

    private Loader Open(long? tokens, ulong seed = 1, Packing packing = Packing.Contiguous)
    {
        (IReadOnlyList<string> names, TokenStoreFile train, _) = Build(0.05);
        MixPlan plan = MixPlan.Create([.. names.Select((name, i) => new SourceTokens(name, train.Stores[i].TokenCount))], new MixOptions(Weights, tokens));
        return new Loader(plan, train.Stores, Length, new Seed(seed), packing: packing);
    }

    private static (int Source, int[] Inputs, int[] Targets) Row(Loader loader, long k)
    {
        long[] inputs = new long[Length], targets = new long[Length];
        Sample sample = loader.Read(k, new SampleRow(inputs, targets));
        return (sample.Source, [.. inputs.Select(id => (int)id)], [.. targets.Select(id => (int)id)]);
    }

    private static string Sample(Loader loader, long k)
    {
        (int source, int[] inputs, int[] targets) = Row(loader, k);
        return $"{source}: {string.Join(' ', inputs)} {targets[^1]}";
    }

    private static IEnumerable<string> Documents(TokenStore store)
    {
        for (long document = 0; document < store.DocumentCount; document++)
        {
            int[] tokens = new int[store.OffsetOf(document + 1) - store.OffsetOf(document)];
            store.CopyTo(store.OffsetOf(document), tokens);
            yield return string.Join(',', tokens);
        }
    }
}
