namespace DataPipeline.Tokens.Training;

/// <summary>A list of words in <see cref="WordLists"/>; one word alone stands here itself.</summary>
internal readonly record struct WordList(int Segment, int Start, int Length)
{
    private const int Alone = -1;

    public static WordList Of(int word) => new(Alone, word, 1);

    public bool IsAlone => Segment == Alone;
}

/// <summary>Memory for many lists of words, in large segments; a segment is given back when all its lists are.</summary>
internal sealed class WordLists
{
    private const int SegmentLength = 1 << 18;

    private readonly List<int[]?> _segments = [];
    private readonly List<int> _live = [];
    private int _used = SegmentLength;

    /// <summary>A list to be filled.</summary>
    public WordList Allocate(int length)
    {
        if (_segments.Count == 0 || _segments[^1]!.Length - _used < length)
        {
            if (_segments.Count > 0)
                FreeIfEmpty(_segments.Count - 1, closed: true);
            _segments.Add(new int[Math.Max(SegmentLength, length)]);
            _live.Add(0);
            _used = 0;
        }
        WordList list = new(_segments.Count - 1, _used, length);
        _used += length;
        _live[^1]++;
        return list;
    }

    /// <summary>The words of a list that was allocated.</summary>
    public Span<int> this[WordList list] => _segments[list.Segment].AsSpan(list.Start, list.Length);

    /// <summary>Gives a list back.</summary>
    public void Free(WordList list)
    {
        if (list.IsAlone)
            return;
        _live[list.Segment]--;
        FreeIfEmpty(list.Segment, closed: list.Segment < _segments.Count - 1);
    }

    private void FreeIfEmpty(int segment, bool closed)
    {
        if (closed && _live[segment] == 0)
            _segments[segment] = null;
    }
}
