using System.Buffers.Binary;

namespace DataPipeline.Train.Tests;

/// <summary>This rank's rows of batches that every rank could make: rows of many and of few targets, so that a mean of means would be off.</summary>
internal sealed class SharedSource(int rows, int columns, int vocabulary, StepShare share, long? spoiledStep = null) : BatchSource
{
    private readonly CountingSource whole = new(rows, columns, vocabulary);
    private long step;
    private int given;

    /// <summary>Number of each batch given, with its first row and number of rows.</summary>
    internal List<(long Batch, int First, int Rows)> Given { get; } = [];

    public override TokenBatch Next()
    {
        long number = step * share.Accumulate + share.FirstBatch + given;
        (int first, int count) = share.Rows(rows);
        Given.Add((number, first, count));
        TokenBatch all = Padded(number);
        if (++given == share.Batches) (given, step) = (0, step + 1);
        return new TokenBatch(all.Tokens[(first * columns)..((first + count) * columns)], count, all.Sources[first..(first + count)]);
    }

    public override byte[] SavePosition()
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, step);
        return bytes;
    }

    public override void RestorePosition(byte[] saved) => (step, given) = (BinaryPrimitives.ReadInt64LittleEndian(saved), 0);

    internal TokenBatch Padded(long number)
    {
        TokenBatch batch = whole.Batch((ulong)number);
        for (int row = 0; row < rows; row++)
            for (int t = columns - (int)((number + 3 * row) % (columns - 2)); t < columns; t++) batch.Tokens[row * columns + t] = -1;
        if (number / share.Accumulate == spoiledStep)
            for (int i = 0; i < batch.Tokens.Length; i++) if (batch.Tokens[i] >= 0) batch.Tokens[i] = i * 7 % 31 % vocabulary;
        return batch;
    }
}
