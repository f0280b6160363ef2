using DataPipeline.Torch;
using static DataPipeline.Torch.torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train;

/// <summary>
/// Embeddings of the last n tokens, added to that of the token itself (Clark 2022; Pagnoni 2024; Huang 2025): what a first layer would have to find out by
/// attention is looked up. The row of an n-gram is its hash modulo the number of rows: no vocabulary of n-grams is made, and rare ones share rows. Rows
/// begin at zero, so that the model begins as one without them.
/// </summary>
/// <param name="tables">The order n, 2 or more, and the table [rows, C] of each.</param>
internal sealed class NgramEmbedding(IReadOnlyList<(int Order, Tensor Table)> tables)
{
    // Knuth's MMIX generator. The high bits of a product depend on all bits of the token.
    private const long Multiplier = 6364136223846793005;
    private const int LowBits = 33;
    private readonly int longest = tables.Max(table => table.Order);

    /// <summary>Adds to x [B, T, C] the embeddings of the n-grams that end at each token; before the start of a row or a document there is nothing.</summary>
    internal Tensor AddTo(Tensor x_BTC, Tensor tokens_BT, ForwardContext context)
    {
        using var scope = NewDisposeScope();
        Tensor hash_BT;
        long time = tokens_BT.size(1), power = Multiplier;
        // 0 stands for nothing.
        Tensor seen_BS = Padded((context.Cache?.Append("tokens", tokens_BT) ?? tokens_BT).add(1), 0);
        Tensor? documents_BS = context.Documents_BT is not { } documents_BT ? null : Padded(context.Cache?.Append(KeyValueCache.Documents, documents_BT) ?? documents_BT, -1);
        Tensor Back(Tensor all_BS, int tokens) => all_BS.narrow(1, all_BS.size(1) - time - tokens, time);

        hash_BT = Back(seen_BS, 0).mul(power);
        for (int order = 2; order <= longest; order++)
        {
            power = unchecked(power * Multiplier);
            Tensor token_BT = Back(seen_BS, order - 1);
            if (documents_BS is not null) token_BT = token_BT.mul(Back(documents_BS, order - 1).eq(Back(documents_BS, 0)));
            hash_BT = hash_BT.add(token_BT.mul(power));
            foreach ((int own, Tensor table) in tables)
                if (own == order) x_BTC = x_BTC.add(F.embedding(hash_BT.bitwise_right_shift(LowBits).remainder(table.size(0)), table));
        }
        return x_BTC.MoveToOuterDisposeScope();
    }

    private Tensor Padded(Tensor all_BS, long value) => cat([full([all_BS.size(0), longest - 1], value, all_BS.dtype, all_BS.device), all_BS], 1);
}
