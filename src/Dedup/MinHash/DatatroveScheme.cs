using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using DataPipeline.Core;

namespace DataPipeline.Dedup.MinHash;

// A function is ((a x + b) mod 2^64) mod p with p = 2^61 - 1. For v = a x + b + 1 the sum of its low 61 bits and its high 3 bits is the value + 1, or that
// and p more. With both parts moved up by 3 bits, what is beyond 2^61 - 1 leaves the 64 bits: seven operations and no comparison. A minimum below 8 may be
// such a value, one off (about once in 2^57), and then the text is done again with the division.

/// <summary>The numbers of datatrove's MinHash with whitespace or English words, so that signatures can be compared with its own: a hash of the shingle's words joined by
/// spaces, then ((a x + b) mod 2^64) mod (2^61 - 1), of which the 32-bit form keeps the low half. A text with fewer words than a shingle has no signature.</summary>
internal sealed class DatatroveScheme : MinHashScheme
{
    private const ulong Modulus = (1UL << 61) - 1;
    private const int Chunk = 512;

    /// <summary>Functions of two vectors.</summary>
    private const int Side = 16;

    /// <summary>As much as the high bits of a value add at most, and one.</summary>
    private const ulong Wrap = 64;

    /// <summary>Bytes of shingles that are told apart by length.</summary>
    private const int Longest = 127;

    private readonly int _words, _functions;
    private readonly SchemeName _scheme;
    private readonly DatatroveRule _rule;
    private readonly ulong[] _a, _b;

    /// <param name="words">Words of a shingle.</param>
    /// <param name="functions">Number of hash functions.</param>
    /// <param name="seed">Seed of the generator that draws all a, then all b.</param>
    /// <param name="scheme">One of the three.</param>
    /// <param name="rule">What a word is.</param>
    public DatatroveScheme(int words, int functions, uint seed, SchemeName scheme, DatatroveRule rule = DatatroveRule.Whitespace)
    {
        (_words, _functions, _scheme, _rule) = (words, functions, scheme, rule);
        var random = new MersenneTwister(seed);
        int padded = (functions + Side - 1) / Side * Side;
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
        ulong[] shingles = ShinglesOf(view);
        if (shingles.Length == 0)
            return [];
        var minima = new ulong[_a.Length];
        if (_scheme == SchemeName.Datatrove32)
            Minima32(shingles, minima);
        else if (!TryMinima(shingles, minima))
            MinimaScalar(shingles, minima);
        return minima[.._functions];
    }

    public override IEnumerable<ulong> Shingles(TextView view) => ShinglesOf(view);

    /// <summary>The smallest value of every function; false where a value may be one off.</summary>
    internal bool TryMinima(ReadOnlySpan<ulong> shingles, Span<ulong> minima)
    {
        minima.Fill(ulong.MaxValue);
        // While minima still fall often, a branch that foresees a fall would err often.
        int first = Math.Min(Chunk / 2, shingles.Length);
        for (int i = 0; i < minima.Length; i += Side)
            Lower(shingles[..first], minima, i);
        for (int start = first; start < shingles.Length; start += Chunk)
        {
            ReadOnlySpan<ulong> chunk = shingles.Slice(start, Math.Min(Chunk, shingles.Length - start));
            int i = 0;
            for (; i + 2 * Side <= minima.Length; i += 2 * Side)
                LowerRarely(chunk, minima, i);
            for (; i < minima.Length; i += Side)
                Lower(chunk, minima, i);
        }
        bool certain = true;
        foreach (ref ulong minimum in minima[.._functions])
        {
            minimum = (minimum >> 3) - 1;
            certain &= minimum is >= 8 and < Modulus;
        }
        return certain;
    }

    /// <summary>Lowers the minima of two vectors of functions.</summary>
    private void Lower(ReadOnlySpan<ulong> shingles, Span<ulong> minima, int at)
    {
        Vector512<ulong> a0 = Vector512.LoadUnsafe(ref _a[at]), a1 = Vector512.LoadUnsafe(ref _a[at + Side / 2]);
        Vector512<ulong> b0 = Vector512.LoadUnsafe(ref _b[at]) + Vector512<ulong>.One, b1 = Vector512.LoadUnsafe(ref _b[at + Side / 2]) + Vector512<ulong>.One;
        Vector512<ulong> m0 = Vector512.LoadUnsafe(ref minima[at]), m1 = Vector512.LoadUnsafe(ref minima[at + Side / 2]);
        foreach (ulong shingle in shingles)
        {
            Vector512<ulong> x = Vector512.Create(shingle), v0 = x * a0 + b0, v1 = x * a1 + b1;
            m0 = Vector512.Min(m0, (v0 << 3) + (v0 >>> 58));
            m1 = Vector512.Min(m1, (v1 << 3) + (v1 >>> 58));
        }
        m0.StoreUnsafe(ref minima[at]);
        m1.StoreUnsafe(ref minima[at + Side / 2]);
    }

