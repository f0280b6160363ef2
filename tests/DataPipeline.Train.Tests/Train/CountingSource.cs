using System.Buffers.Binary;
using DataPipeline.Core;

namespace DataPipeline.Train.Tests;

/// <summary>Batches of a text that counts: each id follows from the one before, so that a model can learn it in a few steps.</summary>
internal sealed class CountingSource(int rows, int columns, int vocabulary) : BatchSource
{
    private long position;

    public override TokenBatch Next() => Batch((ulong)position++);

    public override byte[] SavePosition()
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, position);
        return bytes;
    }

    public override void RestorePosition(byte[] saved) => position = BinaryPrimitives.ReadInt64LittleEndian(saved);

    internal TokenBatch Batch(ulong number)
    {
        Seed seed = new Seed(11).For(number);
        var tokens = new int[rows * columns];
        var sources = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            sources[row] = row % 2;
            int at = (int)seed.Below((ulong)vocabulary, (ulong)row), stride = 1 + row % 2;
            for (int t = 0; t < columns; t++, at = (at + stride) % vocabulary) tokens[row * columns + t] = at;
        }
        return new TokenBatch(tokens, rows, sources);
    }
}
