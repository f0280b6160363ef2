using System.Globalization;
using System.Runtime.CompilerServices;

namespace DataPipeline.Tokens.Patterns;

/// <summary>A set of code points: a bit for each of the 0x110000, so that asking costs one load whatever the set.</summary>
internal sealed class CodePointSet
{
    public const int Limit = 0x110000;
    private readonly ulong[] _bits = new ulong[Limit / 64];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(int point) => (_bits[point >> 6] & (1UL << (point & 63))) != 0;

    public CodePointSet Add(int first, int last)
    {
        for (int point = first; point <= last; point++)
            _bits[point >> 6] |= 1UL << (point & 63);
        return this;
    }

    public CodePointSet Add(int point) => Add(point, point);

    public CodePointSet Remove(int first, int last)
    {
        for (int point = first; point <= last; point++)
            _bits[point >> 6] &= ~(1UL << (point & 63));
        return this;
    }

    public CodePointSet Add(CodePointSet other)
    {
        for (int i = 0; i < _bits.Length; i++)
            _bits[i] |= other._bits[i];
        return this;
    }

    public CodePointSet Intersect(CodePointSet other)
    {
        for (int i = 0; i < _bits.Length; i++)
            _bits[i] &= other._bits[i];
        return this;
    }

    public CodePointSet Invert()
    {
        for (int i = 0; i < _bits.Length; i++)
            _bits[i] = ~_bits[i];
        return this;
    }

    public CodePointSet Copy() => new CodePointSet().Add(this);

    /// <summary>The members in order.</summary>
    public IEnumerable<int> Points()
    {
        for (int i = 0; i < _bits.Length; i++)
        {
            for (ulong word = _bits[i]; word != 0; word &= word - 1)
                yield return i * 64 + System.Numerics.BitOperations.TrailingZeroCount(word);
        }
    }

    /// <summary>Code points of some general categories.</summary>
    public static CodePointSet Of(params ReadOnlySpan<UnicodeCategory> categories)
    {
        uint wanted = 0;
        foreach (UnicodeCategory category in categories)
            wanted |= 1u << (int)category;
        CodePointSet set = new();
        for (int point = 0; point < Limit; point++)
        {
            if ((wanted & (1u << (int)CharUnicodeInfo.GetUnicodeCategory(point))) != 0)
                set._bits[point >> 6] |= 1UL << (point & 63);
        }
        return set;
    }

    /// <summary>Pairs of first and last member.</summary>
    public static CodePointSet OfRanges(params ReadOnlySpan<int> pairs)
    {
        CodePointSet set = new();
        for (int i = 0; i < pairs.Length; i += 2)
            set.Add(pairs[i], pairs[i + 1]);
        return set;
    }
}
