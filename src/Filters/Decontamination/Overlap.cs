using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>What a text and the test items have in common.</summary>
/// <param name="Measured">Words of the text that begin a gram of an item; or the largest share of an item.</param>
/// <param name="Stretches">The stretches of the text in order, none touching another.</param>
/// <param name="Findings">The same with the items.</param>
internal sealed record Overlap(double Measured, IReadOnlyList<Slice> Stretches, IReadOnlyList<Finding> Findings)
{
    public static readonly Overlap None = new(0, [], []);
}

/// <summary>Gathers the stretches of one text, which come in the order of their first word, and joins those that overlap.</summary>
internal sealed class Stretches(FoldedText text, GramIndex index)
{
    private readonly List<Slice> _slices = [];
    private readonly List<Finding> _findings = [];
    private readonly SortedSet<int> _items = [];
    private readonly HashSet<int> _entries = [];
    private int _first = -1, _end, _unit;
    private long _codePoints;

    /// <summary>Adds words that an item has too.</summary>
    public void Add(int first, int length, int item)
    {
        Open(first, length);
        _items.Add(item);
    }

    /// <summary>Adds words that all items of an entry have too.</summary>
    public void AddEntry(int first, int length, int entry)
    {
        Open(first, length);
        if (!_entries.Add(entry))
            return;
        foreach (int place in index.PlacesOf(entry))
            _items.Add(index.ItemOf(place));
    }

    public Overlap Close(double measured)
    {
        Flush();
        return _slices.Count == 0 ? Overlap.None : new Overlap(measured, _slices, _findings);
    }

    private void Open(int first, int length)
    {
        if (_first >= 0 && first > _end)
            Flush();
        if (_first < 0)
            (_first, _end) = (first, first);
        _end = Math.Max(_end, first + length);
    }

    private void Flush()
    {
        if (_first < 0)
            return;
        Slice slice = text.Slice(_first, _end - 1);
        _codePoints += TextView.CountCodePoints(text.Text.AsSpan(_unit, slice.Start - _unit));
        _unit = slice.Start;
        _slices.Add(slice);
        _findings.Add(new Finding([.. _items.Select(item => index.Items[item])], _codePoints, text.Text.Substring(slice.Start, slice.Length)));
        _items.Clear();
        _entries.Clear();
        _first = -1;
    }
}
