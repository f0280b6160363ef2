using System.Globalization;
using System.Text.RegularExpressions;
using DataPipeline.Core;
using DataPipeline.Dedup;
using DataPipeline.Runs;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tests.Cli;

[Collection(FinishedRunTests.Name)]
public sealed partial class ExplainTests(FinishedRun finished)
{
    [Fact]
    public void Explain_KeptPage_ShowsEveryStageAndItsTokens()
    {
        Document kept = finished.Run.Documents.SelectMany(made => made.Files()).SelectMany(file => DocumentShard.Read(file.Path)).First(document => document.Source == "web");

        string output = Explain(kept.Id);

        Assert.Contains($"document  {kept.Id}\n", output);
        Assert.Contains($"read      {kept.Origin.File}, record {kept.Origin.Record}, byte {kept.Origin.Offset}, ", output);
        Assert.Contains("\nnormalize kept", output);
        Assert.Contains("\ngopher_quality kept", output);
        Assert.Contains("\nkept\n", output);
        Match place = InShard().Match(output);
        Assert.True(place.Success, output);
        using TokenShardReader shard = TokenShardReader.Open(Path.Combine(finished.Folder, place.Groups["shard"].Value));
        TokenDocument row = shard.Read().ElementAt(int.Parse(place.Groups["row"].Value, CultureInfo.InvariantCulture));
        Assert.Equal(kept.Id, row.Id);
        Assert.Equal(row.Tokens.Length, int.Parse(place.Groups["tokens"].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Explain_ByUrl_IsTheSameAsById()
    {
        Document kept = finished.Run.Documents.SelectMany(made => made.Files()).SelectMany(file => DocumentShard.Read(file.Path)).Last(document => document.Source == "web");

        Assert.Equal(Explain(kept.Id), Explain(kept.Metadata["url"]));
    }

    [Fact]
    public void Explain_PageDroppedByAFilter_ShowsReasonNumberAndLimit()
    {
        DroppedDocument dropped = Dropped().First(row => row.Stage == "gopher_quality" && !double.IsNaN(row.Measured));

        string output = Explain(dropped.Name);

        Assert.Contains($"document  {dropped.Id}\n", output);
        Assert.Contains($"gopher_quality dropped: {dropped.Reason}, measured {dropped.Measured:G6}, limit {dropped.Limit:G6}", output);
        Assert.DoesNotContain("\nkept", output);
    }

    [Fact]
    public void Explain_UnreadableRecord_ShowsWhatWasFoundAndWhere()
    {
        DroppedDocument torn = Assert.Single(Dropped(), row => row.Stage == "read");

        string output = Explain(torn.Id);

        Assert.Equal("truncated_gzip", torn.Reason);
        Assert.Contains("read      samples/web/torn.warc.gz, record ", output);
        Assert.Contains("read      dropped: truncated_gzip", output);
    }

    [Fact]
    public void Explain_DocumentRemovedByDedup_ShowsClusterAndSurvivor()
    {
        Removal removal = finished.Run.Output("dedup")!.Files(RemovedLedger.Role).SelectMany(file => RemovedLedger.Read(file.Path)).First();

        string output = Explain(removal.Id);

        Assert.Contains($"dedup     dropped: {removal.Kind}_duplicate, cluster {removal.Cluster}, ", output);
        Assert.Contains($"survivor {removal.Survivor}", output);
        Assert.Contains("\nkept\n", Explain(removal.Survivor));
        Assert.Contains("\ncluster   ", output);
        Assert.Contains("difference by words, - of the survivor, + of this document:", output);
        (int exit, string clusters, string error) = CommandLine.Run(finished.Folder, "explain", "out");
        Assert.True(exit == 0, error);
        Assert.Contains($"survivor {removal.Survivor}\n", clusters);
    }

    [Fact]
    public void Explain_PreferencePair_SaysThatNoShardHasIt() =>
        Assert.Contains("tokens    none: preference pairs stand in no token shard", Explain("preference:samples/preference/pairs.jsonl#0"));

    [Fact]
    public void Explain_FromAnotherFolder_SaysWhereToGo()
    {
        (int exit, _, string error) = CommandLine.Run(Path.GetTempPath(), "explain", finished.Run.Path, "web:samples/web/pages.warc.gz#1");

        Assert.Equal(3, exit);
        Assert.Contains("change to that folder", error);
    }

    [Fact]
    public void Show_FromAnotherFolder_NeedsNoInputFiles()
    {
        (int exit, string output, string error) = CommandLine.Run(Path.GetTempPath(), "show", finished.Run.Path);

        Assert.True(exit == 0, error);
        Assert.Contains("read/truncated_gzip", output);
    }

    [Fact]
    public void Show_ByKey_CountsEveryDocument()
    {
        (int exit, string output, string error) = CommandLine.Run(Path.GetTempPath(), "show", finished.Run.Path, "--by", "charset", "--rows", "1000");

        Assert.True(exit == 0, error);
        Document[] documents = [.. finished.Run.Documents.SelectMany(made => made.Files()).SelectMany(file => DocumentShard.Read(file.Path))];
        IEnumerable<string> expected = documents.CountBy(document => document.Metadata.GetValueOrDefault("charset", "(none)")).Select(pair => $"{pair.Value} {pair.Key}");
        IEnumerable<string> shown = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Replace(",", "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(words => $"{words[0]} {words[^1]}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Explain_NoSuchDocument_Exits3()
    {
        Assert.Equal(3, CommandLine.Run(finished.Folder, "explain", "out", "https://nowhere.example/").ExitCode);
        Assert.Equal(3, CommandLine.Run(finished.Folder, "explain", "out", "web:samples/web/pages.warc.gz#100000").ExitCode);
    }

    private DroppedDocument[] Dropped() => [.. finished.Run.Output("ingest.web")!.Files("dropped").SelectMany(file => DropLedger.Read(file.Path))];

    private string Explain(string document)
    {
        (int exit, string output, string error) = CommandLine.Run(finished.Folder, "explain", "out", document);
        Assert.True(exit == 0, error);
        return output;
    }

    [GeneratedRegex(@"^tokens    (?<tokens>[\d,]+) tokens in (?<shard>\S+), row (?<row>\d+)$", RegexOptions.Multiline)]
    private static partial Regex InShard();
}
