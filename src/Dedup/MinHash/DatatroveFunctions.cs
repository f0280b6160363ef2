using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DataPipeline.Dedup.MinHash;

// A function is ((a x + b) mod 2^64) mod p with p = 2^61 - 1. The n-th shingle of a text lowers a minimum with probability 1 / n, so most shingles only have to
// be passed over. That is told by the highest 16 bits of 8 (a x + b) mod 2^64, from those products of the 16-bit digits of 8 a and x that reach them: seven
// instructions for 32 functions, where 64-bit products take three for 8. The carry from below, at most 5, is left out, and a sum just below p has a value
// below 8: so the 16 bits may be up to 6 too low modulo 2^16, and all are compared 6 higher. What passes is computed as it is defined.

/// <summary>Datatrove's MinHash functions: a and b from a Mersenne Twister, values ((a x + b) mod 2^64) mod (2^61 - 1).</summary>
internal sealed unsafe class DatatroveFunctions
{
    private const ulong Modulus = (1UL << 61) - 1;
    private const int First = 128, Chunk = 256, Half = 16, Slack = 6;

    private readonly int _count, _padded;
    private readonly ulong[] _a, _b;

    /// <summary>The lowest digits of all 8 a, the second, third and highest ones, then the highest of 8 b.</summary>
    private readonly ushort[] _digits;

    /// <param name="count">Number of functions.</param>
    /// <param name="seed">Seed of the generator that draws all a, then all b.</param>
    public DatatroveFunctions(int count, uint seed)
    {
        _count = count;
        _padded = (count + Half - 1) / Half * Half;
        _a = new ulong[_padded];
        _b = new ulong[_padded];
        _digits = new ushort[5 * _padded];
        var random = new MersenneTwister(seed);
        for (int i = 0; i < count; i++)
            _a[i] = random.Between(1, Modulus);
        for (int i = 0; i < count; i++)
            _b[i] = random.Between(0, Modulus);
        for (int i = 0; i < _padded; i++)
        {
            for (int digit = 0; digit < 4; digit++)
                _digits[digit * _padded + i] = (ushort)(8 * _a[i] >> (16 * digit));
            // What pads the last vector never passes: its sum is the highest, its limit 0.
            _digits[4 * _padded + i] = i < count ? (ushort)((8 * _b[i] >> 48) + Slack) : ushort.MaxValue;
        }
    }

    /// <summary>How many functions this machine can pass over at once: 32, 16, or none.</summary>
    internal static IEnumerable<int> Lanes => Avx512BW.IsSupported ? [0, Half, 2 * Half] : Avx2.IsSupported ? [0, Half] : [0];

    /// <summary>Multipliers and summands.</summary>
    public (ulong[] A, ulong[] B) Parameters => (_a[.._count], _b[.._count]);

    /// <summary>The smallest value of each function over one shingle or more.</summary>
    public ulong[] Minima(ReadOnlySpan<ulong> shingles) => Minima(shingles, Avx512BW.IsSupported ? 2 * Half : Avx2.IsSupported ? Half : 0);

    /// <summary>The same with vectors of a number of functions to pass over shingles, or without passing over any.</summary>
    /// <param name="shingles">One or more.</param>
    /// <param name="lanes">32, 16 or 0.</param>
    internal ulong[] Minima(ReadOnlySpan<ulong> shingles, int lanes)
    {
        var minima = new ulong[_padded];
        // While minima still fall often, passing over costs more than it saves.
        int first = lanes > 0 ? Math.Min(First, shingles.Length) : shingles.Length;
        if (!TryMinima(shingles[..first], minima))
            return MinimaScalar(shingles, ulong.MaxValue);
        if (first < shingles.Length)
            LowerRarely(shingles[first..], minima, lanes);
        return minima[.._count];
    }

