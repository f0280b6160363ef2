using System.Numerics;
using System.Runtime.CompilerServices;
using DataPipeline.Core;

namespace DataPipeline.Tokens.Engine;

/// <summary>The longest token that begins a text: a double-array trie over bytes.</summary>
/// <remarks>J. Aoe, An Efficient Digital Search Algorithm by Using a Double-Array Structure, 1989. A step is one load of eight bytes: where the children begin, the token
/// that ends here, and the byte that leads here. Places of children begin at a different slot for each node, so that byte alone tells whose child a slot is.
/// A table by the first two bytes saves two steps. A hash table of edges was refused: it takes three times the memory, and each step a multiplication.</remarks>
internal sealed unsafe class TokenTrie
{
    private const int LabelBits = 9, TokenBits = 27;
    private const int BaseShift = LabelBits + TokenBits;
    private const ulong LabelMask = (1UL << LabelBits) - 1;
    /// <summary>The label of a slot that is free: no byte.</summary>
    private const ulong Free = LabelMask;

    private readonly ulong[] _slots;
    private readonly ulong[] _firstTwo = GC.AllocateArray<ulong>(1 << 16, pinned: true);
    private readonly ulong* _slot;
    private readonly ulong* _first;
    private readonly int[] _byteIds;

    /// <param name="tokens">The vocabulary.</param>
    /// <param name="ids">Tokens of two or more bytes to find.</param>
    /// <param name="byteIds">The token of each byte.</param>
    /// <exception cref="InputException">The vocabulary has more than 2^28 bytes.</exception>
    public TokenTrie(TokenBytes tokens, ReadOnlySpan<int> ids, int[] byteIds)
    {
        _byteIds = byteIds;
        DoubleArray array = new(tokens, ids);
        _slots = GC.AllocateUninitializedArray<ulong>(array.Slots.Length, pinned: true);
        array.Slots.CopyTo(_slots, 0);
        _slot = (ulong*)Unsafe.AsPointer(ref _slots[0]);
        _first = (ulong*)Unsafe.AsPointer(ref _firstTwo[0]);
        for (int pair = 0; pair < 1 << 16; pair++)
        {
            // The entry of a pair that is no token, or leads nowhere, holds the token of its first byte.
            ulong one = Child(array.Root, (byte)pair);
            ulong two = one == Free ? Free : Child(one >> BaseShift, (byte)(pair >> 8));
            int token = TokenOf(two);
            _first[pair] = Pack(two == Free ? 0 : two >> BaseShift, token >= 0 ? token : byteIds[(byte)pair], 0);
        }
    }

    /// <summary>The longest token that the bytes from <paramref name="p"/> to <paramref name="end"/>, at least one, begin with.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Longest(byte* p, byte* end)
    {
        if (end - p < 2)
            return _byteIds[*p];
        ulong entry = _first[*(ushort*)p];
        int best = TokenOf(entry);
        for (p += 2; p < end; p++)
        {
            entry = _slot[(entry >> BaseShift) + *p];
            if ((entry & LabelMask) != *p)
                break;
            int token = TokenOf(entry);
            best = token >= 0 ? token : best;
        }
        return best;
    }

