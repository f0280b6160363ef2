using System.Runtime.InteropServices;

namespace DataPipeline.Core;

/// <summary>All chance in the project: numbers derived from the run's seed and a name, the same on every machine, thread and .NET version.</summary>
/// <remarks>Splitting by name means that adding one use of chance never changes another.</remarks>
public readonly record struct Seed(ulong Value)
{
    /// <summary>The seed of a named part of the run.</summary>
    public Seed For(string name) => new(Hash.Of(MemoryMarshal.AsBytes(name.AsSpan()), Value));

    /// <summary>The seed of the part with a number.</summary>
    public Seed For(ulong index) => new(Mix(Value ^ Mix(index + 0x9E3779B97F4A7C15UL)));

    /// <summary>The <paramref name="index"/>th number of this seed's sequence, uniform over 64 bits (SplitMix64, Steele et al. 2014).</summary>
    public ulong Number(ulong index) => Mix(Value + (index + 1) * 0x9E3779B97F4A7C15UL);

    /// <summary>The <paramref name="index"/>th number as a fraction, uniform over [0, 1) in steps of 2^-53.</summary>
    public double Fraction(ulong index) => (Number(index) >> 11) * (1.0 / (1UL << 53));

    /// <summary>A whole number in [0, <paramref name="bound"/>), by multiplication of 64-bit numbers (bias below bound / 2^64).</summary>
    public ulong Below(ulong bound, ulong index) => Math.BigMul(Number(index), bound, out _);

    /// <summary>The multipliers of <see cref="Mix"/>, for who mixes several numbers at once.</summary>
    public const ulong Mix1 = 0xBF58476D1CE4E5B9UL, Mix2 = 0x94D049BB133111EBUL;

    /// <summary>The finalizer of SplitMix64: a bijection of 64-bit numbers.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * Mix1;
        z = (z ^ (z >> 27)) * Mix2;
        return z ^ (z >> 31);
    }
}