    /// <summary>The same of the low halves of the values, which cannot be told from the high bits.</summary>
    public ulong[] Minima32(ReadOnlySpan<ulong> shingles)
    {
        var minima = new ulong[_padded];
        Vector512<ulong> modulus = Vector512.Create(Modulus), low = Vector512.Create((ulong)uint.MaxValue);
        for (int i = 0; i < minima.Length; i += Vector512<ulong>.Count)
        {
            Vector512<ulong> a = Vector512.LoadUnsafe(ref _a[i]), b = Vector512.LoadUnsafe(ref _b[i]), m = Vector512.Create(ulong.MaxValue);
            foreach (ulong shingle in shingles)
            {
                Vector512<ulong> value = Vector512.Create(shingle) * a + b;
                value = (value & modulus) + (value >>> 61);
                // The subtraction wraps to a huge number where it is not needed.
                m = Vector512.Min(m, Vector512.Min(value, value - modulus) & low);
            }
            m.StoreUnsafe(ref minima[i]);
        }
        return minima[.._count];
    }

    /// <summary>Both as they are defined: the scalar twin.</summary>
    /// <param name="shingles">One or more.</param>
    /// <param name="low">Bits of a value that count.</param>
    public ulong[] MinimaScalar(ReadOnlySpan<ulong> shingles, ulong low)
    {
        var minima = new ulong[_count];
        for (int i = 0; i < minima.Length; i++)
        {
            ulong least = ulong.MaxValue;
            foreach (ulong shingle in shingles)
                least = Math.Min(least, Value(i, shingle) & low);
            minima[i] = least;
        }
        return minima;
    }

    /// <summary>The smallest value of every function; false where one may be one off.</summary>
    /// <remarks>For v = a x + b + 1 the sum of its low 61 bits and its high 3 bits is the value + 1, or that and p more. With both parts moved up by 3 bits, what is beyond 2^61 - 1
    /// leaves the 64 bits: no comparison. A minimum below 8 may be such a value, one off, about once in 2^57.</remarks>
    private bool TryMinima(ReadOnlySpan<ulong> shingles, Span<ulong> minima)
    {
        Vector512<ulong> one = Vector512<ulong>.One;
        for (int i = 0; i < minima.Length; i += Half)
        {
            Vector512<ulong> a0 = Vector512.LoadUnsafe(ref _a[i]), a1 = Vector512.LoadUnsafe(ref _a[i + 8]), b0 = Vector512.LoadUnsafe(ref _b[i]) + one, b1 = Vector512.LoadUnsafe(ref _b[i + 8]) + one;
            Vector512<ulong> m0 = Vector512<ulong>.AllBitsSet, m1 = m0;
            foreach (ulong shingle in shingles)
            {
                Vector512<ulong> x = Vector512.Create(shingle), v0 = x * a0 + b0, v1 = x * a1 + b1;
                m0 = Vector512.Min(m0, (v0 << 3) + (v0 >>> 58));
                m1 = Vector512.Min(m1, (v1 << 3) + (v1 >>> 58));
            }
            m0.StoreUnsafe(ref minima[i]);
            m1.StoreUnsafe(ref minima[i + 8]);
        }
        bool certain = true;
        foreach (ref ulong minimum in minima[.._count])
        {
            minimum = (minimum >> 3) - 1;
            certain &= minimum is >= 8 and < Modulus;
        }
        return certain;
    }

    /// <summary>Lowers minima by shingles of which few do, with vectors of 32 functions or of 16.</summary>
    [SkipLocalsInit]
    private void LowerRarely(ReadOnlySpan<ulong> shingles, Span<ulong> minima, int lanes)
    {
        Span<ushort> limits = stackalloc ushort[_padded];
        limits.Clear();
        for (int i = 0; i < _count; i++)
            limits[i] = Limit(minima[i]);
        // Each digit of a shingle twice, so that 32 bits are spread over a vector.
        Vector128<ushort>* spread = stackalloc Vector128<ushort>[Chunk];
        fixed (ushort* digits = _digits, limit = limits)
        {
            for (int start = 0; start < shingles.Length; start += Chunk)
            {
                ReadOnlySpan<ulong> chunk = shingles.Slice(start, Math.Min(Chunk, shingles.Length - start));
                for (int i = 0; i < chunk.Length; i++)
                {
                    Vector128<ushort> digit = Vector128.CreateScalar(chunk[i]).AsUInt16();
                    spread[i] = Sse2.UnpackLow(digit, digit);
                }
                int function = 0;
                for (; lanes > Half && function + 2 * Half <= _padded; function += 2 * Half)
                    Lower32(chunk, (uint*)spread, function, digits + function, limit + function, minima);
                for (; function < _padded; function += Half)
                    Lower16(chunk, (uint*)spread, function, digits + function, limit + function, minima);
            }
        }
    }

