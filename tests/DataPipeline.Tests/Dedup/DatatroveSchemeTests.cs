using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using DataPipeline.Core;
using DataPipeline.Dedup.MinHash;

namespace DataPipeline.Tests.Dedup;

public class DatatroveSchemeTests
{
    private const ulong Modulus = (1UL << 61) - 1;

    [Theory]
    [InlineData(112)]
    [InlineData(33)]
    [InlineData(5)]
    [InlineData(1)]
    public void Minima_RandomShingles_EqualScalarTwin(int functions)
    {
        var seed = new Seed(3);
        var family = new DatatroveFunctions(functions, 1);
        foreach (int count in (int[])[1, 2, 127, 128, 129, 513, 3000])
        {
            ulong[] shingles = [.. Enumerable.Range(0, count).Select(i => seed.Number((ulong)i))];
            ulong[] expected = family.MinimaScalar(shingles, ulong.MaxValue);
            foreach (int lanes in DatatroveFunctions.Lanes)
                Assert.Equal(expected, family.Minima(shingles, lanes));
            Assert.Equal(family.MinimaScalar(shingles, uint.MaxValue), family.Minima32(shingles));
        }
    }

    [Theory]
    [InlineData(8, 0)]
    [InlineData(112, 600)]
    public void Minima_ValueAtTheModulus_EqualScalarTwin(int functions, int before)
    {
        // For each sum that the fold has to treat specially, the shingle whose value is just that: the inverse of a is found by Newton's iteration. Behind many
        // others it is one of those that are compared before they are folded.
        var family = new DatatroveFunctions(functions, 1);
        (ulong[] a, ulong[] b) = family.Parameters;
        int function = Array.FindIndex(a, multiplier => (multiplier & 1) == 1);
        ulong inverse = InverseOf(a[function]);
        ulong[] shingles = [.. Enumerable.Range(0, before + 1).Select(i => new Seed(5).Number((ulong)i))];
        for (ulong high = 0; high < 8; high++)
        {
            foreach (ulong low in (ulong[])[0, 1, 2, 9, .. Enumerable.Range(0, 9).Select(i => Modulus - (ulong)i)])
            {
                ulong v = (high << 61) + low;
                shingles[before] = (v - b[function]) * inverse;
                ulong[] expected = family.MinimaScalar(shingles, ulong.MaxValue);
                if (v % Modulus < 100)
                    Assert.Equal(v % Modulus, expected[function]);
                foreach (int lanes in DatatroveFunctions.Lanes)
                    Assert.Equal(expected, family.Minima(shingles, lanes));
            }
        }
    }

    [Fact]
    public void Minima_SumsAroundEachCarry_EqualScalarTwin()
    {
        // Behind 200 shingles those whose sums lie on either side of the least value's highest 16 bits.
        var family = new DatatroveFunctions(8, 1);
        (ulong[] a, ulong[] b) = family.Parameters;
        int function = Array.FindIndex(a, multiplier => (multiplier & 1) == 1);
        ulong inverse = InverseOf(a[function]);
        for (ulong i = 0; i < 1000; i++)
        {
            ulong[] shingles = [.. Enumerable.Range(0, 200).Select(k => new Seed(i).Number((ulong)k)), 0];
            ulong least = family.MinimaScalar(shingles.AsSpan(0, 200), ulong.MaxValue)[function], step = new Seed(i).Number(300) % 1000;
            shingles[200] = ((new Seed(i).Number(301) << 61) + least - step - b[function]) * inverse;
            foreach (int lanes in DatatroveFunctions.Lanes)
                Assert.Equal(family.MinimaScalar(shingles, ulong.MaxValue), family.Minima(shingles, lanes));
        }
    }

    [Fact]
    public void Xx64Of_PiecesOfEveryLength_AreThoseOfOneAlone()
    {
        (byte[] text, int[] starts) = Pieces();
        for (int length = 1; length < 300; length++)
        {
            foreach (int count in (int[])[1, 3, 4, 9])
            {
                var hashes = new ulong[count];
                XxHash64Lanes.Of(text, starts, length, hashes);
                Assert.Equal(starts[..count].Select(start => Hash.Of(text.AsSpan(start, length))), hashes);
            }
        }
    }

    [Fact]
    [SuppressMessage("Security", "CA5350", Justification = "the hash that is tested")]
    public void Sha1Of_PiecesOfEveryLength_AreThoseOfThePlatform()
    {
        (byte[] text, int[] starts) = Pieces();
        for (int length = 1; length < 300; length++)
        {
            // As long as can be with one number of blocks: lengths of lanes differ.
            int[] lengths = [.. starts.Index().Select(piece => Sha1Lanes.Blocks(length + piece.Index) == Sha1Lanes.Blocks(length) ? length + piece.Index : length)];
            foreach (int count in (int[])[1, 8, 11])
            {
                var hashes = new ulong[count];
                Sha1Lanes.Of(text, starts, lengths, hashes);
                Assert.Equal(Enumerable.Range(0, count).Select(i => BinaryPrimitives.ReadUInt64LittleEndian(SHA1.HashData(text.AsSpan(starts[i], lengths[i])))), hashes);
            }
        }
    }

    [Fact]
    public void Shingles_AnyLengths_AreHashesOfTheirBytes()
    {
        // Words of 1 to 4,000 letters, so that shingles of every kind stand side by side, and more than are sorted at a time.
        string[] words = [.. Enumerable.Range(0, 2500).Select(i => new string((char)('a' + i % 26), 1 + (i % 97 == 0 ? i : i % 17)))];
        string[] shingles = [.. Enumerable.Range(0, words.Length - 4).Select(i => string.Join(' ', words[i..(i + 5)]))];
        Assert.Equal(shingles.Select(shingle => Hash.Of(System.Text.Encoding.UTF8.GetBytes(shingle))).Order(), Shingles(SchemeName.Datatrove, words));
        Assert.Equal(shingles.Select(shingle => (ulong)XxHash32.Of(System.Text.Encoding.UTF8.GetBytes(shingle))).Order(), Shingles(SchemeName.Datatrove32, words));
        Assert.Equal(shingles.Select(shingle => FirstOfSha1(System.Text.Encoding.UTF8.GetBytes(shingle))).Order(), Shingles(SchemeName.DatatroveSha1, words));
    }

    private static ulong InverseOf(ulong odd)
    {
        ulong inverse = odd;
        for (int i = 0; i < 6; i++)
            inverse *= 2 - odd * inverse;
        return inverse;
    }

    private static IEnumerable<ulong> Shingles(SchemeName scheme, string[] words) => new DatatroveScheme(5, 8, 1, scheme).Shingles(new TextView(string.Join(' ', words))).Order();

    [SuppressMessage("Security", "CA5350", Justification = "the hash that is tested")]
    private static ulong FirstOfSha1(byte[] bytes) => BinaryPrimitives.ReadUInt64LittleEndian(SHA1.HashData(bytes));

    private static (byte[] Text, int[] Starts) Pieces()
    {
        byte[] text = [.. Enumerable.Range(0, 2000).Select(i => (byte)new Seed(9).Number((ulong)i))];
        return (text, [.. Enumerable.Range(0, 20).Select(i => (int)new Seed(10).Below(1500, (ulong)i))]);
    }
}
