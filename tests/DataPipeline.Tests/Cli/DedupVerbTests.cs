using System.IO.Compression;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Dedup;
using DataPipeline.Runs;
using DataPipeline.Tests.Dedup;

namespace DataPipeline.Tests.Cli;

public sealed class DedupVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dedup-verb-").FullName;

    [Fact]
    public void Dedup_ExactOverTwoFiles_KeepsLinesAsTheyWere()
    {
        Write("a.jsonl", """
            {"text":"","id":5}
            { "id": 6,  "text": "" , "more": {"id": 9}}
            broken
            {"id":"x\u00e9","text":"hello","more":[1,{"id":3}]}

            {"more":{"id":1},"id":null,"text":"hel\u006co"}
            """);
        using (var zip = new GZipStream(File.Create(Path.Combine(_folder, "b.jsonl.gz")), CompressionLevel.Fastest))
            zip.Write("{\"id\": \"b1\", \"text\": \"hello\"}\n{\"id\": \"b2\", \"text\": \"new\"}"u8);

        DedupSummary summary = Run("--kind", "exact", "a.jsonl", "b.jsonl.gz");

        Assert.Equal("""
            {"text":"","id":5}
            {"id":"x\u00e9","text":"hello","more":[1,{"id":3}]}
            {"id": "b2", "text": "new"}

            """, Read("kept.jsonl"));
        Assert.Equal("""
            {"id": 6, "survivor": 5, "cluster": 0, "similarity": 1, "kind": "exact"}
            {"id": "a.jsonl#4", "survivor": "x\u00e9", "cluster": 2, "similarity": 1, "kind": "exact"}
            {"id": "b1", "survivor": "x\u00e9", "cluster": 2, "similarity": 1, "kind": "exact"}

            """, Read("removed.jsonl"));
        Assert.Equal((7, 3, 3, 2, 3), (summary.Read, summary.Kept, summary.Removed, summary.Clusters, summary.LargestCluster));
        Assert.Equal(1, summary.Unreadable["bad_json"]);
        Assert.Equal(3, summary.RemovedBy["exact_duplicate"]);
        Assert.False(Directory.Exists(Path.Combine(_folder, "out", "run")));
    }

    [Fact]
    public void Dedup_SettingsFile_BindsKindAndSection()
    {
        Write("a.jsonl", "{\"key\": 1, \"body\": \"some words that are said here\"}\n");
        Write("b.jsonl", "{\"key\": 2, \"body\": \"Some words that are said here!\"}\n");
        Write("s.yaml", "bands: 2\nrows: 2\nshingle_words: 2\npriority: [b.jsonl]\ntext_column: body\nid_column: key\n");
        Run("--kind", "minhash", "--settings", "s.yaml", "a.jsonl", "b.jsonl");
        Assert.Equal("{\"id\": 1, \"survivor\": 2, \"cluster\": 1, \"similarity\": 1, \"kind\": \"minhash\"}\n", Read("removed.jsonl"));

        Write("s.yaml", "\nbandz: 2\nmemory: -1\n");
        (int exit, _, string error) = CommandLine.Run(_folder, "dedup", "a.jsonl", "--kind", "minhash", "--settings", "s.yaml", "--output", "bad");
        Assert.Equal(2, exit);
        Assert.Contains("s.yaml:2:1: `minhash` has no setting `bandz` (did you mean `bands`?)", error);
        Assert.Contains("s.yaml:3:9: `memory` must lie between", error);
        Assert.False(Directory.Exists(Path.Combine(_folder, "bad")));
    }

    [Theory]
    [InlineData("exact", "nowhere.jsonl", "s.yaml", "there is no such file")]
    [InlineData("minhsh", "a.jsonl", "s.yaml", "did you mean `minhash`?")]
    [InlineData("exact,minhash", "a.jsonl", "seed.yaml", "seed.yaml:1:1: `seed` is a setting of which kind?")]
    [InlineData("exact", "a.jsonl", "nowhere.yaml", "nowhere.yaml:1:1: there is no such file")]
    public void Dedup_WrongCommand_Exits2(string kind, string file, string settings, string message)
    {
        Write("a.jsonl", "{\"id\": 1, \"text\": \"x\"}\n");
        Write("s.yaml", "memory: 100\n");
        Write("seed.yaml", "seed: 3\n");
        (int exit, _, string error) = CommandLine.Run(_folder, "dedup", file, "--kind", kind, "--settings", settings, "--output", "out");
        Assert.Contains(message, error);
        Assert.Equal(2, exit);
    }

    [Fact]
    public void Dedup_Lines_WritesTheNewTextIntoItsLine()
    {
        Write("a.jsonl", """
            {"id":"a","text":"line one\nshared line here\nlast one","x":1}
            {"id":"b","more":"\u00e9","text":"shared line here\nnew é line\u0021","y":[2]}
            {"id":"c","text":"Shared line here"}
            """);
        DedupSummary summary = Run("--kind", "lines", "a.jsonl");
        Assert.Equal("""
            {"id":"a","text":"line one\nshared line here\nlast one","x":1}
            {"id":"b","more":"\u00e9","text":"new é line!","y":[2]}

            """, Read("kept.jsonl"));
        Assert.Equal("{\"id\": \"c\", \"survivor\": null, \"cluster\": null, \"similarity\": 1, \"kind\": \"lines\"}\n", Read("removed.jsonl"));
        Assert.Equal("{\"id\": \"b\", \"kind\": \"lines\", \"start\": 0, \"end\": 17}\n{\"id\": \"c\", \"kind\": \"lines\", \"start\": 0, \"end\": 16}\n", Read("edits.jsonl"));
        Assert.Equal((1, 33), (summary.Edited, summary.CutCharacters));
    }

    [Fact]
    public void Dedup_AgainstAnEarlierRun_IsTheRestOfBothTogether()
    {
        Write("a.jsonl", Lines(400, 1));
        Write("b.jsonl", Lines(400, 2));
        string[] kind = ["--kind", "exact,minhash"];
        Assert.Equal(0, CommandLine.Run(_folder, ["dedup", "a.jsonl", .. kind, "--output", "first", "--keep-run"]).ExitCode);
        Run([.. kind, "b.jsonl", "--against", "first"]);
        string[] incremental = File.ReadAllLines(Path.Combine(_folder, "out", "kept.jsonl"));
        Run([.. kind, "a.jsonl", "b.jsonl"]);
        string[] together = File.ReadAllLines(Path.Combine(_folder, "out", "kept.jsonl"));
        Assert.Equal(together.AsEnumerable(), [.. File.ReadAllLines(Path.Combine(_folder, "first", "kept.jsonl")), .. incremental]);
        Assert.NotEmpty(incremental);

        (int exit, _, string error) = CommandLine.Run(_folder, "dedup", "b.jsonl", "--kind", "minhash", "--against", "first", "--output", "out");
        Assert.Equal(2, exit);
        Assert.Contains("were made with other settings", error);
        (exit, _, error) = CommandLine.Run(_folder, "dedup", "b.jsonl", "--kind", "minhash", "--against", "nowhere", "--output", "out");
        Assert.Equal(2, exit);
        Assert.Contains("nowhere holds no keys", error);
    }

    [Fact]
    public void Dedup_Rehydrate_RepeatsTheLineAndNamesTheLargestClusters()
    {
        Write("a.jsonl", string.Concat(Enumerable.Range(0, 5).Select(i => $"{{\"id\": {i}, \"text\": \"often said\"}}\n")) + "{\"id\": 9, \"text\": \"once\"}\n");
        Write("s.yaml", "rehydrate: { 2: 2, 5: 3, 100: 1 }\n");
        DedupSummary summary = Run("--kind", "exact", "--settings", "s.yaml", "a.jsonl");
        Assert.Equal(string.Concat(Enumerable.Repeat("{\"id\": 0, \"text\": \"often said\"}\n", 3)) + "{\"id\": 9, \"text\": \"once\"}\n", Read("kept.jsonl"));
        Assert.Equal((2, 2, 4), (summary.Kept, summary.Copies, summary.Removed));
        Assert.Equal(new TopCluster("exact", 0, 5, "0", "often said"), Assert.Single(summary.TopClusters));
    }

    [Theory]
    [InlineData("dedup.groups", "minhash", "dedup.keys")]
    [InlineData("output", "minhash", "dedup.clusters")]
    [InlineData("dedup.keys", "minhash_exact", "ingest.a.jsonl")]
    public void Dedup_KilledInAStep_ContinuesToTheSameBytes(string step, string kind, string finished)
    {
        Write("a.jsonl", Lines(3000, 1));
        Write("b.jsonl", Lines(3000, 2));
        Write("s.yaml", kind == "minhash" ? "memory: 1\n" : "verify: 0.5\nverify_exact: true\n");
        string[] command = ["dedup", "a.jsonl", "b.jsonl", "--kind", "minhash", "--settings", "s.yaml", "--threads", "1", "--keep-run", "--output"];
        Assert.Equal(0, CommandLine.Run(_folder, [.. command, "whole"]).ExitCode);
        CommandLine.Signal(CommandLine.Kill, _folder, "out/run", step, ".work-*", [.. command, "out"]);
        string[] made = [.. Directory.GetFiles(Path.Combine(_folder, "out", "run", finished), "0*")];
        DateTime[] times = [.. made.Select(File.GetLastWriteTimeUtc)];
        (int exit, _, string error) = CommandLine.Run(_folder, [.. command, "out"]);
        Assert.True(exit == 0, error);
        foreach (string name in (string[])["kept.jsonl", "removed.jsonl", "summary.json"])
            Assert.Equal(FileEntry.Digest(Path.Combine(_folder, "whole", name)), FileEntry.Digest(Path.Combine(_folder, "out", name)));
        Assert.Equal(times, made.Select(File.GetLastWriteTimeUtc));
        Assert.Contains($"{finished}: {(finished == "dedup.keys" ? "2 tasks" : "1 task")}, all done by an earlier run", error);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Lines(int count, ulong number)
    {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            Seed own = new Seed(number).For((ulong)i);
            string[] words = MinHashTests.Words(60, new Seed(own.Below(1000, 0)), 2000);
            text.Append("{\"id\": \"").Append(number).Append('-').Append(i).Append("\", \"text\": \"")
                .AppendJoin(' ', MinHashTests.Edit(words, (int)own.Below(3, 1), own)).Append("\"}\n");
        }
        return text.ToString();
    }

    private DedupSummary Run(params string[] arguments)
    {
        (int exit, string output, string error) = CommandLine.Run(_folder, ["dedup", .. arguments, "--output", "out"]);
        Assert.True(exit == 0, error);
        Assert.Contains("kept", output);
        return ManifestJson.Read<DedupSummary>(Path.Combine(_folder, "out", "summary.json"))!;
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private string Read(string name) => File.ReadAllText(Path.Combine(_folder, "out", name));
}
