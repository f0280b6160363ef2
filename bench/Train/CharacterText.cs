using System.Buffers.Binary;
using DataPipeline.Core;
using DataPipeline.Train;

namespace DataPipeline.Bench.Train;

/// <summary>A text by characters: ids are ranks of its sorted distinct characters, the last tenth is for validation, a batch is windows at random places.</summary>
internal sealed class CharacterText : BatchSource
{
    private readonly int[] _training, _validation;
    private readonly int _rows, _length;
    private readonly Seed _seed;
    private ulong _batch;

    public CharacterText(string path, int rows, int length, ulong seed)
    {
        string text = File.ReadAllText(path);
        char[] alphabet = [.. text.Distinct().Order()];
        var ranks = alphabet.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        int[] ids = [.. text.Select(character => ranks[character])];
        Vocabulary = alphabet.Length;
        int cut = (int)(ids.Length * 0.9);
        (_training, _validation) = (ids[..cut], ids[cut..]);
        (_rows, _length, _seed) = (rows, length, new Seed(seed));
    }

    public int Vocabulary { get; }

    public override TokenBatch Next()
    {
        Seed seed = _seed.For(_batch++);
        var tokens = new int[_rows * (_length + 1)];
        for (int row = 0; row < _rows; row++)
            _training.AsSpan((int)seed.Below((ulong)(_training.Length - _length), (ulong)row), _length + 1).CopyTo(tokens.AsSpan(row * (_length + 1)));
        return new TokenBatch(tokens, _rows, new int[_rows]);
    }

    /// <summary>All of the validation text in windows side by side.</summary>
    public IEnumerable<TokenBatch> Validation()
    {
        int count = (_validation.Length - 1) / _length;
        foreach (int[] windows in Enumerable.Range(0, count).Chunk(128))
            yield return new TokenBatch([.. windows.SelectMany(window => _validation.AsSpan(window * _length, _length + 1).ToArray())], windows.Length, new int[windows.Length]);
    }

    public override byte[] SavePosition()
    {
        byte[] position = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(position, _batch);
        return position;
    }

    public override void RestorePosition(byte[] position) => _batch = BinaryPrimitives.ReadUInt64LittleEndian(position);
}
