using System.Globalization;
using DataPipeline.Runs;
using DataPipeline.Tests.Parquet;

namespace DataPipeline.Tests.Cli;

[Collection(FinishedRunTests.Name)]
public sealed class TokenShardQueryTests(FinishedRun finished)
{
    [OracleFact(Oracle.DuckDb)]
    public void Run_TokenShards_HaveTheRowsAndTokensOfTheirManifest()
    {
        StepManifest manifest = finished.Run.Output("tokens")!.Manifest;
        using var database = new DuckDb();

        string?[] found = database.Query($"""
            select count(*), sum(n_tokens), sum(len(tokens)), max(list_max(tokens))
            from read_parquet('{finished.Run.StepFolder("tokens")}/*.parquet')
            """)[0];

        Assert.True(manifest.Files.Count > 2);
        Assert.Equal(manifest.Files.Sum(file => file.Rows), Number(found[0]));
        Assert.Equal(manifest.Files.Sum(file => file.Tokens), Number(found[1]));
        Assert.Equal(manifest.Sources.Values.Sum(counts => counts.Tokens), Number(found[2]));
        Assert.True(Number(found[3]) < 1000);
    }

    private static long Number(string? text) => long.Parse(text!, CultureInfo.InvariantCulture);
}
