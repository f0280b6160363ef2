using System.Runtime.CompilerServices;

namespace DataPipeline.Tokens.Engine;

/// <summary>How the bytes of a token merge to it: the last merge, and by the two tokens merged all others.</summary>
internal struct MergeTree
{
    /// <summary>Rank of the last merge; -1 for a byte.</summary>
    public int Birth;

    /// <summary>Left token of the last merge; -1 for a byte, for a token that its own bytes do not merge to, and for one out of order.</summary>
    public int Left;

    /// <summary>Right token of the last merge.</summary>
    public int Right;

    /// <summary>The longest token that the token's bytes without the last begin with; -1 for a byte.</summary>
    public int Prefix;

    /// <summary>Bytes of the token; 0 for one that no text has.</summary>
    public int Length;

    /// <summary>Rank of the merge that takes in the first byte; <see cref="int.MaxValue"/> for a byte.</summary>
    public int FirstJoined;

    /// <summary>Rank of the merge that takes in the last byte; <see cref="int.MaxValue"/> for a byte.</summary>
    public int LastJoined;

    // Half a line of memory a token.
    private readonly int _free;

    /// <summary>The trees of all tokens, pinned.</summary>
    /// <param name="tokens">The vocabulary.</param>
    /// <param name="pairs">Pairs that merge.</param>
    /// <param name="byteIds">The token of each byte.</param>
    /// <param name="ids">The tokens of two and more bytes that their own bytes merge to.</param>
    /// <param name="outOfOrder">Those of them that are made of a token born later than they are, and so have no tree; in a vocabulary that was trained there are none.</param>
    /// <remarks>Pairs are taken by rank: a pair makes its token when both sides are there and no earlier merge crosses between them. What no pair makes that way is merged byte
    /// by byte, the slow way; in most vocabularies these are few or none.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static MergeTree[] Grow(TokenBytes tokens, PairTable pairs, int[] byteIds, out int[] ids, out HashSet<int> outOfOrder)
    {
        MergeTree[] trees = GC.AllocateUninitializedArray<MergeTree>(Math.Max(1, tokens.Limit), pinned: true);
        Array.Fill(trees, new MergeTree { Birth = int.MaxValue, Left = -1, Right = -1, Prefix = -1, FirstJoined = int.MaxValue, LastJoined = int.MaxValue });
        foreach (int id in byteIds)
            trees[id].Birth = -1;
        List<int> found = new(tokens.Limit);
        foreach ((int left, int right, int rank, int merged) in pairs.ByRank())
        {
            if (trees[merged].Birth == int.MaxValue && trees[left].Birth < rank && trees[right].Birth < rank && Fit(trees, pairs, left, right, rank))
            {
                trees[merged] = new MergeTree
                {
                    Birth = rank,
                    Left = left,
                    Right = right,
                    FirstJoined = Math.Min(rank, trees[left].FirstJoined),
                    LastJoined = Math.Min(rank, trees[right].LastJoined),
                };
                found.Add(merged);
            }
        }
        outOfOrder = [];
        IdBuffer merge = new();
        for (int id = 0; id < tokens.Limit; id++)
        {
            ReadOnlySpan<byte> token = tokens[id];
            if (token.Length < 2 || trees[id].Left >= 0)
                continue;
            merge.Clear();
            SlowMerge.Encode(pairs, byteIds, token, merge);
            if (merge.Count == 1 && merge.Ids[0] == id)
            {
                outOfOrder.Add(id);
                found.Add(id);
            }
        }
        ids = [.. found];
        return trees;
    }

    /// <summary>True when no merge of a rank below <paramref name="limit"/> crosses from <paramref name="first"/> to <paramref name="second"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Fit(MergeTree[] trees, PairTable pairs, int first, int second, int limit)
    {
        while (true)
        {
            if (pairs.TryGet(first, second, out int rank, out _) && rank < limit)
                return false;
            ref MergeTree left = ref trees[first];
            ref MergeTree right = ref trees[second];
            if (left.Birth > right.Birth)
            {
                // Merges of equal rank go from left to right, so a pair right of this one comes after it.
                limit = left.Birth;
                first = left.Right;
            }
            else if (right.Birth < 0)
            {
                return true;
            }
            else
            {
                limit = right.Birth + 1;
                second = right.Left;
            }
        }
    }
}
