using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DataPipeline.Filters;

/// <summary>Sums the rows of a text word by word, for models with character n-grams and without word n-grams; the sums of words seen lately are kept. For one thread at a time.</summary>
/// <remarks>
/// <para>A word of up to 32 bytes is found, read and compared as one vector: its end is the first bit of a comparison with the separators. Only a word that is not
/// kept is hashed as fastText does, looked up, and taken apart into n-grams. The alternative, hash and dictionary for each word, spent 20 cycles a word on the hash alone.</para>
/// <para>Every word is summed apart before it is added, kept or not, so a result never depends on what came before.</para>
/// </remarks>
internal sealed unsafe class WordSums
{
    // An entry is a row of its own: the word, the number of its features, and on the next cache line the sum.
    private const int KeyBytes = 32, CountAt = 8, MemoryBytes = 4 << 20;

    private static readonly byte[] Keep = [.. Enumerable.Repeat(byte.MaxValue, KeyBytes), .. new byte[KeyBytes]];

    private readonly FastTextDictionary _dictionary;
    private readonly RowMatrix _input, _entries, _long;
    private readonly int[] _wholeWords;
    private readonly FeatureList _rows = new();
    private readonly int _shift, _stride;

    /// <summary>Makes the sums of one model.</summary>
    /// <param name="dictionary">The model's words.</param>
    /// <param name="input">Its rows, those of known words with their n-grams added.</param>
    /// <param name="wholeWords">How many features each of those stands for.</param>
    public WordSums(FastTextDictionary dictionary, RowMatrix input, int[] wholeWords)
    {
        (_dictionary, _input, _wholeWords, _stride) = (dictionary, input, wholeWords, input.Stride);
        int bits = Math.Max(4, BitOperations.Log2((uint)(MemoryBytes / ((input.Stride + RowMatrix.Lane) * sizeof(float)))));
        _shift = 64 - bits;
        _entries = new RowMatrix(1 << bits, RowMatrix.Lane + input.Columns);
        _long = new RowMatrix(1, input.Columns);
    }

    /// <summary>Adds up the rows of a text and of its end.</summary>
    /// <param name="text">One text in UTF-8; line ends count as spaces.</param>
    /// <param name="sum">The sum.</param>
    /// <returns>How many features it is the sum of.</returns>
    public int Sum(ReadOnlySpan<byte> text, float* sum)
    {
        new Span<float>(sum, _stride).Clear();
        int features = 0, read = 0;
        bool ended;
        fixed (byte* bytes = text)
            ended = Add(bytes, text.Length, ref read, text.Length - KeyBytes, sum, ref features);
        if (!ended && read < text.Length)
        {
            // The last bytes, from the start of a word, with room behind them.
            byte* last = stackalloc byte[2 * KeyBytes];
            new Span<byte>(last, 2 * KeyBytes).Fill((byte)' ');
            text[read..].CopyTo(new Span<byte>(last, KeyBytes));
            int from = 0;
            Add(last, text.Length - read, ref from, KeyBytes, sum, ref features);
        }
        int end = _dictionary.Find(FastTextDictionary.EndOfLine, FastTextDictionary.HashOf(FastTextDictionary.EndOfLine));
        if (end >= 0 && end < _dictionary.WordCount)
        {
            features += _wholeWords[end];
            AddRow(_input.Row(end), sum);
        }
        GC.KeepAlive(_entries);
        GC.KeepAlive(_input);
        return features;
    }

    // Words that start up to a last place, behind which 32 bytes can be read; true at a literal end of line.
    private bool Add(byte* bytes, int length, ref int read, int last, float* sum, ref int features)
    {
        int at = read;
        ref byte keep = ref MemoryMarshal.GetArrayDataReference(Keep);
        while (at < length && at <= last)
        {
            Vector256<byte> units = Vector256.Load(bytes + at);
            uint separators = Separators(units);
            if ((separators & 1) != 0)
            {
                at += BitOperations.TrailingZeroCount(~separators);
                continue;
            }
            if (separators == 0)
            {
                int end = at + KeyBytes;
                while (end < length && !FastTextDictionary.IsSeparator(bytes[end]))
                    end++;
                features += Fill(new ReadOnlySpan<byte>(bytes + at, end - at), _long.Row(0));
                AddRow(_long.Row(0), sum);
                at = end;
                continue;
            }
            int size = BitOperations.TrailingZeroCount(separators);
            Vector256<byte> key = units & Vector256.LoadUnsafe(ref keep, (nuint)(KeyBytes - size));
            float* entry = _entries.Row((int)(HashOf(key.AsUInt64()) >> _shift));
            if (Vector256.LoadAligned((byte*)entry) != key)
            {
                var word = new ReadOnlySpan<byte>(bytes + at, size);
                if (word.SequenceEqual(FastTextDictionary.EndOfLine))
                    return true;
                key.StoreAligned((byte*)entry);
                *(int*)(entry + CountAt) = Fill(word, entry + RowMatrix.Lane);
            }
            features += *(int*)(entry + CountAt);
            AddRow(entry + RowMatrix.Lane, sum);
            at += size + 1;
        }
        read = at;
        return false;
    }

    // The sum of a word's rows, and how many features they are; labels in a text are none.
    private int Fill(ReadOnlySpan<byte> word, float* sum)
    {
        int id = _dictionary.Find(word, FastTextDictionary.HashOf(word));
        if (id >= 0 && id < _dictionary.WordCount)
        {
            new ReadOnlySpan<float>(_input.Row(id), _stride).CopyTo(new Span<float>(sum, _stride));
            return _wholeWords[id];
        }
        _rows.Clear();
        if (id < 0 && !FastTextDictionary.IsLabel(word))
            _dictionary.AddSubwords(word, _rows);
        _input.Sum(_rows.InUse, sum);
        return _rows.Features;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddRow(float* row, float* sum)
    {
        for (int column = 0; column < _stride; column += RowMatrix.Lane)
            (Vector512.Load(sum + column) + Vector512.LoadAligned(row + column)).Store(sum + column);
    }

    // Space, zero, and 9 to 13.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Separators(Vector256<byte> bytes) =>
        (Vector256.Equals(bytes, Vector256.Create((byte)' ')) | Vector256.Equals(bytes, Vector256<byte>.Zero)
            | Vector256.LessThan(bytes - Vector256.Create((byte)9), Vector256.Create((byte)5))).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong HashOf(Vector256<ulong> key)
    {
        ulong sum = key[0] * 0x9E3779B97F4A7C15 + key[1] * 0xC2B2AE3D27D4EB4F + key[2] * 0x165667B19E3779F9 + key[3] * 0x85EBCA77C2B2AE63;
        return (sum ^ (sum >> 32)) * 0x9E3779B97F4A7C15;
    }
}
