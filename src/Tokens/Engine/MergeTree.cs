using System.Runtime.CompilerServices;

namespace DataPipeline.Tokens.Engine;

/// <summary>How the bytes of a token merge to it: the last merge, and by the two tokens merged all others.</summary>
internal struct MergeTree
{
    /// <summary>Rank of the last merge; -1 for a byte.</summary>
    public int Birth;

    /// <summary>Left token of the last merge; -1 for a byte and for a token that its own bytes do not merge to.</summary>
    public int Left;

    /// <summary>Right token of the last merge.</summary>
    public int Right;

    /// <summary>The longest token that the token's bytes without the last begin with; -1 for a byte.</summary>
    public int Prefix;

    /// <summary>The trees of all tokens, and the tokens of two and more bytes that their bytes merge to; null when one is made of a token that is born later.</summary>
    /// <remarks>Pairs are taken by rank: a pair makes its token when both sides are there and no earlier merge crosses between them. What no pair makes that way is merged byte
    /// by byte, the slow way; in vocabularies that were trained these are few or none.</remarks>
    public static MergeTree[]? TryGrow(TokenBytes tokens, PairTable pairs, int[] byteIds, out int[] ids)
    {
        var trees = new MergeTree[tokens.Limit];
        Array.Fill(trees, new MergeTree { Birth = int.MaxValue, Left = -1, Right = -1, Prefix = -1 });
        foreach (int id in byteIds)
            trees[id].Birth = -1;
        List<int> found = new(tokens.Limit);
        foreach ((int left, int right, int rank, int merged) in pairs.ByRank())
        {
            if (trees[merged].Birth == int.MaxValue && trees[left].Birth < rank && trees[right].Birth < rank && Fit(trees, pairs, left, right, rank))
            {
                trees[merged] = new MergeTree { Birth = rank, Left = left, Right = right };
                found.Add(merged);
            }
        }
        ids = [.. found];
        int[] bytes = new int[256];
        for (int id = 0; id < tokens.Limit; id++)
        {
            ReadOnlySpan<byte> token = tokens[id];
            if (token.Length < 2 || trees[id].Left >= 0)
                continue;
            if (bytes.Length < token.Length)
                bytes = new int[token.Length * 2];
            for (int i = 0; i < token.Length; i++)
                bytes[i] = byteIds[token[i]];
            if (ScanMerger.Merge(pairs, bytes.AsSpan(0, token.Length), out _, out _) == 1 && bytes[0] == id)
                return null;
        }
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
