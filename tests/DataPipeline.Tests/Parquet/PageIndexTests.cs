using System.Globalization;
using System.Text.Json;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

public class PageIndexTests
{
    [Fact]
    public void ReadPageIndex_EveryColumn_PagesHoldTheRowsAndBoundsTheyClaim()
    {
        using var file = new MemoryStream();
        SampleFile.Write(file, new ParquetOptions { PageBytes = 1500 }, groups: 2, rows: 900);
        using ParquetReader reader = ParquetReader.Open(file);
        for (int group = 0; group < 2; group++)
        {
            int first = group * 900;
            foreach (DataField field in reader.Schema.DataFields)
                Assert.NotNull(reader.RowGroups[group].ReadPageIndex(field));
            IReadOnlyList<PageLocation> numbers = reader.RowGroups[group].ReadPageIndex(reader.Schema.DataFields[0])!;
            Assert.True(numbers.Count > 1);
            for (int i = 0; i < numbers.Count; i++)
            {
                long end = i + 1 < numbers.Count ? numbers[i + 1].FirstRow : 900;
                Assert.Equal(first + numbers[i].FirstRow - 100, BitConverter.ToInt32(numbers[i].Statistics!.Min));
                Assert.Equal(first + end - 1 - 100, BitConverter.ToInt32(numbers[i].Statistics!.Max));
            }

            IReadOnlyList<PageLocation> tokens = reader.RowGroups[group].ReadPageIndex(reader.Schema.FindDataField("tokens16"))!;
            for (int i = 0; i < tokens.Count; i++)
            {
                int start = (int)tokens[i].FirstRow, end = i + 1 < tokens.Count ? (int)tokens[i + 1].FirstRow : 900;
                ushort[][] lists = [.. Enumerable.Range(first + start, end - start).Select(row => SampleRow.Make(row).Tokens16)];
                Assert.Equal(lists.SelectMany(list => list).Max(), BitConverter.ToInt32(tokens[i].Statistics!.Max));
                Assert.Equal(lists.Count(list => list.Length == 0), tokens[i].Statistics!.NullCount);
            }
        }
    }

    [OracleFact(Oracle.Hyparquet)]
    public void Write_PageIndex_HyparquetReadsTheSame()
    {
        using var file = new TempFile();
        using (FileStream stream = File.Create(file.Path))
            SampleFile.Write(stream, new ParquetOptions { PageBytes = 2000 }, groups: 2, rows: 700);
        using ParquetReader reader = ParquetReader.Open(file.Path);
        string[] lines = Oracles.RunNode("page-index.mjs", Oracles.Npm, file.Path).TrimEnd('\n').Split('\n');
        Assert.Equal(2 * reader.Schema.DataFields.Count, lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            JsonElement found = JsonDocument.Parse(lines[i]).RootElement;
            DataField field = reader.Schema.DataFields[i % reader.Schema.DataFields.Count];
            IReadOnlyList<PageLocation> wanted = reader.RowGroups[i / reader.Schema.DataFields.Count].ReadPageIndex(field)!;
            Assert.Equal(field.ToString(), found.GetProperty("column").GetString());
            Assert.Equal(
                wanted.Select(page => $"{page.Offset} {page.Bytes} {page.FirstRow}"),
                found.GetProperty("pages").EnumerateArray().Select(page => $"{page.GetProperty("offset")} {page.GetProperty("compressed_page_size")} {page.GetProperty("first_row_index")}"));
            JsonElement bounds = found.GetProperty("bounds");
            Assert.Equal(wanted.Select(page => page.IsAllNull), bounds.GetProperty("null_pages").EnumerateArray().Select(value => value.GetBoolean()));
            Assert.Equal(
                wanted.Select(page => page.Statistics!.NullCount!.Value.ToString(CultureInfo.InvariantCulture)),
                bounds.GetProperty("null_counts").EnumerateArray().Select(value => value.ToString()));
            if (field.ToString() is "number" or "maybe")
            {
                Assert.Equal("ASCENDING", bounds.GetProperty("boundary_order").GetString());
                Assert.Equal(
                    wanted.Where(page => !page.IsAllNull).Select(page => field.PhysicalType == PhysicalType.Int32 ? BitConverter.ToInt32(page.Statistics!.Min) : BitConverter.ToInt64(page.Statistics!.Min)),
                    bounds.GetProperty("min_values").EnumerateArray().Select(value => long.Parse(value.ToString(), CultureInfo.InvariantCulture)));
            }
        }
    }
}
