using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Shards;
using MixLoader = DataPipeline.Tokens.Mix.Loader;

namespace DataPipeline.Bench.Loader;

/// <summary>Batches for a trainer from token files, against nanoGPT's way of reading them.</summary>
internal sealed class LoaderBenchmark : Benchmark
{
    private const int Rows = 12, Context = 1024, Vocabulary = 50_257, End = 50_256;

    public override string Name => "loader";

    public override string Summary =>
        $"Batches of {Rows} rows of {Context} inputs and targets in 64-bit numbers, as nanoGPT's `get_batch` gives them to a model on a CPU, from the same 16-bit tokens in the page cache; one core each. "
        + "The peer is `get_batch` with numpy (Debian's python3-numpy 1.24) in place of torch: windows at random places of one file, the file mapped anew for each batch as there. Ours gives the samples of a mix of five sources "
        + "in exact ratios, documents in a shuffled order, each once an epoch, and, where named, the document and position of each input; it does not choose windows blindly, so there is no digest to compare. "
        + "Tokens are random ids in documents of 20 to 1,500 tokens.";

    public override IEnumerable<Section> Run(BenchSettings settings)
    {
        long tokens = settings.Quick ? 2_000_000 : 200_000_000;
        string stores = Path.Combine(settings.Scratch, "stores"), flat = Path.Combine(settings.Scratch, "train.bin");
        Write(Path.Combine(settings.Scratch, "shard.parquet"), stores, flat, tokens);
        int batches = settings.Quick ? 20 : 4_000;
        string count = batches.ToString(CultureInfo.InvariantCulture);
        long bytes = (long)batches * Rows * Context * sizeof(ushort);
        foreach (string packing in (string[])["Contiguous", "Documents", "BestFit"])
        {
            yield return Section.Of(new Contest($"{batches:N0} batches, {packing}", bytes)
                .Ours<LoaderSide>("DataPipeline", stores, packing, count, $"{Rows}", $"{Context}")
                .AgainstProgram("get_batch, numpy", 3, "/usr/bin/python3", Path.Combine(AppContext.BaseDirectory, "peers", "get_batch.py"), flat, count, $"{Rows}", $"{Context}")
                .Run(settings.Rounds));
        }
    }

    private static void Write(string shard, string stores, string flat, long tokens)
    {
        Seed seed = new(1);
        using (TokenShardWriter writer = TokenShardWriter.Create(shard, new TokenShardHeader("random", Vocabulary, End, 1)))
        using (FileStream file = File.Create(flat))
        {
            long written = 0;
            for (int i = 0; written < tokens; i++)
            {
                Seed own = seed.For((ulong)i);
                int[] ids = new int[20 + (int)own.Below(1_481, 0)];
                byte[] narrow = new byte[2 * (ids.Length + 1)];
                for (int t = 0; t < ids.Length; t++)
                {
                    ids[t] = (int)own.Below(End, (ulong)t + 1);
                    BitConverter.TryWriteBytes(narrow.AsSpan(2 * t), (ushort)ids[t]);
                }
                BitConverter.TryWriteBytes(narrow.AsSpan(2 * ids.Length), (ushort)End);
                writer.Add(new TokenDocument($"{i}", $"s{i % 5}", ids, "", i, ""));
                file.Write(narrow);
                written += ids.Length + 1;
            }
            writer.Finish();
        }
        new TokenStoreBuilder(0, seed).Build([shard], stores);
    }
}

/// <summary>Our loader into memory that stays. Arguments: folder of the stores, packing, batches, rows, context.</summary>
internal sealed class LoaderSide : Side, IDisposable
{
    private readonly Dictionary<string, double> _weights = new() { ["s0"] = 0.5, ["s1"] = 0.25, ["s2"] = 0.15, ["s3"] = 0.09, ["s4"] = 0.01 };
    private MixLoader? _loader;
    private long[] _inputs = [], _targets = [], _positions = [];
    private int[] _documents = [];
    private int _batches, _rows;
    private long _next;

    public void Dispose() => _loader?.Dispose();

    public override void Prepare(string[] arguments)
    {
        IReadOnlyList<TokenStore> stores = TokenStoreFile.Open(Path.Combine(arguments[0], TokenStoreBuilder.Train)).Stores;
        (_batches, _rows) = (int.Parse(arguments[2], CultureInfo.InvariantCulture), int.Parse(arguments[3], CultureInfo.InvariantCulture));
        int context = int.Parse(arguments[4], CultureInfo.InvariantCulture);
        // Enough for the runs of a contest one behind the other, as training reads.
        MixPlan plan = MixPlan.Create([.. stores.Select((store, i) => new SourceTokens($"s{i}", store.TokenCount))],
            new MixOptions(_weights, 40L * _batches * _rows * context, atCap: AtCap.Repeat));
        Packing packing = Enum.Parse<Packing>(arguments[1]);
        _loader = new MixLoader(plan, stores, context, new Seed(1), packing: packing);
        (_inputs, _targets) = (new long[_rows * context], new long[_rows * context]);
        (_positions, _documents) = packing == Packing.Contiguous ? ([], []) : (new long[_rows * context], new int[_rows * context]);
    }

    public override Outcome Run()
    {
        int context = _loader!.SequenceLength;
        long sum = 0, start = System.Diagnostics.Stopwatch.GetTimestamp();
        for (int batch = 0; batch < _batches; batch++)
        {
            for (int row = 0; row < _rows; row++)
            {
                Range own = (row * context)..((row + 1) * context);
                _loader.Read(_next++, new SampleRow(_inputs.AsSpan(own), _targets.AsSpan(own),
                    _documents.Length > 0 ? _documents.AsSpan(own) : default, _positions.Length > 0 ? _positions.AsSpan(own) : default));
            }
            sum += _inputs[batch % _inputs.Length] + _targets[^1];
        }
        double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new Outcome(null, new Dictionary<string, double> { ["million tokens/s"] = (double)_batches * _inputs.Length / seconds / 1e6 });
    }
}