    private void Lower32(ReadOnlySpan<ulong> shingles, uint* spread, int function, ushort* digits, ushort* limits, Span<ulong> minima)
    {
        Vector512<ushort> a0 = Avx512BW.LoadVector512(digits), a1 = Avx512BW.LoadVector512(digits + _padded), a2 = Avx512BW.LoadVector512(digits + 2 * _padded),
            a3 = Avx512BW.LoadVector512(digits + 3 * _padded), b = Avx512BW.LoadVector512(digits + 4 * _padded), limit = Avx512BW.LoadVector512(limits);
        for (int i = 0; i < shingles.Length; i++, spread += 4)
        {
            Vector512<ushort> x0 = Spread(spread), x1 = Spread(spread + 1), x2 = Spread(spread + 2), x3 = Spread(spread + 3);
            Vector512<ushort> low = Avx512BW.Add(Avx512BW.Add(Avx512BW.MultiplyLow(a0, x3), Avx512BW.MultiplyLow(a1, x2)), Avx512BW.Add(Avx512BW.MultiplyLow(a2, x1), Avx512BW.MultiplyLow(a3, x0)));
            Vector512<ushort> high = Avx512BW.Add(Avx512BW.Add(Avx512BW.MultiplyHigh(a0, x2), Avx512BW.MultiplyHigh(a1, x1)), Avx512BW.Add(Avx512BW.MultiplyHigh(a2, x0), b));
            uint passing = (uint)Avx512BW.CompareLessThanOrEqual(Avx512BW.Add(low, high), limit).ExtractMostSignificantBits();
            if (passing == 0)
                continue;
            Lower(shingles[i], passing, function, limits, minima);
            limit = Avx512BW.LoadVector512(limits);
        }
    }

    private void Lower16(ReadOnlySpan<ulong> shingles, uint* spread, int function, ushort* digits, ushort* limits, Span<ulong> minima)
    {
        Vector256<ushort> a0 = Avx.LoadVector256(digits), a1 = Avx.LoadVector256(digits + _padded), a2 = Avx.LoadVector256(digits + 2 * _padded),
            a3 = Avx.LoadVector256(digits + 3 * _padded), b = Avx.LoadVector256(digits + 4 * _padded), limit = Avx.LoadVector256(limits);
        for (int i = 0; i < shingles.Length; i++, spread += 4)
        {
            Vector256<ushort> x0 = Vector256.Create(spread[0]).AsUInt16(), x1 = Vector256.Create(spread[1]).AsUInt16(), x2 = Vector256.Create(spread[2]).AsUInt16(), x3 = Vector256.Create(spread[3]).AsUInt16();
            Vector256<ushort> low = a0 * x3 + a1 * x2 + (a2 * x1 + a3 * x0), high = Avx2.MultiplyHigh(a0, x2) + Avx2.MultiplyHigh(a1, x1) + (Avx2.MultiplyHigh(a2, x0) + b);
            uint passing = Narrow(Vector256.LessThanOrEqual(low + high, limit)).ExtractMostSignificantBits();
            if (passing == 0)
                continue;
            Lower(shingles[i], passing, function, limits, minima);
            limit = Avx.LoadVector256(limits);
        }
    }

    /// <summary>Lowers the minima of the functions that passed.</summary>
    private void Lower(ulong shingle, uint passing, int function, ushort* limits, Span<ulong> minima)
    {
        for (; passing != 0; passing &= passing - 1)
        {
            int lane = BitOperations.TrailingZeroCount(passing);
            ref ulong minimum = ref minima[function + lane];
            minimum = Math.Min(minimum, Value(function + lane, shingle));
            limits[lane] = Limit(minimum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Value(int function, ulong shingle)
    {
        ulong value = _a[function] * shingle + _b[function];
        value = (value & Modulus) + (value >> 61);
        return Math.Min(value, value - Modulus);
    }

    private static ushort Limit(ulong minimum) => (ushort)Math.Min((minimum >> 45) + Slack, ushort.MaxValue);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> Spread(uint* twice) => Avx512F.BroadcastScalarToVector512(Vector128.CreateScalarUnsafe(*twice)).AsUInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Narrow(Vector256<ushort> mask) => Vector128.Narrow(mask.GetLower(), mask.GetUpper());
}
