using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DataPipeline.Core;

namespace DataPipeline.Dedup.MinHash;

// A shingle is a 32-bit number x made of its words' hashes; function i is a[i] x + b[i] modulo 2^32 with odd a[i], a bijection, so that no shingle is
// preferred by collisions. Four vectors of functions are held in registers while a chunk of shingles streams past: at 14 x 8 that is 7 multiplications of 16
// lanes a shingle. 64-bit functions were refused: four times the work for values that only have to differ between the shingles of one text.

/// <summary>32-bit affine hash functions over shingles of case-folded words without punctuation, in every script, or of characters.</summary>
/// <param name="words">Words or characters of a shingle; a text with fewer is one shingle.</param>
/// <param name="functions">Number of hash functions.</param>
/// <param name="seed">Where the functions come from.</param>
/// <param name="unit">What a shingle is made of.</param>
internal sealed class FastScheme(int words, int functions, Seed seed, ShingleUnit unit = ShingleUnit.Word) : MinHashScheme
{
    private const ulong Base = 0x9E3779B97F4A7C15;
    private const int Chunk = 1024, Lanes = 8;

    private readonly uint[] _a = Numbers(functions, seed.For("a"), odd: 1);
    private readonly uint[] _b = Numbers(functions, seed.For("b"), odd: 0);

    public override ulong[] Minima(TextView view)
    {
        var minima = new uint[Padded(functions)];
        minima.AsSpan().Fill(uint.MaxValue);
        if (!Scan(view.Text, minima, null))
            return [];
        var values = new ulong[functions];
        for (int i = 0; i < functions; i++)
            values[i] = minima[i];
        return values;
    }

    public override IEnumerable<ulong> Shingles(TextView view)
    {
        var shingles = new List<ulong>();
        Scan(view.Text, [], shingles);
        return shingles;
    }

    /// <summary>Lowers the minima by all shingles of a text, or gathers the shingles' 64-bit hashes; false when the text has no word.</summary>
    [SkipLocalsInit]
    private bool Scan(string text, Span<uint> minima, List<ulong>? all)
    {
        // The last words of a chunk stand before the next, so that a shingle never begins before the array; behind it eight words' room.
        Span<ulong> hashes = stackalloc ulong[words + Chunk + Lanes], mixed = stackalloc ulong[Chunk + Lanes];
        Span<uint> shingles = stackalloc uint[Chunk + Lanes];
        hashes.Clear();
        var scanner = new WordScanner(text);
        var characters = new CharacterScanner(text);
        int before = 0;
        for (int read; (read = unit == ShingleUnit.Word ? scanner.Read(hashes.Slice(words, Chunk)) : characters.Read(hashes.Slice(words, Chunk))) > 0; before = Math.Min(words, before + read))
        {
            // Of the windows that end in these words, those before which there were words enough.
            int first = Math.Max(0, words - 1 - before), count = Math.Max(0, read - first);
            Mix(hashes[(1 + first)..], count, mixed, shingles);
            Lower(shingles[..count], minima);
            all?.AddRange(mixed[..count]);
            hashes.Slice(read, words).CopyTo(hashes);
        }
        if (before > 0 && before < words)
        {
            // Zeros stand before the words of a text with fewer than a shingle.
            Mix(hashes, 1, mixed, shingles);
            Lower(shingles[..1], minima);
            all?.Add(mixed[0]);
        }
        return before > 0;
    }

