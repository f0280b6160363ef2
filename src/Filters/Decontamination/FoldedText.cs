using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>The words of a text without case and punctuation, with their places; made only for texts that may hold something.</summary>
internal sealed class FoldedText
{
    private readonly List<ulong> _hashes = [];
    private readonly List<byte> _alone = [];
    private readonly List<Slice> _slices = [];

    public FoldedText(string text)
    {
        Text = text;
        var scanner = new WordScanner(text);
        while (scanner.Read(out ulong hash, out Slice word, out bool alone))
        {
            _hashes.Add(hash);
            _slices.Add(word);
            _alone.Add(alone ? (byte)1 : (byte)0);
        }
        Sums = GramIndex.Sums(Hashes);
    }

    public string Text { get; }

    public int Count => _hashes.Count;

    public ReadOnlySpan<ulong> Hashes => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_hashes);

    public ReadOnlySpan<byte> Alone => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_alone);

    public ulong[] Sums { get; }

    /// <summary>The text from one word to the end of another.</summary>
    public Slice Slice(int first, int last) => new(_slices[first].Start, _slices[last].End - _slices[first].Start);

    /// <summary>First word that begins at or behind a unit of the text.</summary>
    public int WordAt(int unit)
    {
        int at = _slices.BinarySearch(new Slice(unit, 0), Comparer<Slice>.Create((a, b) => a.Start.CompareTo(b.Start)));
        return at < 0 ? ~at : at;
    }
}
