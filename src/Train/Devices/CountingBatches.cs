using System.Buffers.Binary;
using DataPipeline.Core;

namespace DataPipeline.Train;

/// <summary>Batches of rows that count on from a random id by a stride of their own, so that a small model learns them in a few steps and no file is needed.</summary>
/// <param name="rows">Rows of a batch.</param>
/// <param name="columns">Ids of a row, T + 1.</param>
/// <param name="vocabulary">Number of token ids.</param>
/// <param name="documents">Documents in a row, each of which begins anew; 1 is a row without a border.</param>
internal sealed class CountingBatches(int rows, int columns, int vocabulary, int documents = 1) : BatchSource
{
    private ulong next;

    public override Batch Next() => At(next++);

    /// <summary>Batch of a number.</summary>
    public TokenBatch At(ulong number)
    {
        Seed seed = new Seed(17).For(number);
        var tokens = new int[rows * columns];
        var document = new int[rows * columns];
        int length = (columns + documents - 1) / documents;
        for (int i = 0; i < tokens.Length; i++)
        {
            int row = i / columns, column = i % columns, part = column / length;
            ulong start = seed.Below((ulong)vocabulary, (ulong)(row * documents + part));
            tokens[i] = (int)((start + (ulong)((1 + row % 3) * (column - part * length))) % (ulong)vocabulary);
            document[i] = part;
        }
        return new TokenBatch(tokens, rows, new int[rows], documents > 1 ? document : null);
    }

    public override byte[] SavePosition()
    {
        var position = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(position, next);
        return position;
    }

    public override void RestorePosition(byte[] position) => next = BinaryPrimitives.ReadUInt64LittleEndian(position);
}
