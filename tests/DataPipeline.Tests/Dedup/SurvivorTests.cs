using DataPipeline.Core;
using DataPipeline.Dedup;

namespace DataPipeline.Tests.Dedup;

public class SurvivorTests
{
    [Theory]
    [InlineData("", "0 4")]
    [InlineData(", keep: longest", "2 4")]
    [InlineData(", keep: newest", "3 4")]
    [InlineData(", keep: highest", "1 4")]
    [InlineData(", keep: highest, keep_by: other", "2 4")]
    [InlineData(", keep: longest, priority: [b]", "3 4")]
    public void Execute_Rules_TheNamedCopyStays(string rule, string kept)
    {
        using var run = new DedupRun(
            ("a", [[Doc(0, "One two", "2001", "-3", "1"), Doc(1, "one TWO ", null, "2.5", null), Doc(2, "one, two!", "2020-02-03T00:00:00Z", "nan", "7")]]),
            ("b", [[Doc(3, "one two", "2020-02-03T01:00:00+00:30", "2.4", null), Doc(4, "other", null, null, null)]]));
        Assert.Equal(kept, string.Join(' ', DedupRun.Kept(run.Execute($"{{ kinds: [exact: {{ normalize: words }}]{rule} }}")).Select(id => id[^1])));
    }

    [Fact]
    public void Of_Numbers_KeepTheirOrder()
    {
        double[] numbers = [double.NegativeInfinity, -1e300, -2, -1.5, -0.0, 0, 1e-300, 3, double.PositiveInfinity];
        long[] values = [.. numbers.Select(number => SurvivorValue.Of(Doc(0, "x", null, number.ToString("R"), null), SurvivorRule.Highest, "score"))];
        Assert.Equal(values.Order(), values);
        Assert.Equal(values[4], values[5]);
        Assert.True(SurvivorValue.Of(Doc(0, "x", null, "no", null), SurvivorRule.Highest, "score") < values[0]);
    }

    [Fact]
    public void Execute_SameId_IsOneDocument()
    {
        using var run = new DedupRun(("a", [[Doc(0, "x", null, "5", null), Doc(1, "y", null, "5", null), Doc(2, "z", null, null, null), Doc(3, "z", null, null, null)]]));
        Assert.Equal("0 2 3", string.Join(' ', DedupRun.Kept(run.Execute("{ kinds: [id: { key: score }] }")).Select(id => id[^1])));
    }

    [Fact]
    public void Execute_VerifiedByTexts_JoinsByExactJaccardAlone()
    {
        // 100 words; two edits far apart change ten of 96 shingles: Jaccard 86 / 106.
        string[] words = MinHashTests.Words(100, new Seed(1), 100_000), edited = [.. words];
        (edited[20], edited[60]) = ("x", "y");
        using var run = new DedupRun(("a", [[Doc(0, string.Join(' ', words), null, null, null), Doc(1, string.Join(' ', edited), null, null, null)], [Doc(2, "", null, null, null)]]));
        string Kinds(string verify) => $"{{ kinds: [minhash: {{ bands: 50, rows: 3, verify: {verify}, verify_exact: true }}] }}";
        Assert.Equal(2, DedupRun.Kept(run.Execute(Kinds("0.811"))).Length);
        Assert.Equal(86.0 / 106, RemovedLedger.Find(run.Folder(), "a:f#1")!.Similarity, 12);
        Assert.Equal(3, DedupRun.Kept(run.Execute(Kinds("0.812"))).Length);
    }

    private static Document Doc(int record, string text, string? date, string? score, string? other)
    {
        var document = new Document(new Origin("f", record), text);
        document = date is null ? document : document.With("date", date);
        document = score is null ? document : document.With("score", score);
        return other is null ? document : document.With("other", other);
    }
}
