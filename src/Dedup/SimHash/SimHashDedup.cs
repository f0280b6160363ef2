using System.Buffers.Binary;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Dedup.SimHash;

// Two fingerprints that differ in at most d bits agree in at least (blocks - d) of the blocks they are cut into, so each choice of (blocks - d) blocks is a key
// (Manku, Jain, Das Sarma 2007). Every pair of a group is then compared, so no pair within the distance is missed and none beyond it is joined.
// More blocks make more keys of more bits: fewer pairs are compared for nothing.

/// <summary>Removes near-duplicates by SimHash (Charikar 2002): 64-bit fingerprints of character n-grams, of which at most a few bits differ.</summary>
/// <remarks>RedPajama's books have distance 5 with 6-character grams of lower-cased letters and digits. Cheaper to compare than MinHash and less exact: it weighs all of a text, so a long addition hides a copy.</remarks>
[Stage("simhash")]
public sealed class SimHashDedup : DocumentDedup
{
    private const int MostKeys = 1000;

    private readonly int _shingleCharacters, _distance;
    private readonly ulong[] _masks;

    /// <summary>Bound from YAML.</summary>
    /// <param name="shingleCharacters">Characters of a gram; a text with fewer is one gram.</param>
    /// <param name="distance">Most bits of 64 that may differ.</param>
    /// <param name="blocks">Blocks that a fingerprint is cut into, more than the distance; 0 takes distance + 3.</param>
    /// <param name="parts">Roles of the parts to compare; a document without them is kept. Left out: the whole text.</param>
    public SimHashDedup([Range(1, 64)] int shingleCharacters = 6, [Range(0, 16)] int distance = 5, [Range(0, 32)] int blocks = 0, IReadOnlyList<string>? parts = null)
        : base(parts)
    {
        (_shingleCharacters, _distance) = (shingleCharacters, distance);
        int cut = blocks == 0 ? distance + 3 : blocks;
        if (cut <= distance)
            throw new ArgumentException($"must be more than the distance, {distance}", nameof(blocks));
        _masks = Masks(cut, cut - distance);
        if (_masks.Length == 0)
            throw new ArgumentException($"makes more than {MostKeys} keys a document; take fewer", nameof(blocks));
    }

    /// <inheritdoc/>
    public override int SketchBytes => sizeof(ulong);

    /// <inheritdoc/>
    public override double Verify => 1 - _distance / 64.0;

    /// <inheritdoc/>
    public override bool VerifiesAllPairs => true;

    /// <inheritdoc/>
    public override Signature Sign(Document document)
    {
        if (Compared(document) is not { } view || Fingerprint.Of(view.Text, _shingleCharacters) is not { } fingerprint)
            return Signature.None;
        var sketch = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(sketch, fingerprint);
        return new Signature(KeysOf(fingerprint), sketch);
    }

    /// <summary>A key for each choice of blocks.</summary>
    internal UInt128[] KeysOf(ulong fingerprint)
    {
        var keys = new UInt128[_masks.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            ulong masked = fingerprint & _masks[i];
            keys[i] = new UInt128(Seed.Mix(masked ^ Seed.Mix((ulong)i + 1)), Seed.Mix(masked + (ulong)i));
        }
        return keys;
    }

    /// <summary>Share of equal bits.</summary>
    public override double Similarity(ReadOnlySpan<byte> sketch, ReadOnlySpan<byte> other) =>
        1 - BitOperations.PopCount(BinaryPrimitives.ReadUInt64LittleEndian(sketch) ^ BinaryPrimitives.ReadUInt64LittleEndian(other)) / 64.0;

    /// <summary>The bits of every choice of <paramref name="chosen"/> among <paramref name="blocks"/> blocks of nearly equal width; empty when they are too many.</summary>
    private static ulong[] Masks(int blocks, int chosen)
    {
        var masks = new List<ulong>();
        for (ulong choice = 0; choice < 1UL << blocks && masks.Count <= MostKeys; choice = Next(choice, chosen))
        {
            ulong mask = 0;
            for (int block = 0; block < blocks; block++)
            {
                int from = block * 64 / blocks, to = (block + 1) * 64 / blocks;
                if ((choice >> block & 1) != 0)
                    mask |= (ulong.MaxValue >> (64 - (to - from))) << from;
            }
            if (choice != 0)
                masks.Add(mask);
        }
        return masks.Count > MostKeys ? [] : [.. masks];
    }

    /// <summary>The next number with as many bits set (Gosper's hack); from 0 the first.</summary>
    private static ulong Next(ulong choice, int bits)
    {
        if (choice == 0)
            return (1UL << bits) - 1;
        ulong low = choice & (0 - choice), ripple = choice + low;
        return (((ripple ^ choice) >> 2) / low) | ripple;
    }
}
