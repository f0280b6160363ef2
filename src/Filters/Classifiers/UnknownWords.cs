using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DataPipeline.Filters;

/// <summary>Sums of the rows of words that a model does not know: those of their character n-grams. Sums of words seen lately are kept. For one thread at a time.</summary>
/// <remarks>Every word's rows are summed apart before they are added to the text's, kept or not, so a result never depends on what came before.</remarks>
internal sealed unsafe class UnknownWords
{
    private const int KeyBytes = 32, MemoryBytes = 1 << 20;

    private readonly FastTextDictionary _dictionary;
    private readonly RowMatrix _input, _sums, _text;
    private readonly Vector256<byte>[] _words;
    private readonly int[] _features;
    private readonly FeatureList _rows = new();
    private readonly int _shift;

    public UnknownWords(FastTextDictionary dictionary, RowMatrix input)
    {
        (_dictionary, _input) = (dictionary, input);
        int bits = Math.Max(4, System.Numerics.BitOperations.Log2((uint)(MemoryBytes / (input.Stride * sizeof(float) + KeyBytes + sizeof(int)))));
        _shift = 32 - bits;
        _sums = new RowMatrix(1 << bits, input.Columns);
        _words = new Vector256<byte>[1 << bits];
        _features = new int[1 << bits];
        _text = new RowMatrix(2, input.Columns);
    }

    /// <summary>Features of the words added since <see cref="Clear"/>.</summary>
    public int Features { get; private set; }

    public void Clear()
    {
        Features = 0;
        _text[0].Clear();
    }

    /// <summary>Adds the sum of the words to a vector.</summary>
    public void AddTo(float* hidden) => _text.AddFrom(0, 1, hidden);

    /// <summary>Adds a word.</summary>
    /// <param name="word">Its bytes, none of them zero.</param>
    /// <param name="hash">Their hash.</param>
    public void Add(ReadOnlySpan<byte> word, uint hash)
    {
        if (word.Length > KeyBytes)
        {
            Features += Sum(word, _text.Row(1));
            _text.AddTo(0, _text.Row(1), 1);
            return;
        }
        Span<byte> bytes = stackalloc byte[KeyBytes];
        bytes.Clear();
        word.CopyTo(bytes);
        Vector256<byte> key = Vector256.Create<byte>(bytes);
        int slot = (int)(hash * 0x9E3779B1u >> _shift);
        if (_words[slot] != key)
        {
            _words[slot] = key;
            _features[slot] = Sum(word, _sums.Row(slot));
        }
        Features += _features[slot];
        _text.AddTo(0, _sums.Row(slot), 1);
    }

    private int Sum(ReadOnlySpan<byte> word, float* sum)
    {
        _rows.Clear();
        _dictionary.AddSubwords(word, _rows);
        _input.Sum(_rows.InUse, sum);
        return _rows.Features;
    }
}
