using DataPipeline.Core;
using DataPipeline.Dedup.MinHash;

namespace DataPipeline.Tests.Dedup;

public class DatatroveSchemeTests
{
    [Theory]
    [InlineData(112)]
    [InlineData(5)]
    [InlineData(1)]
    public void Minima_RandomShingles_EqualScalarTwin(int functions)
    {
        var seed = new Seed(3);
        foreach (int count in (int[])[1, 2, 513, 3000])
        {
            ulong[] shingles = [.. Enumerable.Range(0, count).Select(i => seed.Number((ulong)i))];
            Assert.Equal(Scalar(SchemeName.Datatrove, functions, shingles), Vector(SchemeName.Datatrove, functions, shingles));
            Assert.Equal(Scalar(SchemeName.Datatrove32, functions, shingles), Vector(SchemeName.Datatrove32, functions, shingles));
        }
    }

    [Theory]
    [InlineData(8, 0)]
    [InlineData(112, 600)]
    public void TryMinima_ValueAtTheModulus_IsNotCertain(int functions, int before)
    {
        // For each sum that the fold has to treat specially, the shingle whose value is just that: the inverse of a is found by Newton's iteration. Behind many
        // others it is one of those that are compared before they are folded.
        var scheme = new DatatroveScheme(5, functions, 1, SchemeName.Datatrove);
        (ulong[] a, ulong[] b) = scheme.Parameters;
        int function = Array.FindIndex(a, multiplier => (multiplier & 1) == 1);
        ulong odd = a[function], inverse = odd;
        for (int i = 0; i < 6; i++)
            inverse *= 2 - odd * inverse;
        const ulong Modulus = (1UL << 61) - 1;
        ulong[] shingles = [.. Enumerable.Range(0, before + 1).Select(i => new Seed(5).Number((ulong)i))];
        int found = 0;
        for (ulong high = 0; high < 8; high++)
        {
            foreach (ulong low in (ulong[])[0, 1, 2, 9, .. Enumerable.Range(0, 9).Select(i => Modulus - (ulong)i)])
            {
                ulong v = (high << 61) + low;
                shingles[before] = (v - b[function]) * inverse;
                var minima = new ulong[(functions + 15) / 16 * 16];
                var expected = new ulong[112];
                scheme.MinimaScalar(shingles, expected);
                bool certain = scheme.TryMinima(shingles, minima);
                Assert.True(!certain || minima.AsSpan(0, functions).SequenceEqual(expected.AsSpan(0, functions)), $"high {high}, low {low}");
                if (v % Modulus < 100)
                {
                    Assert.Equal(v % Modulus, expected[function]);
                    found += certain ? 1 : 0;
                }
            }
        }
        Assert.InRange(found, 1, 60);
    }

    private static ulong[] Scalar(SchemeName name, int functions, ulong[] shingles)
    {
        var minima = new ulong[(functions + 15) / 16 * 16];
        new DatatroveScheme(5, functions, 1, name).MinimaScalar(shingles, minima);
        return minima[..functions];
    }

    private static ulong[] Vector(SchemeName name, int functions, ulong[] shingles)
    {
        var minima = new ulong[(functions + 15) / 16 * 16];
        var scheme = new DatatroveScheme(5, functions, 1, name);
        if (name == SchemeName.Datatrove32)
            scheme.Minima32(shingles, minima);
        else
            Assert.True(scheme.TryMinima(shingles, minima));
        return minima[..functions];
    }
}
