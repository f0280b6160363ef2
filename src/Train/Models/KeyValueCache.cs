using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>
/// Keys and values of the tokens that a model has seen, so that the next token costs one position and not all. Room for every position is taken at
/// once: growing by concatenation would copy everything at each token.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    /// <summary>Name of document numbers in <see cref="Append"/>.</summary>
    internal const string Documents = "documents";

    private readonly Tensor[] keys_BTKD, values_BTKD;
    private readonly long capacity;
    private readonly Dictionary<string, Tensor> rows_BT = [];

    /// <summary>An empty cache.</summary>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="batch">Rows.</param>
    /// <param name="capacity">Most tokens of a row.</param>
    /// <param name="keyHeads">Key heads of a layer.</param>
    /// <param name="headWidth">Width of a head.</param>
    /// <param name="dtype">Type of the model.</param>
    /// <param name="device">Where the model is.</param>
    public KeyValueCache(int layers, long batch, long capacity, long keyHeads, long headWidth, ScalarType dtype, Device device)
    {
        this.capacity = capacity;
        Tensor[] Room() => [.. Enumerable.Range(0, layers).Select(_ => empty([batch, capacity, keyHeads, headWidth], dtype, device).DetachFromDisposeScope())];
        keys_BTKD = Room();
        values_BTKD = Room();
    }

    /// <summary>Tokens of a row that are in the cache.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes that a token takes: 2 * layers * key heads * head width * bytes of a number.</summary>
    public long BytesPerToken => 2 * keys_BTKD.Length * keys_BTKD[0].size(2) * keys_BTKD[0].size(3) * element_size(keys_BTKD[0].dtype);

    /// <summary>Adds the keys and values of a layer and returns those of every token so far.</summary>
    internal (Tensor Keys_BTKD, Tensor Values_BTKD) Add(int layer, Tensor k_BTKD, Tensor v_BTKD)
    {
        long time = k_BTKD.size(1);
        keys_BTKD[layer].narrow(1, Length, time).copy_(k_BTKD);
        values_BTKD[layer].narrow(1, Length, time).copy_(v_BTKD);
        return (keys_BTKD[layer].narrow(1, 0, Length + time), values_BTKD[layer].narrow(1, 0, Length + time));
    }

    /// <summary>Adds a number for each new token and returns those of every token so far. A second time in one pass changes nothing.</summary>
    internal Tensor Append(string name, Tensor new_BT)
    {
        if (!rows_BT.TryGetValue(name, out Tensor? row_BT)) rows_BT[name] = row_BT = zeros([new_BT.size(0), capacity], new_BT.dtype, new_BT.device).DetachFromDisposeScope();
        row_BT.narrow(1, Length, new_BT.size(1)).copy_(new_BT);
        return row_BT.narrow(1, 0, Length + new_BT.size(1));
    }

    /// <summary>Ends a pass of `time` tokens.</summary>
    internal void Advance(long time) => Length += time;

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in keys_BTKD) tensor.Dispose();
        foreach (Tensor tensor in values_BTKD) tensor.Dispose();
        foreach (Tensor row in rows_BT.Values) row.Dispose();
    }
}