    /// <summary>Lowers the minima of four vectors of functions, where few shingles do: 8 v is at most as much as the value compared, but where that leaves the 64 bits, within
    /// 64 of their end. Both moved up by 64, a shingle is passed over by one multiplication, one sum and one comparison.</summary>
    private void LowerRarely(ReadOnlySpan<ulong> shingles, Span<ulong> minima, int at)
    {
        Vector512<ulong> a0 = A8(at), a1 = A8(at + 8), a2 = A8(at + 16), a3 = A8(at + 24), b0 = B8(at), b1 = B8(at + 8), b2 = B8(at + 16), b3 = B8(at + 24);
        Vector512<ulong> l0 = Limit(minima, at), l1 = Limit(minima, at + 8), l2 = Limit(minima, at + 16), l3 = Limit(minima, at + 24);
        for (int i = 0; i < shingles.Length; i++)
        {
            Vector512<ulong> x = Vector512.Create(shingles[i]);
            Vector512<ulong> less = Vector512.LessThan(x * a0 + b0, l0) | Vector512.LessThan(x * a1 + b1, l1) | Vector512.LessThan(x * a2 + b2, l2) | Vector512.LessThan(x * a3 + b3, l3);
            if (less == Vector512<ulong>.Zero)
                continue;
            Lower(shingles.Slice(i, 1), minima, at);
            Lower(shingles.Slice(i, 1), minima, at + Side);
            (l0, l1, l2, l3) = (Limit(minima, at), Limit(minima, at + 8), Limit(minima, at + 16), Limit(minima, at + 24));
        }
    }

    private Vector512<ulong> A8(int at) => Vector512.LoadUnsafe(ref _a[at]) << 3;

    private Vector512<ulong> B8(int at) => ((Vector512.LoadUnsafe(ref _b[at]) + Vector512<ulong>.One) << 3) + Vector512.Create(Wrap);

    private static Vector512<ulong> Limit(ReadOnlySpan<ulong> minima, int at) =>
        Vector512.Min(Vector512.LoadUnsafe(in minima[at]), Vector512.Create(ulong.MaxValue - Wrap)) + Vector512.Create(Wrap);

    /// <summary>The same as it is defined: the scalar twin of both.</summary>
    internal void MinimaScalar(ReadOnlySpan<ulong> shingles, Span<ulong> minima)
    {
        ulong low = _scheme == SchemeName.Datatrove32 ? uint.MaxValue : ulong.MaxValue;
        minima.Fill(ulong.MaxValue);
        for (int i = 0; i < _functions; i++)
        {
            ulong a = _a[i], b = _b[i], least = ulong.MaxValue;
            foreach (ulong shingle in shingles)
            {
                ulong value = a * shingle + b;
                value = (value & Modulus) + (value >> 61);
                value = Math.Min(value, value - Modulus);
                least = Math.Min(least, value & low);
            }
            minima[i] = least;
        }
    }

    /// <summary>The minimum of the low halves, which has no other way than the value itself.</summary>
    internal void Minima32(ReadOnlySpan<ulong> shingles, Span<ulong> minima)
    {
        ReadOnlySpan<Vector512<ulong>> a = MemoryMarshal.Cast<ulong, Vector512<ulong>>(_a), b = MemoryMarshal.Cast<ulong, Vector512<ulong>>(_b);
        Span<Vector512<ulong>> m = MemoryMarshal.Cast<ulong, Vector512<ulong>>(minima);
        Vector512<ulong> modulus = Vector512.Create(Modulus), low = Vector512.Create((ulong)uint.MaxValue);
        for (int i = 0; i < m.Length; i++)
        {
            Vector512<ulong> a0 = a[i], b0 = b[i], m0 = Vector512.Create(ulong.MaxValue);
            foreach (ulong shingle in shingles)
            {
                Vector512<ulong> value = Vector512.Create(shingle) * a0 + b0;
                value = (value & modulus) + (value >>> 61);
                // The subtraction wraps to a huge number where it is not needed.
                m0 = Vector512.Min(m0, Vector512.Min(value, value - modulus) & low);
            }
            m[i] = m0;
        }
    }

    private ulong[] ShinglesOf(TextView view)
    {
        using var words = new DatatroveWords(_rule == DatatroveRule.English ? EnglishWords.Cut(DatatroveText.Simplify(view.Text)) : view.Text);
        var shingles = new ulong[Math.Max(0, words.Count - _words + 1)];
        // The branches of a hash follow the length: shingles of one length behind each other are hashed two to three times as fast as in their order.
        Span<int> counts = stackalloc int[Longest + 2];
        Span<int> order = stackalloc int[Chunk];
        for (int start = 0; start < shingles.Length; start += Chunk)
        {
            int chunk = Math.Min(Chunk, shingles.Length - start);
            counts.Clear();
            for (int i = start; i < start + chunk; i++)
                counts[Math.Min(words.Length(i, _words), Longest) + 1]++;
            for (int i = 1; i < counts.Length; i++)
                counts[i] += counts[i - 1];
            for (int i = start; i < start + chunk; i++)
                order[counts[Math.Min(words.Length(i, _words), Longest)]++] = i;
            foreach (int i in order[..chunk])
                shingles[i] = HashOf(words[i, _words]);
        }
        return shingles;
    }

    /// <summary>Hash of a shingle, a piece of the text, since words stand one space apart.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "FineWeb's signatures are made with SHA-1; nothing is kept secret or proven by it")]
    private ulong HashOf(ReadOnlySpan<byte> shingle) => _scheme switch
    {
        SchemeName.Datatrove => Hash.Of(shingle),
        SchemeName.Datatrove32 => XxHash32.Of(shingle),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(SHA1.HashData(shingle)),
    };
}
