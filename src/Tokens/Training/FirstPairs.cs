namespace DataPipeline.Tokens.Training;

/// <summary>The pairs of the alphabet, counted over all words before anything is merged.</summary>
/// <param name="alphabet">One more than the highest symbol.</param>
/// <param name="places">Symbols of all words together.</param>
internal sealed class FirstPairs(int alphabet, int places)
{
    /// <summary>Alphabets up to this size number their pairs in a square, larger ones in a dictionary.</summary>
    private const int MostInSquare = 1 << 10;

    // One more than the pair's number; 0 for a pair not seen yet.
    private readonly int[] _square = alphabet <= MostInSquare ? new int[alphabet * alphabet] : [];
    private readonly Dictionary<ulong, int> _numbers = [];
    private readonly int[] _numberAt = new int[places];
    private Pair[] _pairs = new Pair[1 << 10];
    private int _pairCount, _at;

    private struct Pair
    {
        public ulong Key;
        public long Count;
        public int Words, LastWord;
        public WordList List;
    }

    /// <summary>Counts the pairs of a word; words come in rising order.</summary>
    public void Add(ReadOnlySpan<int> symbols, int word, long count)
    {
        for (int i = 0; i + 1 < symbols.Length; i++)
        {
            int number = NumberOf(symbols[i], symbols[i + 1]);
            _numberAt[_at++] = number;
            ref Pair pair = ref _pairs[number];
            pair.Count += count;
            if (pair.LastWord == word && pair.Words > 0)
                continue;
            pair.Words++;
            pair.LastWord = word;
        }
    }

    /// <summary>Writes the counts, makes a list of its words for each pair and queues it.</summary>
    public void Queue(WordSymbols words, PairCounts counts, WordLists lists, MergeQueue queue)
    {
        foreach (ref Pair pair in _pairs.AsSpan(0, _pairCount))
        {
            pair.List = pair.Words == 1 ? WordList.Of(pair.LastWord) : lists.Allocate(pair.Words);
            pair.Words = 0;
        }
        _at = 0;
        for (int word = 0; word < words.Words; word++)
        {
            for (int i = words[word].Length - 1; i > 0; i--)
            {
                ref Pair pair = ref _pairs[_numberAt[_at++]];
                if (pair.List.IsAlone || (pair.LastWord == word && pair.Words > 0))
                    continue;
                lists[pair.List][pair.Words++] = word;
                pair.LastWord = word;
            }
        }
        foreach (Pair pair in _pairs.AsSpan(0, _pairCount))
        {
            counts[pair.Key] = pair.Count;
            if (pair.Count > 0)
                queue.Add(new MergeCandidate(pair.Count, pair.Key, pair.List));
        }
    }

    private int NumberOf(int left, int right)
    {
        if (_square.Length > 0)
        {
            ref int known = ref _square[left * alphabet + right];
            if (known == 0)
                known = NewPair(PairCounts.Key(left, right)) + 1;
            return known - 1;
        }
        ulong key = PairCounts.Key(left, right);
        if (!_numbers.TryGetValue(key, out int number))
            _numbers[key] = number = NewPair(key);
        return number;
    }

    private int NewPair(ulong key)
    {
        if (_pairCount == _pairs.Length)
            Array.Resize(ref _pairs, _pairCount * 2);
        _pairs[_pairCount].Key = key;
        return _pairCount++;
    }
}
