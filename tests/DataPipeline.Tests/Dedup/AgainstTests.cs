using DataPipeline.Core;
using DataPipeline.Dedup;

namespace DataPipeline.Tests.Dedup;

public class AgainstTests
{
    private const string Verified = "kinds: [exact, minhash: { bands: 30, rows: 4, verify: 0.6, verify_exact: true, keep_shingles: true }]";

    /// <summary>Dumps one after another keep what one run over all of them keeps.</summary>
    [Theory]
    [InlineData("kinds: [exact, minhash]")]
    [InlineData(Verified)]
    [InlineData("kinds: [exact: { normalize: words }, minhash: { verify: 0.5 }], keep: longest")]
    public void Execute_ThreeDumpsInAChain_EqualsOneRun(string settings)
    {
        Document[][] dumps = [Dump(0), Dump(1), Dump(2)];
        using DedupRun a = new(("a", [dumps[0]])), b = new(("b", [dumps[1]])), c = new(("c", [dumps[2]])), all = new(("a", [dumps[0]]), ("b", [dumps[1]]), ("c", [dumps[2]]));
        string[] first = DedupRun.Kept(a.Execute($"{{ {settings} }}"));
        string[] second = DedupRun.Kept(b.Execute($"{{ {settings}, against: ['{a.Folder()}'] }}"));
        string[] third = DedupRun.Kept(c.Execute($"{{ {settings}, against: ['{a.Folder()}', '{b.Folder()}'] }}"));
        string[] together = DedupRun.Kept(all.Execute($"{{ {settings}, priority: [a, b, c] }}"));
        Assert.Equal(together.AsEnumerable(), [.. first, .. second, .. third]);
        Assert.InRange(second.Length, 50, 149);
        Assert.InRange(third.Length, 20, second.Length);
        // Survivors lie in the dump where they were first seen, and are named as there.
        string[] survivors = [.. RemovedLedger.All(new DataPipeline.Runs.RunFolder(c.Folder())).Select(row => row.Survivor[..1])];
        Assert.All((string[])["a", "b", "c"], dump => Assert.Contains(dump, survivors));
    }

    /// <summary>What one run over all would join through a later document is already there twice: nothing that was kept is taken back.</summary>
    [Fact]
    public void Execute_LaterDocumentBetweenTwoEarlier_BothStay()
    {
        string[] words = MinHashTests.Words(300, new Seed(3), 100_000);
        string Part(int from) => string.Join(' ', words.AsSpan(from, 200).ToArray());
        const string Settings = "kinds: [minhash: { bands: 60, rows: 3, verify: 0.5 }]";
        using DedupRun a = new(("a", [[Doc(0, Part(0)), Doc(1, Part(80))]])), b = new(("b", [[Doc(2, Part(40))]])), all = new(("a", [[Doc(0, Part(0)), Doc(1, Part(80)), Doc(2, Part(40))]]));
        Assert.Equal(2, DedupRun.Kept(a.Execute($"{{ {Settings} }}")).Length);
        Assert.Empty(DedupRun.Kept(b.Execute($"{{ {Settings}, against: ['{a.Folder()}'] }}")));
        Assert.Single(DedupRun.Kept(all.Execute($"{{ {Settings} }}")));
    }

    /// <summary>Documents of the other corpus are compared with and never written, nor removed.</summary>
    [Fact]
    public void Execute_AgainstAnotherCorpus_DoesNotMergeThem()
    {
        using DedupRun tests = new(("tests", [[Doc(0, "a question"), Doc(1, "another one"), Doc(2, "a question")]])), corpus = new(("web", [[Doc(0, "another one"), Doc(1, "something new"), Doc(2, "something new")]]));
        Assert.Equal(2, DedupRun.Kept(tests.Execute("{ kinds: [exact] }")).Length);
        DataPipeline.Runs.Run run = corpus.Execute($"{{ kinds: [exact], against: ['{tests.Folder()}'] }}");
        Assert.Equal(["web:f#1"], DedupRun.Kept(run));
        Assert.Equal("tests:f#1", RemovedLedger.Find(corpus.Folder(), "web:f#0")!.Survivor);
        Assert.Equal(["web"], run.Output("dedup").Manifest.Sources.Keys);
    }

    [Fact]
    public void Execute_VerifiedAgainst_SimilarityIsExact()
    {
        string[] words = MinHashTests.Words(100, new Seed(1), 100_000), edited = [.. words];
        (edited[20], edited[60]) = ("x", "y");
        using DedupRun a = new(("a", [[Doc(0, string.Join(' ', words))]])), b = new(("b", [[Doc(0, string.Join(' ', edited)), Doc(1, "short")]]));
        a.Execute($"{{ {Verified} }}");
        b.Execute($"{{ {Verified}, against: ['{a.Folder()}'] }}");
        Assert.Equal(86.0 / 106, RemovedLedger.Find(b.Folder(), "b:f#0")!.Similarity, 12);
        // What is kept with the keys gives the same as reading candidates once more.
        using DedupRun both = new(("a", [[Doc(0, string.Join(' ', words))]]), ("b", [[Doc(0, string.Join(' ', edited)), Doc(1, "short")]]));
        both.Execute($"{{ {Verified.Replace(", keep_shingles: true", "")} }}");
        Assert.Equal(86.0 / 106, RemovedLedger.Find(both.Folder(), "b:f#0")!.Similarity, 12);
    }

    [Fact]
    public void Plan_VerifyExactWithoutShingles_SaysWhatToDo()
    {
        const string Settings = "kinds: [minhash: { verify: 0.6, verify_exact: true }]";
        using DedupRun a = new(("a", [[Doc(0, "x")]])), b = new(("b", [[Doc(0, "x")]]));
        a.Execute($"{{ {Settings} }}");
        Assert.Contains("`keep_shingles: true`", Assert.Throws<ConfigurationException>(() => b.Plan($"{{ {Settings}, against: ['{a.Folder()}'] }}")).Message);
        Assert.Contains("`keep_shingles`: goes with `verify_exact`", Assert.Throws<ConfigurationException>(() => b.Plan("{ kinds: [minhash: { keep_shingles: true }] }")).Message);
    }

    /// <summary>Keys of before a change of what they are made of are not compared with.</summary>
    [Fact]
    public void Plan_IndexOfAnotherKeyForm_IsRefused()
    {
        using DedupRun a = new(("a", [[Doc(0, "x")]])), b = new(("b", [[Doc(0, "x")]]));
        a.Execute("{ kinds: [minhash] }");
        string manifest = Path.Combine(a.Folder(), "dedup.keys", "manifest.json"), text = File.ReadAllText(manifest);
        Assert.Contains(" keys of form 2", text);
        File.WriteAllText(manifest, text.Replace(" keys of form 2", ""));
        Assert.Contains("keys of form 2", Assert.Throws<ConfigurationException>(() => b.Plan($"{{ kinds: [minhash], against: ['{a.Folder()}'] }}")).Message);
    }

    /// <summary>Half of a dump are pages of their own, half come back from a stock with few changes.</summary>
    private static Document[] Dump(int number) => [.. Enumerable.Range(0, 150).Select(i =>
    {
        Seed own = new Seed(7).For((ulong)(number * 1000 + i));
        Seed page = own.Below(2, 0) == 0 ? own : new Seed(8).For(own.Below(100, 1));
        return Doc(number * 1000 + i, string.Join(' ', MinHashTests.Edit(MinHashTests.Words(150, page, 5000), (int)own.Below(3, 2), own)));
    })];

    private static Document Doc(int record, string text) => new(new Origin("f", record), text);
}
