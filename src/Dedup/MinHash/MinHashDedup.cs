using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Dedup.MinHash;

/// <summary>Removes near-duplicates: documents that probably share most of their word shingles (MinHash with banding, Broder 1997; Lee et al. 2022).</summary>
/// <remarks>Two documents of Jaccard similarity s share a band with probability 1 - (1 - s^rows)^bands: 14 bands of 8 rows find 56 % at 0.7, 92 % at 0.8, 99.96 % at 0.9.
/// The cost is one pass over the words and bands x rows multiplications a shingle. Comparing all pairs, the alternative, is quadratic.</remarks>
[Stage("minhash")]
public sealed class MinHashDedup : DocumentDedup
{
    private readonly MinHashScheme _scheme;
    private readonly int _bands, _rows;

    /// <summary>Bound from YAML.</summary>
    /// <param name="shingleWords">Units of a shingle.</param>
    /// <param name="unit">What a shingle is made of: <c>word</c> (characters of scripts without spaces are words), or <c>character</c> of the case-folded text, in which everything
    /// that is no letter or digit is one space. The datatrove schemes have words.</param>
    /// <param name="bands">Bands; a shared band makes two documents candidates.</param>
    /// <param name="rows">Hash functions in a band; more rows ask for more similarity.</param>
    /// <param name="scheme">How words become minima: <c>fast</c>, or <c>datatrove</c>, <c>datatrove32</c> and <c>datatrove_sha1</c>, which give the numbers of that library.</param>
    /// <param name="verify">Least Jaccard similarity that candidates need, estimated by the share of equal signature positions; 0 takes every candidate.</param>
    /// <param name="verifyExact">Computes that similarity from all shingles of the candidates, which are read once more, instead of estimating it.</param>
    /// <param name="seed">Number the hash functions come from.</param>
    /// <param name="parts">Roles of the parts to compare, such as <c>prompt</c>; a document without them is kept. Left out: the whole text;
    /// of preference pairs prompt and answers have to be similar both: what counts is the product of the two similarities.</param>
    /// <param name="segmenter">Finds other units in place of these: <c>{ tokens: { file: cl100k_base.tiktoken } }</c> the tokens of a tokenizer, <c>{ dictionary: { file: dict.txt } }</c>
    /// words of a list for scripts without spaces. With the scheme <c>fast</c>.</param>
    /// <param name="datatroveWords">Words of those schemes: <c>whitespace</c>, or <c>english</c> as spaCy's rules have them, with which FineWeb was made: contractions and units of
    /// measure are parted.</param>
    /// <param name="keepShingles">Keeps the hashes of all shingles with the keys, 8 bytes each, so that a later run can be compared <c>against</c> this one with <c>verify_exact</c>.
    /// Both runs need it.</param>
    public MinHashDedup(
        [Range(1, 64)] int shingleWords = 5, ShingleUnit unit = ShingleUnit.Word, [Range(1, 1024)] int bands = 14, [Range(1, 256)] int rows = 8, SchemeName scheme = SchemeName.Fast,
        [Range(0.0, 1.0)] double verify = 0, bool verifyExact = false, uint seed = 1, IReadOnlyList<string>? parts = null, Segmenter? segmenter = null,
        DatatroveRule datatroveWords = DatatroveRule.Whitespace, bool keepShingles = false) : base(parts)
    {
        if (unit == ShingleUnit.Character && scheme != SchemeName.Fast)
            throw new ArgumentException("`character` goes with the scheme `fast` alone", nameof(unit));
        if (segmenter is not null && (unit != ShingleUnit.Word || scheme != SchemeName.Fast))
            throw new ArgumentException("goes with the scheme `fast` and without `unit`", nameof(segmenter));
        if (verifyExact && verify == 0)
            throw new ArgumentException("needs `verify`, the least similarity", nameof(verifyExact));
        if (datatroveWords != DatatroveRule.Whitespace && scheme == SchemeName.Fast)
            throw new ArgumentException("goes with the datatrove schemes alone", nameof(datatroveWords));
        if (keepShingles && !verifyExact)
            throw new ArgumentException("goes with `verify_exact`, which compares them", nameof(keepShingles));
        _scheme = segmenter is not null ? new SegmentScheme(shingleWords, bands * rows, new Seed(seed), segmenter)
            : scheme == SchemeName.Fast ? new FastScheme(shingleWords, bands * rows, new Seed(seed), unit)
            : new DatatroveScheme(shingleWords, bands * rows, seed, scheme, datatroveWords);
        (VerifiesTexts, KeepsTexts) = (verifyExact, keepShingles);
        // Hashes of words changed once.
        KeyForm = segmenter is null && scheme == SchemeName.Fast && unit == ShingleUnit.Word ? 2 : 1;
        FilesDigest = segmenter?.Fingerprint ?? "";
        Code = segmenter is null ? base.Code : [.. base.Code, segmenter.GetType()];
        _bands = bands;
        _rows = rows;
        Verify = verify;
    }

