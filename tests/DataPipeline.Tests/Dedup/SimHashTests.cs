using System.Buffers.Binary;
using System.Numerics;
using DataPipeline.Core;
using DataPipeline.Dedup;
using DataPipeline.Dedup.SimHash;
using DataPipeline.Tests.Filters;

namespace DataPipeline.Tests.Dedup;

public class SimHashTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(1000)]
    public void Majority_RandomHashes_EqualsCountingBitByBit(int count)
    {
        var seed = new Seed((ulong)count);
        var votes = new Fingerprint.Votes();
        ulong[] hashes = [.. Enumerable.Range(0, count).Select(i => seed.Number((ulong)i))];
        foreach (ulong hash in hashes)
            votes.Add(hash);
        ulong expected = 0;
        for (int bit = 0; bit < 64; bit++)
            expected |= 2 * hashes.Count(hash => (hash >> bit & 1) == 1) > count ? 1UL << bit : 0;
        Assert.Equal(expected, votes.Majority());
    }

    [Theory]
    [InlineData("Hello, World: it is 5 o'clock!", "hello world it is 5 oclock")]
    [InlineData("天地玄黄，宇宙洪荒。", "天地玄黄宇宙洪荒")]
    [InlineData("ab", "A-B")]
    public void Of_CaseSpacingAndPunctuation_DoNotCount(string text, string same) => Assert.Equal(Fingerprint.Of(text, 6), Fingerprint.Of(same, 6));

    [Fact]
    public void Of_NoLetter_IsNull() => Assert.Null(Fingerprint.Of("--- !! \ud800", 6));

    /// <summary>The brute-force twin: every pair within the distance shares a key, whatever bits differ.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    [InlineData(3, 4)]
    [InlineData(5, 0)]
    [InlineData(8, 9)]
    public void Sign_PairsWithinTheDistance_ShareAKey(int distance, int blocks)
    {
        var kind = new SimHashDedup(distance: distance, blocks: blocks);
        var seed = new Seed(7);
        for (ulong i = 0; i < 200; i++)
        {
            ulong fingerprint = seed.Number(i), other = fingerprint;
            for (ulong draw = 0; BitOperations.PopCount(other ^ fingerprint) < distance; draw++)
                other = (other & ~(1UL << Bit(i, draw))) | (~fingerprint & (1UL << Bit(i, draw)));
            Assert.NotEmpty(kind.KeysOf(fingerprint).Intersect(kind.KeysOf(other)));
        }

        int Bit(ulong trial, ulong draw) => (int)seed.For(trial).Below(64, draw);
    }

    [Fact]
    public void Execute_EditedTexts_ClustersAreThoseOfAllPairs()
    {
        var seed = new Seed(5);
        Document[] documents = [.. Enumerable.Range(0, 300).Select(i => new Document(new Origin("d", i), string.Join(' ',
            MinHashTests.Edit(MinHashTests.Words(400, seed.For((ulong)i / 3), 3000), i % 3, seed.For((ulong)(1000 + i))))))];
        ulong[] fingerprints = [.. documents.Select(document => Fingerprint.Of(document.Text, 6)!.Value)];
        int[] cluster = [.. Enumerable.Range(0, 300)];
        for (int pass = 0; pass < 5; pass++)
        {
            for (int a = 0; a < 300; a++)
            {
                for (int b = 0; b < 300; b++)
                {
                    if (BitOperations.PopCount(fingerprints[a] ^ fingerprints[b]) <= 5)
                        cluster[a] = cluster[b] = Math.Min(cluster[a], cluster[b]);
                }
            }
        }
        using var run = new DedupRun(("d", [documents[..120], documents[120..]]));
        string[] kept = DedupRun.Kept(run.Execute("{ kinds: [simhash: { distance: 5 }] }"));
        Assert.Equal([.. Enumerable.Range(0, 300).Where(i => cluster[i] == i).Select(i => $"d:d#{i}")], kept);
        Assert.InRange(kept.Length, 90, 250);
    }

    [Fact]
    public void Similarity_Sketches_IsTheShareOfEqualBits()
    {
        var kind = new SimHashDedup();
        byte[] a = kind.Sign(Golden.Document("some words that make a text")).Sketch, b = [.. a];
        BinaryPrimitives.WriteUInt64LittleEndian(b, BinaryPrimitives.ReadUInt64LittleEndian(a) ^ 0b1011);
        Assert.Equal(61 / 64.0, kind.Similarity(a, b));
        Assert.Throws<ArgumentException>(() => new SimHashDedup(distance: 5, blocks: 5));
        Assert.Throws<ArgumentException>(() => new SimHashDedup(distance: 16, blocks: 32));
    }
}
