using System.Runtime.CompilerServices;

namespace DataPipeline.Tokens.Models;

/// <summary>A map from byte strings to numbers of which all prefixes of a text are found in one walk: a double-array trie (Aoe 1989).</summary>
/// <remarks>A step is one load and one comparison. Sixteen bytes a node: what follows, whose child it is, the value and a score beside it.</remarks>
internal sealed class DoubleArrayTrie
{
    /// <summary>A node; <see cref="Value"/> is -1 where no key ends.</summary>
    public struct Node
    {
        public int Base;
        public int Parent;
        public int Value;
        public float Score;
    }

    private Node[] _nodes = new Node[1024];
    private int _firstFree = 1;

    /// <summary>The root; every walk starts there.</summary>
    public const int Root = 0;

    /// <param name="keys">Keys with their values; where a key stands twice the last value holds. Empty keys are left out.</param>
    /// <param name="scores">Scores by value, or none.</param>
    public DoubleArrayTrie(IEnumerable<(byte[] Key, int Value)> keys, float[]? scores = null)
    {
        for (int i = 0; i < _nodes.Length; i++)
            _nodes[i].Parent = -1;
        Dictionary<byte[], int> last = new(ByteStrings.Instance);
        foreach ((byte[] key, int value) in keys)
        {
            if (key.Length > 0)
                last[key] = value;
        }
        byte[][] sorted = [.. last.Keys];
        Array.Sort(sorted, ByteStrings.Instance);
        _nodes[Root] = new Node { Parent = Root, Value = -1 };
        Stack<(int Node, int From, int To, int Depth)> open = new();
        open.Push((Root, 0, sorted.Length, 0));
        List<(int Label, int From, int To)> children = [];
        while (open.TryPop(out (int Node, int From, int To, int Depth) range))
        {
            children.Clear();
            int from = range.From;
            if (from < range.To && sorted[from].Length == range.Depth)
            {
                int value = last[sorted[from++]];
                _nodes[range.Node].Value = value;
                _nodes[range.Node].Score = scores?[value] ?? 0;
            }
            while (from < range.To)
            {
                int label = sorted[from][range.Depth], to = from + 1;
                while (to < range.To && sorted[to][range.Depth] == label)
                    to++;
                children.Add((label, from, to));
                from = to;
            }
            if (children.Count == 0)
                continue;
            int place = Place(children);
            _nodes[range.Node].Base = place;
            foreach ((int label, _, _) in children)
                _nodes[place + label] = new Node { Parent = range.Node, Value = -1 };
            foreach ((int label, int first, int end) in children)
                open.Push((place + label, first, end, range.Depth + 1));
        }
    }

    /// <summary>The nodes, for loops that walk on their own.</summary>
    public ReadOnlySpan<Node> Nodes => _nodes;

    /// <summary>Goes on by one byte; false where no key does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Step(ref int node, byte value)
    {
        Node[] nodes = _nodes;
        int next = nodes[node].Base + value;
        if ((uint)next >= (uint)nodes.Length || nodes[next].Parent != node || next == Root)
            return false;
        node = next;
        return true;
    }

    /// <summary>The value of a node, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ValueOf(int node) => _nodes[node].Value;

    /// <summary>Length of the longest key that begins a text, or 0, and its value.</summary>
    public int Longest(ReadOnlySpan<byte> text, out int value)
    {
        int node = Root, length = 0;
        value = -1;
        for (int i = 0; i < text.Length && Step(ref node, text[i]); i++)
        {
            if (ValueOf(node) >= 0)
            {
                value = ValueOf(node);
                length = i + 1;
            }
        }
        return length;
    }

    /// <summary>The value of a key, or -1.</summary>
    public int Find(ReadOnlySpan<byte> key)
    {
        int node = Root;
        foreach (byte value in key)
        {
            if (!Step(ref node, value))
                return -1;
        }
        return ValueOf(node);
    }

    /// <summary>A base from which all children fall on free nodes.</summary>
    private int Place(List<(int Label, int From, int To)> children)
    {
        int first = children[0].Label, taken = 0;
        for (int at = Math.Max(_firstFree, first + 1); ; at++)
        {
            Reserve(at - first + 256);
            if (_nodes[at].Parent >= 0)
            {
                taken++;
                continue;
            }
            int place = at - first;
            bool fits = true;
            for (int i = 1; i < children.Count && fits; i++)
                fits = _nodes[place + children[i].Label].Parent < 0;
            if (!fits)
                continue;
            // A stretch that is nearly full is not searched again.
            if (taken >= 0.95 * (at - _firstFree + 1))
                _firstFree = at + 1;
            return place;
        }
    }

    private void Reserve(int count)
    {
        if (count < _nodes.Length)
            return;
        int old = _nodes.Length;
        Array.Resize(ref _nodes, Math.Max(count + 1, old * 2));
        for (int i = old; i < _nodes.Length; i++)
            _nodes[i].Parent = -1;
    }

    private sealed class ByteStrings : IEqualityComparer<byte[]>, IComparer<byte[]>
    {
        public static readonly ByteStrings Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] key) => (int)Core.Hash.Of(key);

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
