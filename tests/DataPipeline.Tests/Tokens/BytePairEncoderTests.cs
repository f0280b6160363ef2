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

    [Fact]
    public void Encode_ListedMerges_EqualsTheDefinition() => Check(listed: true);

    [Fact]
    public void Encode_AnyConcatenation_EqualsTheDefinition() => Check(listed: false);

    /// <summary>Merges of tokens that are made by later merges.</summary>
    [Fact]
    public void Encode_MergesOutOfOrder_EqualsTheDefinition() => Check(listed: true, shuffled: true);

    private static void Check(bool listed, bool shuffled = false) => Prop.ForAll(Cases.ToArbitrary(), input =>
    {
        (TokenBytes tokens, PairTable pairs, int[] bytes) = Vocabulary(input.Merges, listed);
        if (shuffled)
        {
            PairTable inOrder = pairs;
            pairs = new PairTable(64);
            foreach ((int left, int right, int rank, int merged) in inOrder.ByRank())
                pairs.Set(left, right, rank * 37 % 61, merged);
        }
        List<int> expected = Define(pairs, bytes, input.Text);
        // So small a cache that its entries are replaced all the time.
        EncoderScratch scratch = new(cacheBits: 3);

        IdBuffer heap = new();
        HeapMerger.Encode(pairs, bytes, input.Text, heap);
        Assert.Equal(expected, heap.Ids.ToArray());

        IdBuffer whole = new();
        new BytePairEncoder(tokens, pairs, bytes, wholePieceFirst: false).Encode<WholeScanner>(input.Text, whole, scratch);
        Assert.Equal(expected, whole.Ids.ToArray());

        Assert.Equal(expected, Linear(new BacktrackTable(tokens, pairs, bytes), input.Text, scratch));
        int[] ids = [.. input.Text.Select(value => bytes[value])];
        Assert.Equal(expected, ids[..ScanMerger.Merge(pairs, ids)]);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));

    [Fact]
    public void Encode_WholePieceFirst_TakesTokensThatMergesDoNotReach() => Prop.ForAll(Cases.ToArbitrary(), input =>
    {
        (TokenBytes tokens, PairTable pairs, int[] bytes) = Vocabulary(input.Merges, listed: false);
        BytePairEncoder encoder = new(tokens, pairs, bytes, wholePieceFirst: true);
        EncoderScratch scratch = new(cacheBits: 3);
        for (int id = 0; tokens.Contains(id); id++)
        {
            // As a piece it is itself; as a part of a piece it is what its bytes merge to.
            foreach (byte[] piece in (byte[][])[tokens[id].ToArray(), [.. tokens[id], .. input.Text], [.. input.Text, .. tokens[id]]])
            {
                IdBuffer ids = new();
                encoder.Encode<WholeScanner>(piece, ids, scratch);
                Assert.Equal(tokens.Find(piece) is >= 0 and int whole ? [whole] : Define(pairs, bytes, piece), ids.Ids.ToArray());
            }
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    /// <summary>Steps are at most linear in the length, whatever the text: runs, alternations and random letters, 1 to 64 thousand bytes.</summary>
    [Fact]
    public void Encode_GrowingPieces_TakesLinearSteps()
    {
        int[] merges = [.. Enumerable.Range(0, 40).Select(i => (int)((uint)(i * 2654435761L >> 9) % 5_000))];
        (TokenBytes tokens, PairTable pairs, int[] bytes) = Vocabulary([0, 1, 4, 5, 16, 3, 27, .. merges], listed: true);
        BacktrackTable table = new(tokens, pairs, bytes);
        int longest = Enumerable.Range(0, tokens.Limit).Max(id => tokens[id].Length);
        Func<int, byte>[] texts =
        [
            _ => (byte)'a', i => (byte)('a' + i % 2), i => (byte)('a' + i % 3), i => (byte)('a' + (i % 17 == 0 ? 1 : 0)),
            i => (byte)('a' + (int)((uint)(i * 2654435761L >> 11) % 3)),
        ];
        foreach (Func<int, byte> text in texts)
        {
            for (int length = 1_000; length <= 64_000; length *= 4)
            {
                EncoderScratch scratch = new(cacheBits: 3);
                byte[] piece = [.. Enumerable.Range(0, length).Select(text)];
                Linear(table, piece, scratch);
                // A place is entered once, and tries each prefix of its longest token once.
                Assert.InRange(scratch.Steps, 1, (long)length * longest);
            }
        }
    }

    private static unsafe int[] Linear(BacktrackTable table, byte[] text, EncoderScratch scratch)
    {
        IdBuffer ids = new();
        fixed (byte* start = text)
            table.Encode(start, text.Length, ids, scratch);
        return ids.Ids.ToArray();
    }

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