    /// <summary>Hashes of shingles: their words are digits of a number, which is mixed, and of which the minima take the high half.</summary>
    private void Mix(ReadOnlySpan<ulong> hashes, int count, Span<ulong> mixed, Span<uint> shingles)
    {
        Vector256<ulong> digit = Vector256.Create(Base), mix1 = Vector256.Create(Seed.Mix1), mix2 = Vector256.Create(Seed.Mix2);
        for (int i = 0; i < count; i += Lanes)
        {
            Vector256<ulong> x = Vector256.LoadUnsafe(in hashes[i]), y = Vector256.LoadUnsafe(in hashes[i + Lanes / 2]);
            for (int word = 1; word < words; word++)
            {
                x = x * digit + Vector256.LoadUnsafe(in hashes[i + word]);
                y = y * digit + Vector256.LoadUnsafe(in hashes[i + word + Lanes / 2]);
            }
            (x, y) = ((x ^ (x >>> 30)) * mix1, (y ^ (y >>> 30)) * mix1);
            (x, y) = ((x ^ (x >>> 27)) * mix2, (y ^ (y >>> 27)) * mix2);
            (x, y) = (x ^ (x >>> 31), y ^ (y >>> 31));
            x.CopyTo(mixed[i..]);
            y.CopyTo(mixed[(i + Lanes / 2)..]);
            Vector256.Narrow(x >>> 32, y >>> 32).CopyTo(shingles[i..]);
        }
    }

    /// <summary>Lowers every minimum by a chunk of shingles.</summary>
    internal void Lower(ReadOnlySpan<uint> shingles, Span<uint> minima)
    {
        ReadOnlySpan<Vector512<uint>> a = MemoryMarshal.Cast<uint, Vector512<uint>>(_a), b = MemoryMarshal.Cast<uint, Vector512<uint>>(_b);
        Span<Vector512<uint>> m = MemoryMarshal.Cast<uint, Vector512<uint>>(minima);
        int i = 0;
        for (; i + 4 <= m.Length; i += 4)
        {
            Vector512<uint> a0 = a[i], a1 = a[i + 1], a2 = a[i + 2], a3 = a[i + 3], b0 = b[i], b1 = b[i + 1], b2 = b[i + 2], b3 = b[i + 3];
            Vector512<uint> m0 = m[i], m1 = m[i + 1], m2 = m[i + 2], m3 = m[i + 3];
            foreach (uint shingle in shingles)
            {
                Vector512<uint> x = Vector512.Create(shingle);
                m0 = Vector512.Min(m0, x * a0 + b0);
                m1 = Vector512.Min(m1, x * a1 + b1);
                m2 = Vector512.Min(m2, x * a2 + b2);
                m3 = Vector512.Min(m3, x * a3 + b3);
            }
            (m[i], m[i + 1], m[i + 2], m[i + 3]) = (m0, m1, m2, m3);
        }
        // 14 x 8 functions are seven vectors: the last three side by side too, since one alone waits for its own multiplication.
        for (; i + 2 <= m.Length; i += 2)
        {
            Vector512<uint> a0 = a[i], a1 = a[i + 1], b0 = b[i], b1 = b[i + 1], m0 = m[i], m1 = m[i + 1];
            foreach (uint shingle in shingles)
            {
                Vector512<uint> x = Vector512.Create(shingle);
                m0 = Vector512.Min(m0, x * a0 + b0);
                m1 = Vector512.Min(m1, x * a1 + b1);
            }
            (m[i], m[i + 1]) = (m0, m1);
        }
        for (; i < m.Length; i++)
        {
            Vector512<uint> a0 = a[i], b0 = b[i], m0 = m[i];
            foreach (uint shingle in shingles)
                m0 = Vector512.Min(m0, Vector512.Create(shingle) * a0 + b0);
            m[i] = m0;
        }
    }

    /// <summary>The scalar twin of <see cref="Lower"/>.</summary>
    internal void LowerScalar(ReadOnlySpan<uint> shingles, Span<uint> minima)
    {
        for (int i = 0; i < functions; i++)
        {
            foreach (uint shingle in shingles)
                minima[i] = Math.Min(minima[i], shingle * _a[i] + _b[i]);
        }
    }

    /// <summary>Functions rounded up to whole vectors; what the padding computes is thrown away.</summary>
    internal static int Padded(int functions) => (functions + Vector512<uint>.Count - 1) / Vector512<uint>.Count * Vector512<uint>.Count;

    private static uint[] Numbers(int functions, Seed seed, uint odd)
    {
        var numbers = new uint[Padded(functions)];
        for (int i = 0; i < functions; i++)
            numbers[i] = (uint)(seed.Number((ulong)i) >> 32) | odd;
        return numbers;
    }
}
