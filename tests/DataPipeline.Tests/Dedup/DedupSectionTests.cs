using DataPipeline.Core;
using DataPipeline.Dedup;
using DataPipeline.Dedup.MinHash;
using DataPipeline.Runs;

namespace DataPipeline.Tests.Dedup;

public class DedupSectionTests
{
    private const string Both = "{ kinds: [exact, minhash] }";

    [Fact]
    public void Execute_CopiesAcrossSources_PriorityThenOrderSurvives()
    {
        using var run = new DedupRun(
            ("web", [[Doc("w", 0, "alpha beta"), Doc("w", 1, "gamma")], [Doc("w", 2, "alpha beta")]]),
            ("code", [[Doc("c", 0, "gamma"), Doc("c", 1, "delta")]]),
            ("books", [[Doc("b", 0, "alpha beta"), Doc("b", 1, "alpha beta")]]));
        Assert.Equal(["web:w#0", "web:w#1", "code:c#1"], DedupRun.Kept(run.Execute("{ kinds: exact }")));
        Run preferred = run.Execute("{ kinds: exact, priority: [books, code] }");
        Assert.Equal(["code:c#0", "code:c#1", "books:b#0"], DedupRun.Kept(preferred));

        IReadOnlyDictionary<string, SourceCounts> counts = preferred.Output("dedup").Manifest.Sources;
        Assert.Equal((3, 0, 3), (counts["web"].Read, counts["web"].Kept, counts["web"].Dropped["dedup/exact_duplicate"]));
        Assert.Equal((2, 1, 10), (counts["books"].Read, counts["books"].Kept, counts["books"].Characters));
        Assert.Equal(new Removal("web:w#2", "exact", 5, "books:b#0", 1), RemovedLedger.Find(run.Folder(), "web:w#2"));
        Assert.Null(RemovedLedger.Find(run.Folder(), "code:c#0"));
        Assert.Equal("dedup: 3 of 7 documents stay, 4 exact_duplicate", Summary(run, preferred));
    }

    [Fact]
    public void Execute_NearDuplicates_ReasonsAndSimilarityAreTold()
    {
        string[] words = MinHashTests.Words(300, new Seed(1), 5000);
        string original = string.Join(' ', words), copy = original, edited = string.Join(' ', MinHashTests.Edit(words, 3, new Seed(2)));
        using var run = new DedupRun(("web", [[Doc("w", 0, original), Doc("w", 1, edited), Doc("w", 2, copy), Doc("w", 3, "other words"), Doc("w", 4, "")]]));
        Run done = run.Execute(Both);
        Assert.Equal(["web:w#0", "web:w#3", "web:w#4"], DedupRun.Kept(done));
        Assert.Equal("exact", RemovedLedger.Find(run.Folder(), "web:w#2")!.Kind);
        Removal near = RemovedLedger.Find(run.Folder(), "web:w#1")!;
        Assert.Equal(("minhash", "web:w#0", 0L), (near.Kind, near.Survivor, near.Cluster));
        Assert.InRange(near.Similarity, 0.75, 0.999);
        Assert.Equal(1, done.Output("dedup.clusters").Manifest.Fact("minhash_cluster_sizes")!.Value.GetProperty("2").GetInt64());
        Assert.Equal(["web:w#0", "web:w#1", "web:w#3", "web:w#4"], DedupRun.Kept(run.Execute("{ kinds: [exact, minhash: { verify: 1.0 }] }")));
    }

    [Fact]
    public void Execute_AnyThreadsBatchesAndTasks_SameBytes()
    {
        using DedupRun run = Corpus();
        run.Execute(Both, "one", threads: 1);
        string expected = run.Digests("one");
        Assert.Contains("removed-00002.parquet", expected);
        run.Execute(Both, "three", threads: 3, batch: 7);
        Assert.Equal(expected, run.Digests("three"));
        // Another memory bound may make other tasks; the documents that stay and the ledger are the same, though the manifest names the setting nowhere.
        run.Execute("{ kinds: [exact, minhash], memory: 1 }", "small");
        Assert.Equal(expected, run.Digests("small"));
        Assert.True(Directory.GetFiles(Path.Combine(run.Folder("small"), "dedup.groups"), "*.groups").Length > 2, "1 MB should need several tasks");
    }

