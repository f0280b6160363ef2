using System.Buffers;
using System.Runtime.CompilerServices;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Hashes and lengths of every run of words of a text in constant time each.</summary>
/// <remarks>
/// Polynomial hashes modulo the prime 2^61 - 1 (Karp and Rabin 1987): the hash of a concatenation follows from the hashes of its parts, so that all
/// n-grams of all lengths come from one pass over the characters. Two n-grams are equal when their joined characters are, as the published rules
/// compare them; two different ones collide with a chance near length / 2^61. Strings as keys, as the peers use, cost an allocation per n-gram.
/// </remarks>
internal ref struct NGramHashes
{
    private const ulong Prime = (1UL << 61) - 1, Base = 0x1B8E_5C9D_3A47_F261 % Prime;
    private const int TableSize = 4096;
    private static readonly ulong[] Powers = BuildPowers();

    private readonly ulong[] _joined, _spaced;
    private readonly int[] _units, _codePoints;

    public NGramHashes(TextView view, WordRule rule)
    {
        ReadOnlySpan<Slice> words = view.WordsBy(rule);
        Words = words.Length;
        _joined = ArrayPool<ulong>.Shared.Rent(Words + 1);
        _spaced = ArrayPool<ulong>.Shared.Rent(Words + 1);
        _units = ArrayPool<int>.Shared.Rent(Words + 1);
        _codePoints = view.HasSurrogates ? ArrayPool<int>.Shared.Rent(Words + 1) : _units;
        (_joined[0], _spaced[0], _units[0], _codePoints[0]) = (0, 0, 0, 0);
        ulong joined = 0, spaced = 0;
        for (int i = 0; i < words.Length; i++)
        {
            ReadOnlySpan<char> word = view[words[i]];
            ulong hash = 0;
            foreach (char c in word)
                hash = Reduce(Multiply(hash, Base) + c);
            ulong power = Power(word.Length);
            joined = Reduce(Multiply(joined, power) + hash);
            spaced = Reduce(Multiply(Reduce(Multiply(spaced, power) + hash), Base) + ' ');
            _joined[i + 1] = joined;
            _spaced[i + 1] = spaced;
            _units[i + 1] = _units[i] + word.Length;
            if (_codePoints != _units)
                _codePoints[i + 1] = _codePoints[i] + TextView.CountCodePoints(word);
        }
    }

    /// <summary>Number of words.</summary>
    public int Words { get; }

    /// <summary>Hash of n words joined without a space.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong Joined(int first, int n) => Difference(_joined[first + n], _joined[first], _units[first + n] - _units[first]);

    /// <summary>Hash of n words joined with spaces.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong Spaced(int first, int n) => Difference(_spaced[first + n], _spaced[first], _units[first + n] - _units[first] + n);

    /// <summary>Code points of n words without spaces.</summary>
    public readonly int Length(int first, int n) => _codePoints[first + n] - _codePoints[first];

    public readonly void Dispose()
    {
        ArrayPool<ulong>.Shared.Return(_joined);
        ArrayPool<ulong>.Shared.Return(_spaced);
        ArrayPool<int>.Shared.Return(_units);
        if (_codePoints != _units)
            ArrayPool<int>.Shared.Return(_codePoints);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Difference(ulong longer, ulong prefix, int length) => Reduce(longer + Prime - Multiply(prefix, Power(length)));

    // The result is below 2^61 + 7: reduce after adding.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Multiply(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return Reduce((low & Prime) + ((low >> 61) | (high << 3)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Reduce(ulong value)
    {
        ulong less = value - Prime;
        return value >= Prime ? less : value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Power(int exponent) => exponent < TableSize ? Powers[exponent] : LargePower(exponent);

    private static ulong LargePower(int exponent)
    {
        ulong result = 1;
        for (ulong square = Base; exponent != 0; exponent >>= 1, square = Multiply(square, square))
        {
            if ((exponent & 1) != 0)
                result = Multiply(result, square);
        }
        return result;
    }

    private static ulong[] BuildPowers()
    {
        var powers = new ulong[TableSize];
        powers[0] = 1;
        for (int i = 1; i < TableSize; i++)
            powers[i] = Multiply(powers[i - 1], Base);
        return powers;
    }
}
