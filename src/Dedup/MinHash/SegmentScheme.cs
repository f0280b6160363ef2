using DataPipeline.Core;

namespace DataPipeline.Dedup.MinHash;

/// <summary>The functions of <see cref="FastScheme"/> over shingles of units that a segmenter finds.</summary>
/// <param name="units">Units of a shingle; a text with fewer is one shingle.</param>
/// <param name="functions">Number of hash functions.</param>
/// <param name="seed">Where the functions come from.</param>
/// <param name="segmenter">Finds the units.</param>
internal sealed class SegmentScheme(int units, int functions, Seed seed, Segmenter segmenter) : MinHashScheme
{
    private const ulong Base = 0x9E3779B97F4A7C15;

    private readonly FastScheme _functions = new(units, functions, seed);

    public override ulong[] Minima(TextView view)
    {
        ulong[] shingles = ShinglesOf(view);
        if (shingles.Length == 0)
            return [];
        var minima = new uint[FastScheme.Padded(functions)];
        minima.AsSpan().Fill(uint.MaxValue);
        _functions.Lower(Array.ConvertAll(shingles, shingle => (uint)(shingle >> 32)), minima);
        return Array.ConvertAll(minima[..functions], minimum => (ulong)minimum);
    }

    public override IEnumerable<ulong> Shingles(TextView view) => ShinglesOf(view);

    private ulong[] ShinglesOf(TextView view)
    {
        ulong[] found = segmenter.Units(view.Text);
        var shingles = new ulong[found.Length == 0 ? 0 : Math.Max(1, found.Length - units + 1)];
        ulong sum = 0, leaving = 1;
        for (int i = 0; i < units; i++)
            leaving *= Base;
        for (int i = 0; i < found.Length; i++)
        {
            // Ids are small numbers: mixed, so that a sum tells their order and not their size.
            sum = sum * Base + Seed.Mix(found[i] + 1) - (i >= units ? Seed.Mix(found[i - units] + 1) * leaving : 0);
            if (i >= units - 1 || i == found.Length - 1)
                shingles[Math.Max(0, i - units + 1)] = Seed.Mix(sum);
        }
        return shingles;
    }
}
