using System.Text;
using DataPipeline.Tokens.Engine;

namespace DataPipeline.Tokens.Models;

/// <summary>Byte-pair encoding over characters in linear time, as <see cref="BacktrackTable"/> does it over bytes.</summary>
internal sealed class CharacterBacktrack
{
    private readonly PairTable _pairs;
    private readonly MergeTree[] _trees;
    private readonly int[] _length;
    private readonly DoubleArrayTrie _trie;

    private CharacterBacktrack(PairTable pairs, MergeTree[] trees, List<(byte[] Text, int Symbol)> reached)
    {
        (_pairs, _trees) = (pairs, trees);
        _length = new int[trees.Length];
        _trie = new DoubleArrayTrie(reached);
        foreach ((byte[] text, int symbol) in reached)
        {
            _length[symbol] = text.Length;
            // The longest symbol that begins the text without its last byte, and so without its last character.
            _trees[symbol].Prefix = _trie.Longest(text.AsSpan(0, text.Length - 1), out int prefix) > 0 ? prefix : -1;
        }
    }

    /// <summary>The table; null where a token is made of tokens that are born later than it, so that undoing merges in order is not defined.</summary>
    /// <param name="merges">Characters and pairs.</param>
    /// <param name="texts">The texts of what pairs make.</param>
    /// <param name="made">The symbols that pairs make.</param>
    public static CharacterBacktrack? Grow(CharacterMerges merges, TokenBytes texts, IReadOnlyList<int> made)
    {
        var trees = new MergeTree[merges.Symbols];
        Array.Fill(trees, new MergeTree { Birth = int.MaxValue, Left = -1, Right = -1, Prefix = -1 });
        List<(byte[] Text, int Symbol)> reached = [];
        foreach ((Rune character, int symbol) in merges.Characters)
        {
            trees[symbol].Birth = -1;
            reached.Add((Encoding.UTF8.GetBytes(character.ToString()), symbol));
        }
        foreach ((int left, int right, int rank, int merged) in merges.Pairs.ByRank())
        {
            if (trees[merged].Birth == int.MaxValue && trees[left].Birth < rank && trees[right].Birth < rank
                && MergeTree.Fit(trees, merges.Pairs, left, right, rank))
            {
                trees[merged] = new MergeTree { Birth = rank, Left = left, Right = right };
                reached.Add((texts[merged].ToArray(), merged));
            }
        }
        foreach (int symbol in made)
        {
            if (trees[symbol].Birth == int.MaxValue && IsReached(merges, symbol, texts[symbol]))
                return null;
        }
        return new CharacterBacktrack(merges.Pairs, trees, reached);
    }

    /// <summary>Appends the symbols of a text whose characters all have one.</summary>
    public void Encode(ReadOnlySpan<byte> text, IdBuffer output, EncoderScratch scratch)
    {
        Span<ulong> alive = scratch.Alive(text.Length + 1);
        int first = output.Count, at = 0;
        _trie.Longest(text, out int token);
        while (true)
        {
            int end = at + _length[token];
            if ((alive[end >> 6] & (1UL << (end & 63))) != 0
                && (output.Count == first || MergeTree.Fit(_trees, _pairs, output.Ids[^1], token, int.MaxValue)))
            {
                output.Add(token);
                at = end;
                if (at == text.Length)
                    return;
                _trie.Longest(text[at..], out token);
            }
            else if (_trees[token].Prefix >= 0)
            {
                token = _trees[token].Prefix;
            }
            else
            {
                alive[at >> 6] &= ~(1UL << (at & 63));
                token = output.Ids[^1];
                output.Count--;
                at -= _length[token];
            }
        }
    }

    private static bool IsReached(CharacterMerges merges, int symbol, ReadOnlySpan<byte> text)
    {
        List<int> symbols = [];
        foreach (Rune character in Encoding.UTF8.GetString(text).EnumerateRunes())
        {
            if (!merges.Characters.TryGetValue(character, out int found))
                return false;
            symbols.Add(found);
        }
        int[] merged = [.. symbols];
        return merges.Merger.Merge(merged, new int[merged.Length], merged.Length) == 1 && merged[0] == symbol;
    }
}
