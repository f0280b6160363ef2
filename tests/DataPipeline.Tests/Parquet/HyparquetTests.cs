using System.Globalization;
using System.Text.Json;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

public class HyparquetTests
{
    [OracleTheory(Oracle.Hyparquet)]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Gzip)]
    [InlineData(CompressionMethod.Zstd)]
    [InlineData(CompressionMethod.Brotli)]
    public void Write_EveryType_HyparquetReadsEqual(CompressionMethod codec)
    {
        using var file = new TempFile();
        using (FileStream stream = File.Create(file.Path))
            SampleFile.Write(stream, new ParquetOptions { Compression = codec, PageBytes = 4000 }, groups: 2, rows: 400);

        string[] lines = Oracles.RunNode("hyparquet.mjs", Oracles.Npm, file.Path).TrimEnd('\n').Split('\n');
        Assert.Equal(800, lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            SampleRow wanted = SampleRow.Make(i);
            JsonElement found = JsonDocument.Parse(lines[i]).RootElement;
            Assert.Equal(wanted.Number, found.GetProperty("number").GetInt32());
            Assert.Equal(wanted.Maybe?.ToString(CultureInfo.InvariantCulture), found.GetProperty("maybe").GetString());
            Assert.Equal(wanted.Text, found.GetProperty("text").GetString());
            Assert.Equal(wanted.Kind, found.GetProperty("kind").GetString());
            Assert.Equal(Convert.ToHexStringLower(wanted.Blob), found.GetProperty("blob").GetString());
            JsonTwin.AssertEqual(found.GetProperty("tokens16"), wanted.Tokens16.Cast<object?>().ToList(), $"row {i}, tokens16");
            JsonTwin.AssertEqual(found.GetProperty("tokens32"), wanted.Tokens32?.Cast<object?>().ToList(), $"row {i}, tokens32");
            JsonTwin.AssertEqual(found.GetProperty("scores"), wanted.Scores.Cast<object?>().ToList(), $"row {i}, scores");
            JsonTwin.AssertEqual(found.GetProperty("roles"), wanted.Roles.Cast<object?>().ToList(), $"row {i}, roles");
        }
    }
}
