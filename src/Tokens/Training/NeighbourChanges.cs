namespace DataPipeline.Tokens.Training;

/// <summary>What one merge changes on one side of the merged pair, added up by neighbour.</summary>
/// <param name="symbols">One more than the highest symbol.</param>
/// <param name="isBefore">The neighbours stand before the merged pair; else behind it.</param>
internal sealed class NeighbourChanges(int symbols, bool isBefore)
{
    private readonly Change[] _changes = new Change[symbols];
    private readonly List<int> _touched = [];
    private (int Neighbour, int Word)[] _places = new (int, int)[1 << 10];
    private int _placeCount;

    private struct Change
    {
        public long Lowered, Raised;
        public int Words;
        // One more than the last word, so that the empty state is zero.
        public int LastWord;
        public WordList List;
        public bool IsTouched;
    }

    /// <summary>A place of the old pair with this neighbour is gone.</summary>
    public void Lower(int neighbour, long count) => Touch(neighbour).Lowered += count;

    /// <summary>The new token has this neighbour in a word.</summary>
    public void Raise(int neighbour, long count, int word)
    {
        ref Change change = ref Touch(neighbour);
        change.Raised += count;
        if (change.LastWord == word + 1)
            return;
        change.LastWord = word + 1;
        change.Words++;
        if (_placeCount == _places.Length)
            Array.Resize(ref _places, _placeCount * 2);
        _places[_placeCount++] = (neighbour, word);
    }

    /// <summary>Lowers the counts of pairs with the part of the merged pair that the neighbours were beside.</summary>
    public void LowerCounts(int part, PairCounts counts)
    {
        foreach (int neighbour in _touched)
        {
            if (_changes[neighbour].Lowered != 0)
                counts[Key(neighbour, part)] -= _changes[neighbour].Lowered;
        }
    }

    /// <summary>Raises the counts of pairs with the new token, queues those pairs with their words, and is empty again.</summary>
    public void RaiseCounts(int merged, PairCounts counts, WordLists lists, MergeQueue queue)
    {
        foreach (int neighbour in _touched)
        {
            ref Change change = ref _changes[neighbour];
            if (change.Words == 0)
                continue;
            change.List = change.Words == 1 ? WordList.Of(change.LastWord - 1) : lists.Allocate(change.Words);
            change.Words = 0;
        }
        foreach ((int neighbour, int word) in _places.AsSpan(0, _placeCount))
        {
            ref Change change = ref _changes[neighbour];
            if (!change.List.IsAlone)
                lists[change.List][change.Words++] = word;
        }
        foreach (int neighbour in _touched)
        {
            ref Change change = ref _changes[neighbour];
            if (change.List.Length > 0)
            {
                ulong pair = Key(neighbour, merged);
                long count = counts[pair] += change.Raised;
                if (count > 0)
                    queue.Add(new MergeCandidate(count, pair, change.List));
                else
                    lists.Free(change.List);
            }
            change = default;
        }
        _touched.Clear();
        _placeCount = 0;
    }

    private ulong Key(int neighbour, int symbol) => isBefore ? PairCounts.Key(neighbour, symbol) : PairCounts.Key(symbol, neighbour);

    private ref Change Touch(int neighbour)
    {
        ref Change change = ref _changes[neighbour];
        if (!change.IsTouched)
        {
            change.IsTouched = true;
            _touched.Add(neighbour);
        }
        return ref change;
    }
}
