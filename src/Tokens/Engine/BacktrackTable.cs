using System.Runtime.InteropServices;

namespace DataPipeline.Tokens.Engine;

/// <summary>Byte-pair encoding of a piece of any length in linear time.</summary>
/// <remarks>A sequence of tokens is the encoding of its bytes exactly when each two neighbours are: undo their merges from the latest back, and no pair across
/// the border may rank before the merge undone. So take the longest token at a place; if it does not fit its left neighbour try its longest prefix that is
/// a token; if none fits, the place is dead and the left neighbour gets shorter. Each place dies once, so the whole is linear. Memory is a bit a
/// byte and four bytes a token; a heap of pairs, the usual way, takes thirty bytes a byte.</remarks>
internal sealed class BacktrackTable
{
    private readonly PairTable _pairs;
    private readonly PairTable _trie;
    private readonly int[] _rootChild;
    private readonly int[] _rootToken;
    private readonly int[] _birth;
    private readonly int[] _left;
    private readonly int[] _right;
    private readonly int[] _prefix;
    private readonly int[] _length;

    private BacktrackTable(PairTable pairs, PairTable trie, int[] rootChild, int[] rootToken, int limit)
    {
        _pairs = pairs;
        _trie = trie;
        _rootChild = rootChild;
        _rootToken = rootToken;
        _birth = new int[limit];
        _left = new int[limit];
        _right = new int[limit];
        _prefix = new int[limit];
        _length = new int[limit];
    }

    /// <summary>The table, or null when some token would be made of tokens that are born later, where undoing from the latest merge back is not defined.</summary>
    public static BacktrackTable? TryBuild(TokenBytes tokens, PairTable pairs, int[] byteIds)
    {
        BacktrackTable table = new(pairs, new PairTable(tokens.Limit * 3), new int[256], new int[256], tokens.Limit);
        Array.Fill(table._rootChild, -1);
        Array.Fill(table._rootToken, -1);
        List<int> reachable = [];
        int[] ids = new int[256];
        for (int id = 0; id < tokens.Limit; id++)
        {
            ReadOnlySpan<byte> bytes = tokens[id];
            if (bytes.Length == 0)
                continue;
            if (ids.Length < bytes.Length)
                ids = new int[bytes.Length * 2];
            for (int i = 0; i < bytes.Length; i++)
                ids[i] = byteIds[bytes[i]];
            // A token that its own bytes do not merge to appears in no encoding; only a whole piece can be it.
            if (ScanMerger.Merge(pairs, ids.AsSpan(0, bytes.Length), out int left, out int right) != 1 || ids[0] != id)
                continue;
            table._left[id] = left;
            table._right[id] = right;
            table._length[id] = bytes.Length;
            table._birth[id] = -1;
            if (left >= 0)
                pairs.TryGet(left, right, out table._birth[id], out _);
            reachable.Add(id);
        }
        foreach (int id in reachable)
        {
            if (table._left[id] >= 0 && (table._birth[table._left[id]] >= table._birth[id] || table._birth[table._right[id]] >= table._birth[id]))
                return null;
        }
        table.BuildTrie(tokens, reachable);
        return table;
    }

    /// <summary>Appends the ids of a piece of at least one byte.</summary>
    public void Encode(ReadOnlySpan<byte> piece, IdBuffer output, EncoderScratch scratch)
    {
        List<int> chosen = scratch.Chosen;
        chosen.Clear();
        int words = (piece.Length >> 6) + 1;
        if (scratch.Alive.Length < words)
            scratch.Alive = new ulong[words];
        Span<ulong> alive = scratch.Alive.AsSpan(0, words);
        alive.Fill(ulong.MaxValue);

        int at = 0, token = Longest(piece);
        while (true)
        {
            int end = at + _length[token];
            if ((alive[end >> 6] & (1UL << (end & 63))) != 0 && (chosen.Count == 0 || Fits(chosen[^1], token)))
            {
                chosen.Add(token);
                at = end;
                if (at == piece.Length)
                    break;
                token = Longest(piece[at..]);
            }
            else if (_prefix[token] >= 0)
            {
                token = _prefix[token];
            }
            else
            {
                alive[at >> 6] &= ~(1UL << (at & 63));
                token = chosen[^1];
                chosen.RemoveAt(chosen.Count - 1);
                at -= _length[token];
            }
        }
        int[] ids = output.Reserve(chosen.Count);
        CollectionsMarshal.AsSpan(chosen).CopyTo(ids.AsSpan(output.Count));
        output.Count += chosen.Count;
        if (scratch.Alive.Length > 1 << 20)
        {
            scratch.Alive = [];
            chosen.Capacity = 0;
        }
    }

    /// <summary>True when <paramref name="first"/> <paramref name="second"/> is the encoding of their bytes.</summary>
    private bool Fits(int first, int second)
    {
        int limit = int.MaxValue;
        while (true)
        {
            if (_pairs.TryGet(first, second, out int rank, out _) && rank < limit)
                return false;
            if (_birth[first] > _birth[second])
            {
                // Merges of equal rank go from left to right, so a pair right of this one comes after it.
                limit = _birth[first];
                first = _right[first];
            }
            else if (_birth[second] < 0)
            {
                return true;
            }
            else
            {
                limit = _birth[second] + 1;
                second = _left[second];
            }
        }
    }

    private int Longest(ReadOnlySpan<byte> text)
    {
        int best = _rootToken[text[0]], node = _rootChild[text[0]];
        for (int i = 1; i < text.Length && node >= 0; i++)
        {
            if (!_trie.TryGet(node, text[i], out node, out int token))
                break;
            if (token >= 0)
                best = token;
        }
        return best;
    }

    private void BuildTrie(TokenBytes tokens, List<int> reachable)
    {
        int nodes = 0;
        foreach (int id in reachable)
        {
            ReadOnlySpan<byte> bytes = tokens[id];
            if (bytes.Length == 1)
            {
                _rootToken[bytes[0]] = id;
                continue;
            }
            if (_rootChild[bytes[0]] < 0)
                _rootChild[bytes[0]] = nodes++;
            int node = _rootChild[bytes[0]];
            for (int i = 1; i < bytes.Length; i++)
            {
                bool found = _trie.TryGet(node, bytes[i], out int child, out int token);
                bool last = i == bytes.Length - 1;
                if (!found)
                    _trie.Set(node, bytes[i], child = nodes++, last ? id : -1);
                else if (last)
                    _trie.Set(node, bytes[i], child, id);
                node = child;
            }
        }
        foreach (int id in reachable)
            _prefix[id] = tokens[id].Length == 1 ? -1 : Longest(tokens[id][..^1]);
    }
}
