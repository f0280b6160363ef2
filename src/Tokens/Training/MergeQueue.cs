namespace DataPipeline.Tokens.Training;

/// <summary>A pair that may be merged next.</summary>
/// <param name="Count">How often it occurred when it was queued.</param>
/// <param name="Pair">Its key (<see cref="PairCounts.Key"/>).</param>
/// <param name="Words">The words to merge it in.</param>
internal readonly record struct MergeCandidate(long Count, ulong Pair, WordList Words);

/// <summary>Candidates, the most frequent first; a heap of four children a node, which is shallower and easier on the cache than two.</summary>
/// <param name="comesFirst">Which of two different pairs of equal count comes first.</param>
internal sealed class MergeQueue(Func<ulong, ulong, bool>? comesFirst)
{
    private MergeCandidate[] _heap = new MergeCandidate[1 << 12];

    public int Count { get; private set; }

    public ref readonly MergeCandidate Top => ref _heap[0];

    public void Add(in MergeCandidate candidate)
    {
        if (Count == _heap.Length)
            Array.Resize(ref _heap, checked(Count * 2));
        int at = Count++;
        for (; at > 0; at = (at - 1) / 4)
        {
            ref MergeCandidate parent = ref _heap[(at - 1) / 4];
            if (!IsBefore(candidate, parent))
                break;
            _heap[at] = parent;
        }
        _heap[at] = candidate;
    }

    public void RemoveTop()
    {
        MergeCandidate last = _heap[--Count];
        if (Count > 0)
            Sink(last);
    }

    /// <summary>Puts the first candidate where another count belongs.</summary>
    public void ChangeTop(long count) => Sink(_heap[0] with { Count = count });

    private void Sink(in MergeCandidate candidate)
    {
        MergeCandidate moved = candidate;
        int at = 0;
        while (at * 4 + 1 < Count)
        {
            int best = at * 4 + 1, last = Math.Min(best + 3, Count - 1);
            for (int child = best + 1; child <= last; child++)
            {
                if (IsBefore(_heap[child], _heap[best]))
                    best = child;
            }
            if (!IsBefore(_heap[best], moved))
                break;
            _heap[at] = _heap[best];
            at = best;
        }
        _heap[at] = moved;
    }

    private bool IsBefore(in MergeCandidate a, in MergeCandidate b) =>
        a.Count != b.Count ? a.Count > b.Count : comesFirst is null ? a.Pair < b.Pair : a.Pair != b.Pair && comesFirst(a.Pair, b.Pair);
}
