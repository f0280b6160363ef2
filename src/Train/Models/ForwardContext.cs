using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>What a forward pass is told beside the tokens, and what it tells back; the same object serves every layer.</summary>
/// <param name="Documents_BT">Number of the document each token is from, int32 or int64: attention stays inside documents. Null attends to everything before.</param>
/// <param name="Positions_BT">Position of each token in its document, int64. Null counts from the start of the row, or from the tokens in the cache.</param>
public sealed record ForwardContext(Tensor? Documents_BT = null, Tensor? Positions_BT = null)
{
    /// <summary>Nothing but tokens.</summary>
    public static ForwardContext Plain => new();

    /// <summary>Tokens at the start of each row [B] that all of its tokens may look at, as in prefix language modelling (Raffel 2020).</summary>
    public Tensor? Prefix_B { get; init; }

    /// <summary>Keys and values of the tokens before these; the pass adds its own.</summary>
    public KeyValueCache? Cache { get; init; }

    /// <summary>Whether only the last position of each row is wanted: logits are [B, 1, V] then.</summary>
    public bool LastOnly { get; init; }

    /// <summary>Called with the residual stream [B, T, C] after the embedding and after each block; it belongs to the pass.</summary>
    public Action<Tensor>? Layer { get; init; }

    /// <summary>Losses besides that of the tokens, already weighted, by name: a mixture of experts adds its own. Empty for most models.</summary>
    public IList<(string Name, Tensor Value)> Losses { get; private init; } = [];

    /// <summary>The same with no losses yet.</summary>
    internal ForwardContext WithoutLosses() => this with { Losses = [] };

    /// <summary>The processes that compute other rows of the same batch, where they do: what is counted over a batch is counted over all of them.</summary>
    internal Ranks? OtherRows { get; init; }

    /// <summary>Tokens before the first of this pass.</summary>
    internal long Start => Cache?.Length ?? 0;
}
