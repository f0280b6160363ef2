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

    [Fact]
    public void TryMinima_ValueAtTheModulus_IsNotCertain()
    {
        // For each sum that the fold has to treat specially, the shingle whose value is just that: the inverse of a is found by Newton's iteration.
        var scheme = new DatatroveScheme(5, 8, 1, SchemeName.Datatrove);
        (ulong[] a, ulong[] b) = scheme.Parameters;
        int function = Array.FindIndex(a, multiplier => (multiplier & 1) == 1);
        ulong odd = a[function], inverse = odd;
        for (int i = 0; i < 6; i++)
            inverse *= 2 - odd * inverse;
        const ulong Modulus = (1UL << 61) - 1;
        for (ulong high = 0; high < 8; high++)
        {
            for (ulong low = Modulus - 8; low <= Modulus; low++)
            {
                ulong v = (high << 61) + low, shingle = (v - b[function]) * inverse;
                ulong expected = v % Modulus;
                var minima = new ulong[8];
                Assert.True(!scheme.TryMinima([shingle], minima) || minima[function] == expected, $"high {high}, low {low}");
                scheme.MinimaScalar([shingle], minima);
                Assert.Equal(expected, minima[function]);
            }
        }
    }

    private static ulong[] Scalar(SchemeName name, int functions, ulong[] shingles)
    {
        var minima = new ulong[(functions + 7) / 8 * 8];
        new DatatroveScheme(5, functions, 1, name).MinimaScalar(shingles, minima);
        return minima[..functions];
    }

    private static ulong[] Vector(SchemeName name, int functions, ulong[] shingles)
    {
        var minima = new ulong[(functions + 7) / 8 * 8];
        var scheme = new DatatroveScheme(5, functions, 1, name);
        if (name == SchemeName.Datatrove32)
            scheme.Minima32(shingles, minima);
        else
            Assert.True(scheme.TryMinima(shingles, minima));
        return minima[..functions];
    }
}
