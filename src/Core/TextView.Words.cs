using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DataPipeline.Core;

// Words between white space. 64 characters become one bit mask of white space; each change between neighbouring bits starts or ends a word,
// so the cost is a few vector compares per 64 characters and a few instructions per word. The scalar twin asks character by character.
public sealed partial class TextView
{
    /// <summary>White space as Python's <c>str.isspace</c> sees it: .NET's and the four separators U+001C to U+001F.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSpace(char c) => c < 0x80 ? c == ' ' || (uint)(c - 9) <= 4 || (uint)(c - 0x1C) <= 3 : char.IsWhiteSpace(c);

    /// <summary>The slice without white space at its ends, as Python's <c>strip</c>.</summary>
    public static Slice Strip(string text, Slice slice)
    {
        int start = slice.Start, end = slice.End;
        while (start < end && IsSpace(text[start]))
            start++;
        while (end > start && IsSpace(text[end - 1]))
            end--;
        return new Slice(start, end - start);
    }

    internal static Slice[] SplitWords(ReadOnlySpan<char> text)
    {
        var words = new SliceBuffer(text.Length / 5 + 8);
        int start = -1, block = 0;
        bool inWord = false;
        ref ushort units = ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(text));
        for (; block + 64 <= text.Length; block += 64)
        {
            ulong letters = ~SpaceMask(ref Unsafe.Add(ref units, block));
            ulong changes = letters ^ ((letters << 1) | (inWord ? 1UL : 0UL));
            for (; changes != 0; changes &= changes - 1)
            {
                int at = block + BitOperations.TrailingZeroCount(changes);
                if (inWord)
                    words.Add(new Slice(start, at - start));
                start = at;
                inWord = !inWord;
            }
        }
        for (; block < text.Length; block++)
        {
            if (IsSpace(text[block]) != inWord)
                continue;
            if (inWord)
                words.Add(new Slice(start, block - start));
            start = block;
            inWord = !inWord;
        }
        if (inWord)
            words.Add(new Slice(start, text.Length - start));
        return words.ToArray();
    }

    internal static Slice[] SplitWordsScalar(ReadOnlySpan<char> text)
    {
        var words = new List<Slice>();
        for (int i = 0; i < text.Length;)
        {
            int start = i;
            while (i < text.Length && !IsSpace(text[i]))
                i++;
            if (i > start)
                words.Add(new Slice(start, i - start));
            while (i < text.Length && IsSpace(text[i]))
                i++;
        }
        return [.. words];
    }

    private static ulong SpaceMask(ref ushort units) =>
        Spaces(Vector256.LoadUnsafe(ref units))
        | ((ulong)Spaces(Vector256.LoadUnsafe(ref units, 16)) << 16)
        | ((ulong)Spaces(Vector256.LoadUnsafe(ref units, 32)) << 32)
        | ((ulong)Spaces(Vector256.LoadUnsafe(ref units, 48)) << 48);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Spaces(Vector256<ushort> units)
    {
        Vector256<ushort> found = Vector256.Equals(units, Vector256.Create((ushort)' '))
            | Vector256.LessThanOrEqual(units - Vector256.Create((ushort)9), Vector256.Create((ushort)4))
            | Vector256.LessThanOrEqual(units - Vector256.Create((ushort)0x1C), Vector256.Create((ushort)3));
        if (Vector256.GreaterThanAny(units, Vector256.Create((ushort)0x7F)))
        {
            found |= Vector256.Equals(units, Vector256.Create((ushort)0x85)) | Vector256.Equals(units, Vector256.Create((ushort)0xA0))
                | Vector256.Equals(units, Vector256.Create((ushort)0x1680)) | Vector256.Equals(units, Vector256.Create((ushort)0x3000))
                | Vector256.LessThanOrEqual(units - Vector256.Create((ushort)0x2000), Vector256.Create((ushort)10))
                | Vector256.LessThanOrEqual(units - Vector256.Create((ushort)0x2028), Vector256.Create((ushort)1))
                | Vector256.Equals(units, Vector256.Create((ushort)0x202F)) | Vector256.Equals(units, Vector256.Create((ushort)0x205F));
        }
        return found.ExtractMostSignificantBits();
    }

    /// <summary>Grows in pooled memory and ends as an array of the exact size.</summary>
    private ref struct SliceBuffer(int capacity)
    {
        private Slice[] _items = ArrayPool<Slice>.Shared.Rent(capacity);
        private int _count;

        public readonly int Count => _count;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(Slice slice)
        {
            if (_count == _items.Length)
                Grow();
            _items[_count++] = slice;
        }

        public readonly Slice[] ToArray()
        {
            Slice[] exact = _items.AsSpan(0, _count).ToArray();
            ArrayPool<Slice>.Shared.Return(_items);
            return exact;
        }

        private void Grow()
        {
            Slice[] larger = ArrayPool<Slice>.Shared.Rent(_items.Length * 2);
            _items.AsSpan(0, _count).CopyTo(larger);
            ArrayPool<Slice>.Shared.Return(_items);
            _items = larger;
        }
    }
}
