using System.Buffers;
using System.Collections.Frozen;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>A list of words to look for.</summary>
internal sealed class StopWords
{
    private readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _index;
    private readonly SearchValues<char> _first;
    private readonly int _longest;

    public StopWords(IReadOnlyList<string> words, bool ignoreCase = false)
    {
        StringComparer comparer = ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        string[] distinct = [.. words.Where(word => word.Length > 0).Distinct(comparer)];
        Count = distinct.Length;
        _index = distinct.Select((word, index) => (word, index)).ToFrozenDictionary(pair => pair.word, pair => pair.index, comparer)
            .GetAlternateLookup<ReadOnlySpan<char>>();
        _first = SearchValues.Create([.. distinct.SelectMany(word => ignoreCase ? new[] { char.ToLowerInvariant(word[0]), char.ToUpperInvariant(word[0]) } : [word[0]])]);
        _longest = distinct.Length == 0 ? 0 : distinct.Max(word => word.Length);
    }

    /// <summary>Number of different words in the list.</summary>
    public int Count { get; }

    /// <summary>How many different words of the list a text holds; looks no further than <paramref name="enough"/>.</summary>
    public int CountDistinct(TextView view, WordRule rule, int enough)
    {
        Span<bool> seen = Count <= 64 ? stackalloc bool[64] : new bool[Count];
        int found = 0;
        // Length and first character are looked at before the word: nearly every word fails there.
        foreach (Slice slice in view.EnumerateWords(rule))
        {
            if (slice.Length > _longest || !_first.Contains(view.Text[slice.Start]) || !_index.TryGetValue(view[slice], out int index) || seen[index])
                continue;
            seen[index] = true;
            if (++found >= enough)
                break;
        }
        return found;
    }

    /// <summary>How many words of a text are in the list, each occurrence counted; looks no further than <paramref name="enough"/>.</summary>
    public int CountAll(TextView view, WordRule rule, int enough)
    {
        int found = 0;
        foreach (Slice slice in view.EnumerateWords(rule))
        {
            if (slice.Length > _longest || !_first.Contains(view.Text[slice.Start]) || !_index.ContainsKey(view[slice]))
                continue;
            if (++found >= enough)
                break;
        }
        return found;
    }
}
