using DataPipeline.Tokens.Normalize;

namespace DataPipeline.Tokens.PreTokenize;

/// <summary>A normalized text and the pieces it is cut into.</summary>
internal sealed class PieceText
{
    private int[] _bounds = new int[64];
    private int[] _next = new int[64];
    private int _nextCount;

    /// <summary>The text.</summary>
    public NormalizedText Text { get; } = new();

    /// <summary>How many pieces there are.</summary>
    public int Count { get; private set; }

    /// <summary>A piece as first byte and end.</summary>
    public (int Start, int End) this[int index] => (_bounds[index * 2], _bounds[index * 2 + 1]);

    /// <summary>Where the original of what begins at <paramref name="at"/> begins in what the caller encodes.</summary>
    public int StartOf(int at) => Text.Tracked ? Text.PlaceOf(at).Start : Text.Origin + at;

    /// <summary>The whole text as one piece; none if it is empty.</summary>
    public void Reset()
    {
        Count = 0;
        if (Text.Length == 0)
            return;
        _bounds[0] = 0;
        _bounds[1] = Text.Length;
        Count = 1;
    }

    /// <summary>Adds a piece to the list that <see cref="Commit"/> puts in place; empty ones are left out.</summary>
    public void Add(int start, int end)
    {
        if (start >= end)
            return;
        if (_nextCount == _next.Length)
            Array.Resize(ref _next, _next.Length * 2);
        _next[_nextCount++] = start;
        _next[_nextCount++] = end;
    }

    /// <summary>The pieces added are the pieces.</summary>
    public void Commit()
    {
        (_bounds, _next) = (_next, _bounds);
        Count = _nextCount / 2;
        _nextCount = 0;
    }
}

/// <summary>A step that cuts pieces further, or changes them.</summary>
internal abstract class PreTokenizer
{
    /// <summary>True when the step must know where the original of a piece begins.</summary>
    public virtual bool NeedsPlaces => false;

    /// <summary>Cuts every piece.</summary>
    public abstract void Apply(PieceText pieces);
}

/// <summary>Several steps, one after the other.</summary>
internal sealed class SequencePreTokenizer(IReadOnlyList<PreTokenizer> steps) : PreTokenizer
{
    public IReadOnlyList<PreTokenizer> Steps => steps;

    public override bool NeedsPlaces => steps.Any(step => step.NeedsPlaces);

    public override void Apply(PieceText pieces)
    {
        foreach (PreTokenizer step in steps)
            step.Apply(pieces);
    }
}
