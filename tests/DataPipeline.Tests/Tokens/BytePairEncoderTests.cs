using DataPipeline.Tokens;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.PreTokenize;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Tokens;

/// <summary>The three ways to merge against the definition, on small random vocabularies where every rule comes into play.</summary>
public sealed class BytePairEncoderTests
{
    private static readonly Gen<(int[] Merges, byte[] Text)> Cases =
        Gen.Choose(0, 10_000).ListOf().SelectMany(merges =>
            Gen.Elements((byte)'a', (byte)'b', (byte)'c').ArrayOf(80).Select(text => (merges.Take(25).ToArray(), text)));

    // Texts are longer than what the piece cache holds, so vocabularies can share one.
    private static readonly EncoderScratch Scratch = new();

    [Fact]
    public void Encode_ListedMerges_EqualsTheDefinition() => Check(listed: true);

    [Fact]
    public void Encode_AnyConcatenation_EqualsTheDefinition() => Check(listed: false);

    private static void Check(bool listed) => Prop.ForAll(Cases.ToArbitrary(), input =>
    {
        (TokenBytes tokens, PairTable pairs, int[] bytes) = Vocabulary(input.Merges, listed);
        List<int> expected = Define(pairs, bytes, input.Text);

        IdBuffer heap = new();
        HeapMerger.Encode(pairs, bytes, input.Text, heap);
        Assert.Equal(expected, heap.Ids.ToArray());

        IdBuffer whole = new();
        new BytePairEncoder(tokens, pairs, bytes, wholePieceFirst: false).Encode<WholeScanner>(input.Text, whole, Scratch);
        Assert.Equal(expected, whole.Ids.ToArray());

        if (BacktrackTable.TryBuild(tokens, pairs, bytes) is { } table)
        {
            IdBuffer linear = new();
            table.Encode(input.Text, linear, Scratch);
            Assert.Equal(expected, linear.Ids.ToArray());
        }
        int[] ids = [.. input.Text.Select(value => bytes[value])];
        Assert.Equal(expected, ids[..ScanMerger.Merge(pairs, ids, out _, out _)]);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    /// <summary>Bytes a, b, c and merges of any two tokens made so far.</summary>
    private static (TokenBytes, PairTable, int[]) Vocabulary(int[] merges, bool listed)
    {
        TokenBytes tokens = new(64);
        int[] bytes = new int[256];
        for (int value = 0; value < 3; value++)
        {
            tokens.Add(value, [(byte)('a' + value)]);
            bytes['a' + value] = value;
        }
        PairTable pairs = new(64);
        int count = 3;
        for (int rank = 0; rank < merges.Length; rank++)
        {
            int left = merges[rank] % count, right = merges[rank] / count % count;
            byte[] merged = [.. tokens[left], .. tokens[right]];
            if (tokens.Find(merged) >= 0 || merged.Length > 40)
                continue;
            tokens.Add(count, merged);
            pairs.Set(left, right, count, count);
            count++;
        }
        if (!listed)
        {
            for (int left = 0; left < count; left++)
            {
                for (int right = 0; right < count; right++)
                {
                    if (tokens.Find([.. tokens[left], .. tokens[right]]) is >= 0 and int id)
                        pairs.Set(left, right, id, id);
                }
            }
        }
        return (tokens, pairs, bytes);
    }

    private static List<int> Define(PairTable pairs, int[] bytes, byte[] text)
    {
        List<int> ids = [.. text.Select(value => bytes[value])];
        while (true)
        {
            int best = -1, least = int.MaxValue, result = -1;
            for (int i = 0; i + 1 < ids.Count; i++)
            {
                if (pairs.TryGet(ids[i], ids[i + 1], out int rank, out int merged) && rank < least)
                    (best, least, result) = (i, rank, merged);
            }
            if (best < 0)
                return ids;
            ids[best] = result;
            ids.RemoveAt(best + 1);
        }
    }
}
