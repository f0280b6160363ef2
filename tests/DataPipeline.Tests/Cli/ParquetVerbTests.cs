using System.Text.Json;
using DataPipeline.Parquet;
using DataPipeline.Tests.Parquet;

namespace DataPipeline.Tests.Cli;

public sealed class ParquetVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parquet-verb").FullName;

    public ParquetVerbTests()
    {
        using FileStream stream = File.Create(Path.Combine(_folder, "sample.parquet"));
        SampleFile.Write(stream, new ParquetOptions { KeyValues = [new("made", "here")] }, groups: 2, rows: 50);
        File.WriteAllText(Path.Combine(_folder, "text.parquet"), "this is no Parquet file");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Parquet_Jsonl_AllRowsOfTheChosenColumns()
    {
        (int exit, string output, string error) = CommandLine.Run(_folder, "parquet", "sample.parquet", "--jsonl", "--columns", "text,number");

        Assert.Equal((0, ""), (exit, error));
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal(100, lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            JsonElement row = JsonDocument.Parse(lines[i]).RootElement;
            Assert.Equal(["text", "number"], row.EnumerateObject().Select(property => property.Name));
            Assert.Equal(SampleRow.Make(i).Text, row.GetProperty("text").GetString());
            Assert.Equal(SampleRow.Make(i).Number, row.GetProperty("number").GetInt32());
        }
    }

    [Fact]
    public void Parquet_File_ShowsSchemaGroupsAndFirstRows()
    {
        (int exit, string output, _) = CommandLine.Run(_folder, "parquet", "sample.parquet", "--rows", "2");

        Assert.Equal(0, exit);
        Assert.Contains("100 rows, 2 row groups, written by DataPipeline", output);
        Assert.Contains("  made = here\n", output);
        Assert.Contains("  tokens16: list of\n    element: uint16\n", output);
        Assert.Contains("  text: string?\n", output);
        Assert.Matches(@"number +50 +0 +[\d,]+ +[\d,]+ +zstd +\S+ +pages +-100 +-51\n", output);
        string[] rows = output[(output.IndexOf("first rows\n", StringComparison.Ordinal) + 11)..].TrimEnd('\n').Split('\n');
        Assert.Equal([-100, -99], rows.Select(row => JsonDocument.Parse(row).RootElement.GetProperty("number").GetInt32()));
    }

    [Theory]
    [InlineData(3, "no-such.parquet")]
    [InlineData(3, "text.parquet")]
    [InlineData(3, ".")]
    [InlineData(2, "sample.parquet", "--jsonl", "--columns", "nothing")]
    [InlineData(2, "sample.parquet", "--rows", "-1")]
    public void Parquet_WrongUse_ExitsWithTheDocumentedCode(int expected, params string[] arguments)
    {
        (int exit, string output, string error) = CommandLine.Run(_folder, ["parquet", .. arguments]);

        Assert.Equal((expected, ""), (exit, output));
        Assert.NotEqual("", error);
        Assert.DoesNotContain("   at ", error);
    }
}
