using DataPipeline.Core;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Shards;
using DataPipeline.Torch;
using DataPipeline.Train.Steps;

namespace DataPipeline.Train.Tests;

public sealed class LoadedBatchTests : IDisposable
{
    private const int Time = 16, Vocabulary = 64, End = 0;

    private readonly string _folder = Directory.CreateTempSubdirectory("batches").FullName;

    public LoadedBatchTests()
    {
        string shard = Path.Combine(_folder, "a.parquet");
        using (TokenShardWriter writer = TokenShardWriter.Create(shard, new TokenShardHeader("tokenizer", Vocabulary, End, 1)))
        {
            for (int i = 0; i < 200; i++)
            {
                int[] tokens = [.. Enumerable.Range(0, 1 + i * 7 % 23).Select(t => 1 + (i * 31 + t * t) % (Vocabulary - 1))];
                writer.Add(new TokenDocument($"{i}", i % 3 == 0 ? "b" : "a", tokens, "f", i, ""));
            }
            writer.Finish();
        }
        new TokenStoreBuilder(0, new Seed(5)).Build([shard], Path.Combine(_folder, "stores"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TorchFact]
    public void Read_Batch_HoldsInItsTensorsWhatTheLoaderGives()
    {
        using Loader loader = Open(Packing.BestFit);
        using var model = new Llama(new LlamaOptions(layers: 1, heads: 2, width: 32, context: Time), Vocabulary);
        using LoadedBatch batch = LoadedBatch.Read(loader, 3, 5);
        BatchTensors tensors = batch.ToTensors(model);
        long[] inputs = new long[Time], targets = new long[Time], positions = new long[Time];
        int[] documents = new int[Time];
        int all = 0;
        for (int row = 0; row < 5; row++)
        {
            Sample sample = loader.Read(3 + row, new SampleRow(inputs, targets, documents, positions));
            Range own = (row * Time)..((row + 1) * Time);
            Assert.Equal(inputs, tensors.Inputs_BT.ToArray<long>()[own]);
            Assert.Equal(targets, tensors.Targets_BT.ToArray<long>()[own]);
            Assert.Equal(documents, tensors.Documents_BT!.ToArray<int>()[own]);
            Assert.Equal(positions, tensors.Positions_BT!.ToArray<long>()[own]);
            Assert.Equal((sample.Source, sample.Targets), (batch.Sources[row], batch.RowTargets[row]));
            all += sample.Targets;
        }
        Assert.Equal(all, batch.Targets);
        // No copy: the tensors that the model gets are the memory that the loader wrote.
        tensors.Inputs_BT.Data<long>()[0] = 7;
        Assert.Equal(7, batch.ToTensors(model).Inputs_BT.ToArray<long>()[0]);
    }

    /// <summary>Documents that share a row are read as if each stood alone, with rotary and with learned positions; padding changes nothing.</summary>
    [TorchFact]
    public void Forward_PackedDocuments_GiveTheLogitsOfEachAlone()
    {
        using var scope = torch.NewDisposeScope();
        using var off = torch.no_grad();
        using Loader loader = Open(Packing.BestFit);
        foreach (LanguageModel model in (LanguageModel[])[
            new Llama(new LlamaOptions(layers: 2, heads: 2, width: 32, context: Time), Vocabulary, dtype: ScalarType.Float64),
            new Gpt2(new Gpt2Options(layers: 2, heads: 2, width: 32, context: Time), Vocabulary, dtype: ScalarType.Float64)])
        {
            using (model)
            using (LoadedBatch batch = LoadedBatch.Read(loader, 0, 6))
            {
                BatchTensors tensors = batch.ToTensors(model);
                double[] together = model.Forward(tensors.Inputs_BT, tensors.Context).Values();
                long[] inputs = tensors.Inputs_BT.ToArray<long>();
                int[] documents = tensors.Documents_BT!.ToArray<int>();
                int packed = 0;
                for (int from = 0; from < inputs.Length;)
                {
                    int row = from / Time, length = documents.Skip(from).Take((row + 1) * Time - from).TakeWhile(number => number == documents[from]).Count();
                    Tensor alone = torch.tensor<long>(inputs.AsSpan(from, length), [1, length]);
                    Near.Absolute(model.Forward(alone).Values(), together.AsSpan(from * Vocabulary, length * Vocabulary).ToArray(), 1e-12, $"document at {from}");
                    packed += length < Time ? 1 : 0;
                    from += length;
                }
                Assert.True(packed > 6);
            }
        }
    }

    [TorchFact]
    public void Next_RestoredWhileFillingAhead_GoesOnThereAndFreesTheRest()
    {
        using Loader loader = Open(Packing.Documents);
        long alive = Tensor.Alive;
        using (var batches = new LoaderBatches(loader, 4))
        {
            List<long[]> expected = [];
            byte[] third = [];
            for (int i = 0; i < 8; i++)
            {
                if (i == 3)
                    third = batches.SavePosition();
                expected.Add(Inputs(batches.Next()));
            }
            (IReadOnlyDictionary<string, long> tokens, long padding) = batches.TakeDrawn();
            Assert.Equal((8L * 4 * Time, 0L), (tokens.Values.Sum(), padding));
            Assert.StartsWith("samples 24 to 31 of the mix", batches.Origin(2));
            Assert.Contains($"--context {Time} --start 24 --count 8", batches.Origin(2));
            for (int again = 0; again < 20; again++)
            {
                batches.RestorePosition(third);
                for (int i = 3; i < 3 + again % 5; i++)
                    Assert.Equal(expected[i], Inputs(batches.Next()));
            }
            Assert.Throws<InputException>(() => batches.RestorePosition(new byte[8]));
        }
        Assert.Equal(alive, Tensor.Alive);
    }

    private static long[] Inputs(Batch batch)
    {
        using var model = new Llama(new LlamaOptions(layers: 1, heads: 2, width: 32, context: Time), Vocabulary);
        using (batch)
            return batch.ToTensors(model).Inputs_BT.ToArray<long>();
    }

    private Loader Open(Packing packing)
    {
        IReadOnlyList<TokenStore> stores = TokenStoreFile.Open(Path.Combine(_folder, "stores", "train")).Stores;
        MixPlan plan = MixPlan.Create([new("b", stores[0].TokenCount), new("a", stores[1].TokenCount)], new MixOptions(new Dictionary<string, double> { ["a"] = 0.5, ["b"] = 0.5 }));
        return new Loader(plan, stores, Time, new Seed(3), packing: packing);
    }
}
