using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

public class ColumnRangeTests
{
    private const int Rows = 800;

    [Theory]
    [InlineData("number", -50, 120)]
    [InlineData("number", 1000, null)]
    [InlineData("number", null, -100L)]
    [InlineData("maybe", 1L << 40, 1L << 41)]
    [InlineData("small", 65000, null)]
    [InlineData("flag", true, true)]
    [InlineData("single", 10.5, 20)]
    [InlineData("real", null, 3.0)]
    [InlineData("text", "n", "日")]
    [InlineData("kind", "plain", "plain")]
    [InlineData("blob", null, null)]
    public void ReadRows_Range_GivesTheRowsThatAScanKeeps(string column, object? min, object? max)
    {
        using var file = new MemoryStream();
        SampleFile.Write(file, new ParquetOptions(), groups: 4, rows: Rows / 4);
        using ParquetReader reader = ParquetReader.Open(file);
        var range = new ColumnRange(column, min, max);
        object?[] wanted = [.. reader.ReadRows().Where(row => range.Keeps(row[column])).Select(row => row["number"])];
        Assert.Equal(wanted, reader.ReadRows([range], ["number"]).Select(row => row["number"]));
        Assert.All(reader.ReadRows([range], ["text"]), row => Assert.Equal(["text"], row.Keys));
        Assert.Equal(wanted, reader.ReadRows([range, new ColumnRange("number", -10_000, null)]).Select(row => row["number"]));
    }

    [Fact]
    public void ReadRows_RangeOfOneGroup_OthersAreNotRead()
    {
        using var file = new MemoryStream();
        SampleFile.Write(file, new ParquetOptions(), groups: 4, rows: Rows / 4);
        byte[] bytes = file.ToArray();
        using (ParquetReader whole = ParquetReader.Open(file))
        {
            // Groups 0, 2 and 3 are destroyed: only one that is not read does no harm.
            foreach (int group in (int[])[0, 2, 3])
            {
                foreach (ColumnMetadata column in whole.Metadata.RowGroups[group].Columns)
                    bytes.AsSpan((int)column.StartOffset, (int)column.CompressedBytes).Fill(0xFF);
            }
        }

        using ParquetReader reader = ParquetReader.Open(new MemoryStream(bytes));
        Assert.Equal(Enumerable.Range(110, 50).Cast<object>(), reader.ReadRows([new ColumnRange("number", 110, 159)]).Select(row => row["number"]));
        Assert.Throws<ParquetException>(() => reader.ReadRows([new ColumnRange("number", 90, 159)]).Count());
    }

    [Fact]
    public void ReadRows_RangeThatDoesNotSuit_Refused()
    {
        using var file = new MemoryStream();
        SampleFile.Write(file, new ParquetOptions(), groups: 1, rows: 10);
        using ParquetReader reader = ParquetReader.Open(file);
        Assert.Throws<ArgumentException>(() => reader.ReadRows([new ColumnRange("nothing", 1, 2)]));
        Assert.Throws<ArgumentException>(() => reader.ReadRows([new ColumnRange("tokens16", 1, 2)]));
        Assert.Throws<ArgumentException>(() => reader.ReadRows([new ColumnRange("text", 1, 2)]).Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void MapRowGroups_AnyThreads_ResultsInFileOrder(int threads)
    {
        using var file = new MemoryStream();
        SampleFile.Write(file, new ParquetOptions(), groups: 8, rows: 50);
        using ParquetReader reader = ParquetReader.Open(file);
        DataField field = reader.Schema.DataFields[0];
        Assert.Equal(Enumerable.Range(-100, 400), reader.MapRowGroups(group => group.Read<int>(field).Values.ToArray(), threads).SelectMany(values => values));
    }
}