    [Fact]
    public void Execute_StoppedAnywhere_ContinuesToTheSameBytes()
    {
        using DedupRun run = Corpus(documents: 60);
        run.Execute(Both, "whole");
        string expected = run.Digests("whole");
        for (int stop = 1; stop < 5000; stop += 97)
        {
            int calls = 0;
            using var cancel = new CancellationTokenSource();
            bool stopped = false;
            try
            {
                run.Execute(Both, "broken", observer: new DedupRun.Observer(_ =>
                {
                    if (++calls == stop)
                        throw new TimeoutException("stopped here by the test");
                }), cancel: cancel.Token);
            }
            catch (TimeoutException)
            {
                stopped = true;
            }
            if (!stopped)
                break;
        }
        var begun = new List<string>();
        run.Execute(Both, "broken", observer: new DedupRun.Observer(line => begun.Add(line)));
        Assert.Equal(expected, run.Digests("broken"));
        Assert.Equal(["dedup.keys 4/4", "dedup.groups 1/1", "dedup.clusters 1/1", "dedup 4/4"], begun.Where(line => line.Length > 0));
    }

    [Fact]
    public void Plan_UnknownSource_SuggestsTheNearest()
    {
        using var run = new DedupRun(("web", [[Doc("w", 0, "a")]]), ("books", [[Doc("b", 0, "b")]]));
        string message = Assert.Throws<ConfigurationException>(() => run.Plan("{ kinds: [exact, minhsh], priority: [boks, books, books] }")).Message;
        Assert.Contains("pipeline.yaml:3:", message);
        Assert.Contains("did you mean `minhash`?", message);
        message = Assert.Throws<ConfigurationException>(() => run.Plan("{ kinds: [exact], priority: [boks, books, books] }")).Message;
        Assert.Contains("there is no source `boks` (did you mean `books`?)", message);
        Assert.Contains("`priority` names `books` twice", message);
        Assert.Contains("names none", Assert.Throws<ConfigurationException>(() => run.Plan("{ kinds: [] }")).Message);
    }

    [Fact]
    public void Execute_EmptyShards_StayEmpty()
    {
        using var run = new DedupRun(("web", [[], [Doc("w", 0, "a")], []]), ("code", [[], [Doc("c", 0, "a")]]));
        Assert.Equal(["web:w#0"], DedupRun.Kept(run.Execute(Both)));
        Assert.Equal("web:w#0", RemovedLedger.Find(run.Folder(), "code:c#0")!.Survivor);
    }

    /// <summary>Three sources of four shards with planted copies and edits, within and across sources.</summary>
    private static DedupRun Corpus(int documents = 400)
    {
        var seed = new Seed(9);
        Document[] Shard(string file, int number) => [.. Enumerable.Range(0, documents).Select(i =>
        {
            Seed own = seed.For(file).For((ulong)(number * documents + i));
            string[] words = MinHashTests.Words(60, seed.For(own.Below((ulong)documents, 0)), 2000);
            return Doc(file, number * documents + i, string.Join(' ', MinHashTests.Edit(words, (int)own.Below(3, 1), own)));
        })];
        return new DedupRun(("web", [Shard("w", 0), Shard("w", 1)]), ("books", [Shard("b", 0)]), ("code", [Shard("c", 0)]));
    }

    private static string Summary(DedupRun run, Run done) =>
        string.Join('\n', run.Plan("{ kinds: exact }").Steps.Single(step => step.Name == "dedup").Summary(done.Output("dedup").Manifest));

    private static Document Doc(string file, long record, string text) => new(new Origin(file, record), text);
}
