using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Dedup.MinHash;

/// <summary>The numbers of datatrove's MinHash with whitespace words, so that signatures can be compared with its own: xxHash of the shingle's words joined by
/// spaces, then ((a x + b) mod 2^64) mod (2^61 - 1), of which the 32-bit form keeps the low half. A text with fewer words than a shingle has no signature.</summary>
internal sealed class DatatroveScheme : MinHashScheme
{
    private const ulong Modulus = (1UL << 61) - 1;

    private readonly int _words, _functions, _bits;
    private readonly ulong[] _a, _b;

    /// <param name="words">Words of a shingle.</param>
    /// <param name="functions">Number of hash functions.</param>
    /// <param name="seed">Seed of the generator that draws all a, then all b.</param>
    /// <param name="bits">64 or 32.</param>
    public DatatroveScheme(int words, int functions, uint seed, int bits)
    {
        (_words, _functions, _bits) = (words, functions, bits);
        var random = new MersenneTwister(seed);
        int padded = (functions + Vector<ulong>.Count - 1) / Vector<ulong>.Count * Vector<ulong>.Count;
        _a = new ulong[padded];
        _b = new ulong[padded];
        for (int i = 0; i < functions; i++)
            _a[i] = random.Between(1, Modulus);
        for (int i = 0; i < functions; i++)
            _b[i] = random.Between(0, Modulus);
    }

    /// <summary>Multipliers and summands of the functions.</summary>
    internal (ulong[] A, ulong[] B) Parameters => (_a[.._functions], _b[.._functions]);

    public override ulong[] Minima(TextView view)
    {
        byte[] text = Encoding.UTF8.GetBytes(DatatroveText.Simplify(view.Text));
        List<(int Start, int End)> words = Words(text);
        if (words.Count < _words)
            return [];
        var minima = new ulong[_a.Length];
        minima.AsSpan().Fill(ulong.MaxValue);
        for (int i = 0; i + _words <= words.Count; i++)
        {
            // Words stand one space apart, so a shingle is a piece of the text.
            ReadOnlySpan<byte> shingle = text.AsSpan(words[i].Start..words[i + _words - 1].End);
            Lower(_bits == 64 ? Hash.Of(shingle) : XxHash32.Of(shingle), minima);
        }
        return minima[.._functions];
    }

    private void Lower(ulong shingle, ulong[] minima)
    {
        ReadOnlySpan<Vector<ulong>> a = MemoryMarshal.Cast<ulong, Vector<ulong>>(_a), b = MemoryMarshal.Cast<ulong, Vector<ulong>>(_b);
        Span<Vector<ulong>> m = MemoryMarshal.Cast<ulong, Vector<ulong>>(minima.AsSpan());
        Vector<ulong> x = new(shingle), modulus = new(Modulus), low = new(_bits == 64 ? ulong.MaxValue : uint.MaxValue);
        for (int i = 0; i < m.Length; i++)
        {
            Vector<ulong> value = x * a[i] + b[i];
            // One fold leaves at most the modulus + 7; the subtraction wraps to a huge number where it is not needed.
            value = (value & modulus) + (value >>> 61);
            value = Vector.Min(value, value - modulus);
            m[i] = Vector.Min(m[i], value & low);
        }
    }

    private static List<(int, int)> Words(ReadOnlySpan<byte> text)
    {
        var words = new List<(int, int)>();
        for (int start = 0; start < text.Length;)
        {
            int space = text[start..].IndexOf((byte)' ');
            int end = space < 0 ? text.Length : start + space;
            if (end > start)
                words.Add((start, end));
            start = end + 1;
        }
        return words;
    }
}
