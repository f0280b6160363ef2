using System.Numerics;

namespace DataPipeline.Core;

/// <summary>The words of a text one after the other, for who may stop early; a list of them all is <see cref="TextView.WordsBy"/>.</summary>
public ref struct WordEnumerator
{
    private readonly ReadOnlySpan<TextBlock> _blocks;
    private WordMasks _masks;
    private ulong _starts, _ends;
    private int _next, _at;

    internal WordEnumerator(ReadOnlySpan<TextBlock> blocks, WordRule rule)
    {
        _blocks = blocks;
        _masks = new WordMasks(rule);
        _at = -TextBlock.Size;
    }

    /// <summary>The word reached.</summary>
    public Slice Current { get; private set; }

    /// <summary>For <c>foreach</c>.</summary>
    public readonly WordEnumerator GetEnumerator() => this;

    /// <summary>Goes to the next word; false when there is none.</summary>
    public bool MoveNext()
    {
        while (_starts == 0)
        {
            if (!Load())
                return false;
        }
        int start = _at + BitOperations.TrailingZeroCount(_starts);
        _starts &= _starts - 1;
        while (_ends == 0)
            Load();
        int end = _at + BitOperations.TrailingZeroCount(_ends);
        _ends &= _ends - 1;
        Current = new Slice(start, end - start);
        return true;
    }

    // A block is left only when its starts and ends are used up: a word that goes on into the next block is its last start.
    private bool Load()
    {
        if (_next == _blocks.Length)
            return false;
        _masks.Next(_blocks[_next++]);
        (_starts, _ends) = (_masks.Starts, _masks.Ends);
        _at += TextBlock.Size;
        return true;
    }
}