    private ulong Child(ulong start, byte label)
    {
        ulong entry = _slot[start + label];
        return (entry & LabelMask) == label ? entry : Free;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TokenOf(ulong entry) => (int)((entry >> LabelBits) & ((1UL << TokenBits) - 1)) - 1;

    private static ulong Pack(ulong start, int token, ulong label) => (start << BaseShift) | ((ulong)(token + 1) << LabelBits) | label;

    /// <summary>Builds the slots, breadth first, from the tokens in the order of their bytes.</summary>
    private sealed class DoubleArray
    {
        private const int FirstSize = 1 << 12;

        private readonly TokenBytes _tokens;
        private readonly int[] _ids;
        private ulong[] _taken = new ulong[FirstSize / 64];
        private ulong[] _starts = new ulong[FirstSize / 64];
        private int _searchOne;
        private int _searchMany;

        // Slots 0 to 255 stay free: the children of a leaf, whose start is 0, are looked for there.
        public DoubleArray(TokenBytes tokens, ReadOnlySpan<int> ids)
        {
            _tokens = tokens;
            _ids = InOrderOfBytes(tokens, ids);
            Slots = new ulong[FirstSize];
            Array.Fill(Slots, Free);
            Array.Fill(_taken, ulong.MaxValue, 0, 4);
            // No node starts at 0, the start of leaves.
            Set(_starts, 0);
            Queue<(int Slot, int From, int To, int Depth)> nodes = new();
            nodes.Enqueue((-1, 0, _ids.Length, 0));
            while (nodes.TryDequeue(out (int Slot, int From, int To, int Depth) node))
                Place(node.Slot, node.From, node.To, node.Depth, nodes);
        }

        public ulong[] Slots { get; private set; }

        /// <summary>Where the children of the root begin.</summary>
        public ulong Root { get; private set; }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Place(int slot, int from, int to, int depth, Queue<(int, int, int, int)> nodes)
        {
            Span<byte> labels = stackalloc byte[256];
            Span<int> begins = stackalloc int[257];
            int children = 0;
            for (int i = from; i < to; i++)
            {
                byte label = _tokens[_ids[i]][depth];
                if (children == 0 || labels[children - 1] != label)
                {
                    labels[children] = label;
                    begins[children++] = i;
                }
            }
            begins[children] = to;
            int start = FindStart(labels[..children]);
            for (int c = 0; c < children; c++)
            {
                int child = start + labels[c], first = begins[c];
                bool ends = _tokens[_ids[first]].Length == depth + 1;
                Slots[child] = Pack(0, ends ? _ids[first] : -1, labels[c]);
                Set(_taken, child);
                if (ends)
                    first++;
                if (first < begins[c + 1])
                    nodes.Enqueue((child, first, begins[c + 1], depth + 1));
            }
            Set(_starts, start);
            if (slot < 0)
                Root = (ulong)start;
            else
                Slots[slot] |= (ulong)start << BaseShift;
        }

        /// <summary>The first start that no other node has and whose slots for the labels are free; 64 starts are tried at once.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private int FindStart(ReadOnlySpan<byte> labels)
        {
            ref int search = ref labels.Length == 1 ? ref _searchOne : ref _searchMany;
            for (int start = search, tries = 0; ; start += 64, tries++)
            {
                if (start >= 1 << (64 - BaseShift))
                    throw new InputException("a vocabulary of more than 2^28 bytes is not supported: use a smaller one");
                Reserve(start + 64);
                ulong fits = ~_starts[start >> 6];
                foreach (byte label in labels)
                    fits &= ~SixtyFour(_taken, start + label);
                if (fits != 0)
                {
                    // A node with many children fits in few places: after enough tries, give up the holes before it.
                    if (tries > 64)
                        search += 64;
                    return start + BitOperations.TrailingZeroCount(fits);
                }
                if (labels.Length == 1 && start == search)
                    search += 64;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static ulong SixtyFour(ulong[] bits, int from)
        {
            int word = from >> 6, shift = from & 63;
            return shift == 0 ? bits[word] : (bits[word] >> shift) | (bits[word + 1] << (64 - shift));
        }

        private void Reserve(int start)
        {
            if (start + 512 < Slots.Length)
                return;
            ulong[] slots = new ulong[Slots.Length * 2];
            Slots.CopyTo(slots, 0);
            Array.Fill(slots, Free, Slots.Length, Slots.Length);
            Slots = slots;
            Array.Resize(ref _taken, slots.Length / 64);
            Array.Resize(ref _starts, slots.Length / 64);
        }

        private static void Set(ulong[] bits, int at) => bits[at >> 6] |= 1UL << (at & 63);

        /// <summary>Sorts by the first eight bytes as numbers, and what they leave equal by all bytes.</summary>
        private static int[] InOrderOfBytes(TokenBytes tokens, ReadOnlySpan<int> ids)
        {
            int[] sorted = ids.ToArray();
            ulong[] keys = new ulong[sorted.Length];
            for (int i = 0; i < sorted.Length; i++)
                keys[i] = FirstEight(tokens[sorted[i]]);
            Array.Sort(keys, sorted);
            for (int from = 0, to; from < sorted.Length; from = to)
            {
                for (to = from + 1; to < sorted.Length && keys[to] == keys[from];)
                    to++;
                if (to - from > 1)
                    sorted.AsSpan(from, to - from).Sort((left, right) => tokens[left].SequenceCompareTo(tokens[right]));
            }
            return sorted;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static ulong FirstEight(ReadOnlySpan<byte> bytes)
        {
            ulong key = 0;
            for (int i = 0; i < 8; i++)
                key = (key << 8) | (i < bytes.Length ? bytes[i] : 0u);
            return key;
        }
    }
}
