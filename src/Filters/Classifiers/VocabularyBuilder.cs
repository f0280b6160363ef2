using System.Text;

namespace DataPipeline.Filters;

/// <summary>Counts the words and labels of a training text.</summary>
internal sealed class VocabularyBuilder
{
    // fastText's program starts to drop rare words at three quarters of 30 million; the same bound keeps the memory.
    private const int MostEntries = 22_500_000;
    private static readonly byte[] Prefix = Encoding.ASCII.GetBytes(FastTextDictionary.LabelPrefix);

    private byte[] _text = new byte[1 << 16];
    private int _used;
    private readonly List<(int Start, int Length, uint Hash, long Count)> _entries = [];
    private int[] _slots = NewSlots(1 << 16);
    private long _threshold = 1;

    /// <summary>Tokens counted, labels and line ends included.</summary>
    public long Tokens { get; private set; }

    /// <summary>Counts the tokens of a line and its end.</summary>
    public void AddLine(ReadOnlySpan<byte> line)
    {
        for (int at = 0; ;)
        {
            while (at < line.Length && FastTextDictionary.IsSeparator(line[at]))
                at++;
            int start = at;
            while (at < line.Length && !FastTextDictionary.IsSeparator(line[at]))
                at++;
            Tokens++;
            if (at == start)
            {
                Add(FastTextDictionary.EndOfLine, 1);
                return;
            }
            Add(line[start..at], 1);
        }
    }

    /// <summary>Counts a word.</summary>
    public void Add(ReadOnlySpan<byte> word, long times)
    {
        uint hash = FastTextDictionary.HashOf(word);
        int slot = SlotOf(word, hash);
        if (_slots[slot] >= 0)
        {
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_entries)[_slots[slot]].Count += times;
            return;
        }
        while (_used + word.Length > _text.Length)
            Array.Resize(ref _text, (int)Math.Min(Array.MaxLength, Math.Max(_text.Length * 2L, _used + (long)word.Length)));
        word.CopyTo(_text.AsSpan(_used));
        _slots[slot] = _entries.Count;
        _entries.Add((_used, word.Length, hash, times));
        _used += word.Length;
        if (_entries.Count > MostEntries)
            Forget(++_threshold, _threshold);
        if (_entries.Count * 2 > _slots.Length)
            Rehash(_slots.Length * 2);
    }

    /// <summary>Drops entries that were seen less often.</summary>
    public void Forget(long minCount, long minCountLabel)
    {
        _entries.RemoveAll(entry => entry.Count < (TextOf(entry).StartsWith(Prefix) ? minCountLabel : minCount));
        Rehash(_slots.Length);
    }

    /// <summary>The words and then the labels, the most frequent first, in the order of the text where they are equal.</summary>
    public (List<FastTextDictionary.Entry> Entries, int Words) Build()
    {
        var entries = _entries.OrderBy(entry => TextOf(entry).StartsWith(Prefix)).ThenByDescending(entry => entry.Count)
            .Select(entry => new FastTextDictionary.Entry(TextOf(entry).ToArray(), entry.Count)).ToList();
        return (entries, entries.Count(entry => !entry.Text.AsSpan().StartsWith(Prefix)));
    }

    private ReadOnlySpan<byte> TextOf((int Start, int Length, uint Hash, long Count) entry) => _text.AsSpan(entry.Start, entry.Length);

    private int SlotOf(ReadOnlySpan<byte> word, uint hash)
    {
        int slot = (int)hash & (_slots.Length - 1);
        while (_slots[slot] >= 0 && !(_entries[_slots[slot]].Hash == hash && word.SequenceEqual(TextOf(_entries[_slots[slot]]))))
            slot = (slot + 1) & (_slots.Length - 1);
        return slot;
    }

    private void Rehash(int size)
    {
        _slots = NewSlots(size);
        for (int i = 0; i < _entries.Count; i++)
        {
            int slot = (int)_entries[i].Hash & (size - 1);
            while (_slots[slot] >= 0)
                slot = (slot + 1) & (size - 1);
            _slots[slot] = i;
        }
    }

    private static int[] NewSlots(int size)
    {
        var slots = new int[size];
        slots.AsSpan().Fill(-1);
        return slots;
    }
}