    /// <inheritdoc/>
    public override string FilesDigest { get; }

    /// <inheritdoc/>
    public override int KeyForm { get; }

    /// <inheritdoc/>
    public override IEnumerable<Type> Code { get; }

    /// <inheritdoc/>
    public override int SketchBytes => _bands * _rows * sizeof(ushort);

    /// <inheritdoc/>
    public override double Verify { get; }

    /// <inheritdoc/>
    public override bool VerifiesTexts { get; }

    /// <inheritdoc/>
    public override bool KeepsTexts { get; }

    /// <summary>The number of shingles of a pair's prompt, 0 for other documents, those shingles, and those of the rest: the hashes of each, once, ascending.</summary>
    public override byte[] Texts(Document document)
    {
        if (Compared(document) is not { } view)
            return [];
        ulong[] prompt = [], rest;
        if (Pair(document) is var (asked, answers) && Distinct(asked) is { Length: > 0 } ofPrompt && Distinct(answers) is { Length: > 0 } ofAnswers)
            (prompt, rest) = (ofPrompt, ofAnswers);
        else
            rest = Distinct(view);
        return MemoryMarshal.AsBytes<ulong>([(ulong)prompt.Length, .. prompt, .. rest]).ToArray();
    }

    /// <summary>Jaccard similarity of two sets of shingles, 0 when one is empty; of pairs the product of those of prompts and answers.</summary>
    public override double TextSimilarity(ReadOnlySpan<byte> texts, ReadOnlySpan<byte> other)
    {
        ReadOnlySpan<ulong> a = MemoryMarshal.Cast<byte, ulong>(texts), b = MemoryMarshal.Cast<byte, ulong>(other);
        if (a.IsEmpty || b.IsEmpty)
            return 0;
        int prompt = (int)a[0], otherPrompt = (int)b[0];
        double similarity = Jaccard(a[(prompt + 1)..], b[(otherPrompt + 1)..]);
        return prompt + otherPrompt == 0 ? similarity : similarity * Jaccard(a.Slice(1, prompt), b.Slice(1, otherPrompt));
    }

    private ulong[] Distinct(TextView view)
    {
        ulong[] shingles = [.. _scheme.Shingles(view)];
        Array.Sort(shingles);
        return [.. shingles.Distinct()];
    }

    private static double Jaccard(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b)
    {
        int common = 0;
        for (int i = 0, j = 0; i < a.Length && j < b.Length;)
        {
            common += a[i] == b[j] ? 1 : 0;
            (i, j) = (a[i] <= b[j] ? i + 1 : i, b[j] <= a[i] ? j + 1 : j);
        }
        return common == 0 ? 0 : (double)common / (a.Length + b.Length - common);
    }

    /// <summary>Probability that two documents of a Jaccard similarity share a band: 1 - (1 - s^rows)^bands.</summary>
    internal static double Found(double similarity, int bands, int rows) => 1 - Math.Pow(1 - Math.Pow(similarity, rows), bands);

