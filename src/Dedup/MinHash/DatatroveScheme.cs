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
        int padded = (functions + Vector512<ulong>.Count - 1) / Vector512<ulong>.Count * Vector512<ulong>.Count;
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
        ReadOnlySpan<Vector512<ulong>> a = MemoryMarshal.Cast<ulong, Vector512<ulong>>(_a), b = MemoryMarshal.Cast<ulong, Vector512<ulong>>(_b);
        Span<Vector512<ulong>> m = MemoryMarshal.Cast<ulong, Vector512<ulong>>(minima);
        minima.Fill(ulong.MaxValue);
        for (int start = 0; start < shingles.Length; start += Chunk)
        {
            ReadOnlySpan<ulong> chunk = shingles.Slice(start, Math.Min(Chunk, shingles.Length - start));
            int i = 0;
            for (; i + 2 <= m.Length; i += 2)
            {
                Vector512<ulong> a0 = a[i], a1 = a[i + 1], b0 = b[i] + Vector512<ulong>.One, b1 = b[i + 1] + Vector512<ulong>.One, m0 = m[i], m1 = m[i + 1];
                foreach (ulong shingle in chunk)
                {
                    Vector512<ulong> x = Vector512.Create(shingle), v0 = x * a0 + b0, v1 = x * a1 + b1;
                    m0 = Vector512.Min(m0, (v0 << 3) + (v0 >>> 58));
                    m1 = Vector512.Min(m1, (v1 << 3) + (v1 >>> 58));
                }
                (m[i], m[i + 1]) = (m0, m1);
            }
            for (; i < m.Length; i++)
            {
                Vector512<ulong> m0 = m[i];
                foreach (ulong shingle in chunk)
                {
                    Vector512<ulong> v0 = Vector512.Create(shingle) * a[i] + b[i] + Vector512<ulong>.One;
                    m0 = Vector512.Min(m0, (v0 << 3) + (v0 >>> 58));
                }
                m[i] = m0;
            }
        }
        bool certain = true;
        foreach (ref ulong minimum in minima[.._functions])
        {
            minimum = (minimum >> 3) - 1;
            certain &= minimum is >= 8 and < Modulus;
        }
        return certain;
    }

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

    [SuppressMessage("Security", "CA5350", Justification = "FineWeb's signatures are made with SHA-1; nothing is kept secret or proven by it")]
    private ulong[] ShinglesOf(TextView view)
    {
        using var words = new DatatroveWords(_rule == DatatroveRule.English ? EnglishWords.Cut(DatatroveText.Simplify(view.Text)) : view.Text);
        var shingles = new ulong[Math.Max(0, words.Count - _words + 1)];
        for (int i = 0; i < shingles.Length; i++)
        {
            // Words stand one space apart, so a shingle is a piece of the text.
            ReadOnlySpan<byte> shingle = words[i, _words];
            shingles[i] = _scheme switch
            {
                SchemeName.Datatrove => Hash.Of(shingle),
                SchemeName.Datatrove32 => XxHash32.Of(shingle),
                _ => BinaryPrimitives.ReadUInt64LittleEndian(SHA1.HashData(shingle)),
            };
        }
        return shingles;
    }
}
