using DataPipeline.Core;

namespace DataPipeline.Dedup.Substring;

/// <summary>A text and those of its anchors that occur more than once in the corpus.</summary>
/// <param name="Text">UTF-8.</param>
/// <param name="Anchors">The anchors, ascending.</param>
internal sealed record CandidateText(byte[] Text, Anchor[] Anchors)
{
    /// <summary>Windows of these anchors.</summary>
    public int WindowCount => Anchors.Sum(anchor => anchor.LastWindow - anchor.FirstWindow + 1);

    /// <summary>The windows with their keys: 128 bits of hash, so that different windows never meet.</summary>
    public IEnumerable<(int Start, UInt128 Key)> Windows(int bytes)
    {
        foreach (Anchor anchor in Anchors)
        {
            for (int start = anchor.FirstWindow; start <= anchor.LastWindow; start++)
                yield return (start, new UInt128(Hash.Of(Text.AsSpan(start, bytes), 5), Hash.Of(Text.AsSpan(start, bytes), 6)));
        }
    }

    /// <summary>The ranges of bytes in duplicate windows, ascending and apart.</summary>
    /// <param name="bytes">Bytes of a window.</param>
    /// <param name="duplicates">A flag for each window.</param>
    /// <param name="keepFirst">Takes away those that overlap the first occurrence itself: in a run of one character only what lies beyond it is a copy.</param>
    public List<Slice> Duplicates(int bytes, bool[] duplicates, bool keepFirst)
    {
        if (keepFirst && duplicates.Contains(false))
            duplicates = WithoutOverlaps(bytes, duplicates);
        var windows = new List<Slice>();
        int at = 0;
        foreach (Anchor anchor in Anchors)
        {
            for (int start = anchor.FirstWindow; start <= anchor.LastWindow; start++)
            {
                if (duplicates[at++])
                    windows.Add(new Slice(start, bytes));
            }
        }
        return EditingDedup.Merged(windows);
    }

    private bool[] WithoutOverlaps(int bytes, bool[] duplicates)
    {
        var left = (bool[])duplicates.Clone();
        var firsts = new Dictionary<UInt128, int>();
        int at = 0;
        foreach ((int start, UInt128 key) in Windows(bytes))
        {
            if (!duplicates[at])
                firsts.TryAdd(key, start);
            else if (firsts.TryGetValue(key, out int first) && start - first < bytes)
                left[at] = false;
            at++;
        }
        return left;
    }
}