    /// <summary>Bands of the minima. Of a pair both minima of a function, of prompt and answers, are one value: it is that of another pair as often as both are, so pairs that only share
    /// a prompt are not candidates.</summary>
    public override Signature Sign(Document document)
    {
        if (Pair(document) is var (prompt, answers) && Minima(prompt) is { Length: > 0 } ofPrompt && Minima(answers) is { Length: > 0 } both)
        {
            for (int i = 0; i < both.Length; i++)
                both[i] = Seed.Mix(both[i] + Seed.Mix(ofPrompt[i] + 1));
            return Cut(both);
        }
        return Compared(document) is { } view && Minima(view) is { Length: > 0 } minima ? Cut(minima) : Signature.None;
    }

    /// <summary>The hash of every shingle, as often as it occurs; of the datatrove schemes in an order of their own.</summary>
    internal IEnumerable<ulong> Shingles(TextView view) => _scheme.Shingles(view);

    /// <summary>The smallest value of every hash function over all shingles, band after band; empty for a text without a shingle.</summary>
    internal ulong[] Minima(TextView view) => _scheme.Minima(view);

    /// <summary>Share of equal positions: the sketch holds the low 16 bits of each minimum, of which unequal ones meet once in 65,536.</summary>
    public override double Similarity(ReadOnlySpan<byte> sketch, ReadOnlySpan<byte> other)
    {
        ReadOnlySpan<ushort> a = MemoryMarshal.Cast<byte, ushort>(sketch), b = MemoryMarshal.Cast<byte, ushort>(other);
        int equal = 0;
        for (int i = 0; i < a.Length; i++)
            equal += a[i] == b[i] ? 1 : 0;
        return a.Length == 0 ? 0 : (double)equal / a.Length;
    }

    private Signature Cut(ulong[] minima)
    {
        var keys = new UInt128[_bands];
        for (int band = 0; band < _bands; band++)
        {
            // The band's number seeds the hash, so that equal rows of different bands do not meet.
            ReadOnlySpan<byte> rows = MemoryMarshal.AsBytes(minima.AsSpan(band * _rows, _rows));
            keys[band] = new UInt128(Hash.Of(rows, 2 * (ulong)band), Hash.Of(rows, 2 * (ulong)band + 1));
        }
        var sketch = new byte[SketchBytes];
        Span<ushort> low = MemoryMarshal.Cast<byte, ushort>(sketch.AsSpan());
        for (int i = 0; i < minima.Length; i++)
            low[i] = (ushort)minima[i];
        return new Signature(keys, sketch);
    }
}

/// <summary>How words become minima.</summary>
public enum SchemeName
{
    /// <summary>32-bit hashes, many at a time; words of every script, without case and punctuation.</summary>
    Fast,

    /// <summary>The numbers of datatrove with 64-bit xxHash.</summary>
    Datatrove,

    /// <summary>The numbers of datatrove with 32-bit xxHash.</summary>
    Datatrove32,

    /// <summary>The numbers of datatrove with the first 64 bits of SHA-1, as FineWeb has them.</summary>
    DatatroveSha1,
}

/// <summary>What a word is in datatrove's form of a text.</summary>
public enum DatatroveRule
{
    /// <summary>What stands between white space.</summary>
    Whitespace,

    /// <summary>The same by spaCy's rules for English.</summary>
    English,
}

/// <summary>What a shingle is made of.</summary>
public enum ShingleUnit
{
    /// <summary>Words without case and punctuation; each character of a script without spaces is one.</summary>
    Word,

    /// <summary>Characters.</summary>
    Character,
}

/// <summary>A family of hash functions over the shingles of a text.</summary>
internal abstract class MinHashScheme
{
    /// <summary>The smallest value of every function over all shingles; empty for a text without one.</summary>
    public abstract ulong[] Minima(TextView view);

    /// <summary>The hash of every shingle, in any order.</summary>
    public abstract IEnumerable<ulong> Shingles(TextView view);
}
