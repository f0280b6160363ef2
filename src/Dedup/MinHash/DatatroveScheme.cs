using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using DataPipeline.Core;

namespace DataPipeline.Dedup.MinHash;

/// <summary>The numbers of datatrove's MinHash with whitespace or English words, so that signatures can be compared with its own: a hash of the shingle's words joined by
/// spaces, then <see cref="DatatroveFunctions"/>, of which the 32-bit form keeps the low half. A text with fewer words than a shingle has no signature.</summary>
/// <param name="words">Words of a shingle.</param>
/// <param name="functions">Number of hash functions.</param>
/// <param name="seed">Seed of the generator that draws them.</param>
/// <param name="scheme">One of the three.</param>
/// <param name="rule">What a word is.</param>
internal sealed class DatatroveScheme(int words, int functions, uint seed, SchemeName scheme, DatatroveRule rule = DatatroveRule.Whitespace) : MinHashScheme
{
    private const int Chunk = 1024;

    /// <summary>Kinds of shingles that are told apart, by bytes or blocks; longer ones are hashed alone or with others of their kind.</summary>
    private const int Kinds = 256;

    private readonly DatatroveFunctions _functions = new(functions, seed);

    public override ulong[] Minima(TextView view)
    {
        ulong[] shingles = ShinglesOf(view);
        return shingles.Length == 0 ? [] : scheme == SchemeName.Datatrove32 ? _functions.Minima32(shingles) : _functions.Minima(shingles);
    }

    /// <summary>The hash of every shingle in an order of its own.</summary>
    public override IEnumerable<ulong> Shingles(TextView view) => ShinglesOf(view);

    // A shingle is a piece of the text, since words stand one space apart. Several of one kind, in length or in blocks, are hashed side by side: they are brought together by
    // counting.
    [SkipLocalsInit]
    private ulong[] ShinglesOf(TextView view)
    {
        using var found = new DatatroveWords(rule == DatatroveRule.English ? EnglishWords.Cut(DatatroveText.Simplify(view.Text)) : view.Text);
        var shingles = new ulong[Math.Max(0, found.Count - words + 1)];
        Span<int> ends = stackalloc int[Kinds + 1];
        Span<int> sorted = stackalloc int[Chunk + Sha1Lanes.Count], lengths = stackalloc int[Chunk + Sha1Lanes.Count];
        ReadOnlySpan<int> starts = found.Starts;
        for (int from = 0; from < shingles.Length; from += Chunk)
        {
            int chunk = Math.Min(Chunk, shingles.Length - from);
            ReadOnlySpan<int> first = starts.Slice(from, chunk), next = starts.Slice(from + words, chunk);
            ends.Clear();
            for (int i = 0; i < first.Length; i++)
                ends[Kind(next[i] - first[i] - 1)]++;
            for (int i = 1; i < ends.Length; i++)
                ends[i] += ends[i - 1];
            for (int i = 0; i < first.Length; i++)
            {
                int length = next[i] - first[i] - 1, place = --ends[Kind(length)];
                (sorted[place], lengths[place]) = (first[i], length);
            }
            // What fills the lanes behind the last shingle.
            sorted[chunk..].Fill(sorted[chunk - 1]);
            lengths[chunk..].Fill(lengths[chunk - 1]);
            Span<ulong> hashes = shingles.AsSpan(from, chunk);
            for (int kind = 0, at = 0; at < chunk; at = ends[++kind])
            {
                if (ends[kind + 1] > at)
                    HashKind(found.Text, kind, sorted[at..], lengths[at..], hashes[at..ends[kind + 1]]);
            }
        }
        return shingles;
    }

    private int Kind(int length) => Math.Min(scheme == SchemeName.DatatroveSha1 ? Sha1Lanes.Blocks(length) : length, Kinds - 1);

    /// <summary>Hashes shingles of one kind; behind the places of the last stand others.</summary>
    private void HashKind(ReadOnlySpan<byte> text, int kind, ReadOnlySpan<int> starts, ReadOnlySpan<int> lengths, Span<ulong> hashes)
    {
        if (scheme == SchemeName.Datatrove && kind < Kinds - 1)
            XxHash64Lanes.Of(text, starts, kind, hashes);
        else if (scheme == SchemeName.DatatroveSha1 && kind < Kinds - 1)
            Sha1Lanes.Of(text, starts, lengths, hashes);
        else
            for (int i = 0; i < hashes.Length; i++)
                hashes[i] = HashOf(text.Slice(starts[i], lengths[i]));
    }

    [SuppressMessage("Security", "CA5350", Justification = "FineWeb's signatures are made with SHA-1; nothing is kept secret or proven by it")]
    private ulong HashOf(ReadOnlySpan<byte> shingle) => scheme switch
    {
        SchemeName.Datatrove => Hash.Of(shingle),
        SchemeName.Datatrove32 => XxHash32.Of(shingle),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(SHA1.HashData(shingle)),
    };
}
