using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

/// <summary>What is read of a file and what is not: ranges of rows by pages and Bloom filters, sources that are read by ranges, offsets beyond 2 GiB.</summary>
public class RangeReadTests
{
    private const int Rows = 3000;

    [Theory]
    [InlineData(-100, -100)]
    [InlineData(0, 5)]
    [InlineData(500, 1499)]
    [InlineData(1398, 1402)]
    [InlineData(2899, 5000)]
    [InlineData(-100, 5000)]
    [InlineData(5000, 6000)]
    public void ReadRows_RangeOfSortedColumn_EqualsTheFullRead(int min, int max)
    {
        byte[] file = Sample(out _);
        using ParquetReader reader = ParquetReader.Open(new MemoryStream(file));
        var range = new ColumnRange("number", min, max);
        string[] wanted = RowJsonTests.Lines(reader.Schema, reader.ReadRows().Where(row => range.Keeps(row["number"])));
        Assert.Equal(wanted, RowJsonTests.Lines(reader.Schema, reader.ReadRows([range])));
    }

    [Fact]
    public void ReadRows_RandomRanges_EqualTheFullRead()
    {
        byte[] file = Sample(out _);
        using ParquetReader reader = ParquetReader.Open(new MemoryStream(file));
        IReadOnlyDictionary<string, object?>[] rows = [.. reader.ReadRows()];
        var random = new Random(6);
        for (int i = 0; i < 60; i++)
        {
            int from = random.Next(-200, Rows), real = random.Next(60);
            ColumnRange[] where = [new("number", from, from + random.Next(700)), new("real", (double)real, null), new("maybe", null, (long)random.Next(Rows) << 33)];
            where = [.. where.Take(1 + random.Next(3))];
            IEnumerable<object?> wanted = rows.Where(row => where.All(range => range.Keeps(row[range.Column]))).Select(row => row["number"]);
            Assert.Equal(wanted, reader.ReadRows(where, ["roles", "number", "tokens16"]).Select(row => row["number"]));
        }
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public void ReadRows_PagesOfOtherWriters_EqualTheFullRead(string version)
    {
        if (Oracles.Missing(Oracle.ParquetWasm) is not null && !Requirements.OraclesAreThere)
            return;
        using var ours = new TempFile();
        using var theirs = new TempFile();
        File.WriteAllBytes(ours.Path, Sample(out _));
        Oracles.RunNode("arrow-rs.mjs", Oracles.Npm, ours.Path, theirs.Path, "ZSTD", version == "v1" ? "V1" : "V2", "true", "");
        using ParquetReader reader = ParquetReader.Open(theirs.Path);
        Assert.True(reader.RowGroups[0].ReadPageIndex(reader.Schema.DataFields[0])!.Count > 0);
        foreach ((int min, int max) in ((int, int)[])[(0, 3), (390, 420), (1000, 2500)])
        {
            var range = new ColumnRange("number", min, max);
            string[] wanted = RowJsonTests.Lines(reader.Schema, reader.ReadRows().Where(row => range.Keeps(row["number"])));
            Assert.Equal(max - min + 1, wanted.Length);
            Assert.Equal(wanted, RowJsonTests.Lines(reader.Schema, reader.ReadRows([range])));
        }
    }

    [Fact]
    public void ReadRows_OnePageAsked_OtherPagesAreNotTouched()
    {
        byte[] file = Sample(out long data);
        using var counted = new CountedSource(file, gapBytes: 0);
        using ParquetReader reader = ParquetReader.Open(counted);
        long footer = counted.Bytes;
        Assert.InRange(footer, 1, file.Length - data);

        // The value stands in one page of the sorted column; every page but those that hold that page's rows is destroyed.
        DataField[] fields = [reader.Schema.FindDataField("number"), reader.Schema.FindDataField("tokens16"), reader.Schema.FindDataField("text")];
        IReadOnlyList<PageLocation> sorted = reader.RowGroups[0].ReadPageIndex(fields[0])!;
        int asked = sorted.Count(page => page.FirstRow <= 700) - 1;
        (long firstRow, long endRow) = (sorted[asked].FirstRow, sorted[asked + 1].FirstRow);
        var kept = new List<(long Start, long End)>();
        foreach (DataField field in fields)
        {
            ColumnMetadata column = reader.RowGroups[0].Metadata.Columns[field.Index];
            IReadOnlyList<PageLocation> pages = reader.RowGroups[0].ReadPageIndex(field)!;
            Assert.True(pages.Count > 2);
            for (int i = 0; i < pages.Count; i++)
            {
                if (pages[i].FirstRow < endRow && (i + 1 == pages.Count || pages[i + 1].FirstRow > firstRow))
                    kept.Add((pages[i].Offset, pages[i].Offset + pages[i].Bytes));
            }

            if (pages[0].Offset > column.StartOffset)
                kept.Add((column.StartOffset, pages[0].Offset));
        }

        for (int i = 4; i < data; i++)
        {
            if (!kept.Any(range => i >= range.Start && i < range.End))
                file[i] = 0xFF;
        }

        counted.Bytes = 0;
        IReadOnlyDictionary<string, object?> row = Assert.Single(reader.ReadRows([new ColumnRange("number", 600, 600)], ["number", "tokens16", "text"]));
        SampleRow wanted = SampleRow.Make(700);
        Assert.Equal(wanted.Tokens16.Cast<object?>(), (List<object?>)row["tokens16"]!);
        Assert.Equal(wanted.Text, row["text"]);
        long indexes = fields.Sum(field => reader.RowGroups[0].Metadata.Columns[field.Index] is var column ? column.OffsetIndex.Bytes + (long)column.ColumnIndex.Bytes : 0);
        Assert.InRange(counted.Bytes, 1, kept.Sum(range => range.End - range.Start) + indexes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(1 << 20)]
    public void Open_RangeReader_ReadsTheFooterAndTheChosenChunksAlone(int gapBytes)
    {
        byte[] file = Sample(out long data);
        using var counted = new CountedSource(file, gapBytes);
        using ParquetReader reader = ParquetReader.Open(counted);
        Assert.Equal(2, counted.Requests);
        (counted.Bytes, counted.Requests) = (0, 0);
        SampleRow[] wanted = [.. Enumerable.Range(0, Rows).Select(SampleRow.Make)];
        Assert.Equal(wanted.Select(row => (object?)row.Kind), reader.ReadRows(["kind", "number"]).Select(row => row["kind"]));
        ColumnMetadata[] chunks = [.. reader.RowGroups.SelectMany(group => (ColumnMetadata[])[group.Metadata.Columns[0], group.Metadata.Columns[7]])];
        long chosen = chunks.Sum(chunk => chunk.CompressedBytes);
        if (gapBytes < 1 << 20)
            Assert.Equal(chosen, counted.Bytes);
        Assert.InRange(counted.Bytes, chosen, data);

        // Each group's two chunks are one request where the gap between them is cheaper than another.
        Assert.Equal(gapBytes < 1 << 20 ? 4 : 2, counted.Requests);
    }

    [Fact]
    public void ReadRows_ByRangesOfPages_NeighboursAreOneRequest()
    {
        byte[] file = Sample(out _);
        using var counted = new CountedSource(file, gapBytes: 1);
        using ParquetReader reader = ParquetReader.Open(counted);
        var range = new ColumnRange("number", 300, 900);
        Assert.Equal(601, reader.ReadRows([range], ["number"]).Count());
        (counted.Bytes, counted.Requests) = (0, 0);
        Assert.Equal(601, reader.ReadRows([range], ["number"]).Count());
        (long bytes, int requests) = (counted.Bytes, counted.Requests);
        ColumnMetadata column = reader.RowGroups[0].Metadata.Columns[0];
        long[] pages = [.. reader.RowGroups[0].ReadPageIndex(column.Field)!.Where((page, i) => page.FirstRow <= 1000).Select(page => (long)page.Bytes)];
        Assert.True(pages.Length > 3);

        // The two structures of the index, and the pages in one piece, past those before the range.
        Assert.Equal(3, requests);
        Assert.InRange(bytes, 1, pages.Sum() + column.OffsetIndex.Bytes + column.ColumnIndex.Bytes);
    }

    [OracleFact(Oracle.DuckDb)]
    public void ReadRows_OneValueByBloomFilter_OtherGroupsAreNotRead()
    {
        using var path = new TempFile();
        using var duck = new DuckDb();
        duck.Query($"""
            COPY (SELECT 'k' || ((i * 7919) % 1000 + CASE WHEN i >= 10000 THEN 1000 ELSE 0 END) AS text, ((i * 7919) % 1000 * 2 + CASE WHEN i >= 10000 THEN 1 ELSE 0 END)::INTEGER AS number,
                DATE '2020-01-01' + (((i * 31) % 500) * 2 + CASE WHEN i >= 10000 THEN 1 ELSE 0 END)::INTEGER AS day, i AS id FROM range(20000) t(i)) TO '{path.Path}' (FORMAT parquet, ROW_GROUP_SIZE 10000)
            """);
        byte[] file = File.ReadAllBytes(path.Path);
        using ParquetReader reader = ParquetReader.Open(new MemoryStream(file));
        ColumnRange[] asked = [new("number", 501, 501), new("number", 501L, 501L), new("text", "k1200", "k1200"), new("day", new DateOnly(2020, 1, 4), new DateOnly(2020, 1, 4))];
        int[] wanted = [.. asked.Select(range => reader.ReadRows().Count(row => range.Keeps(row[range.Column])))];
        Assert.All(wanted, count => Assert.True(count > 0));

        // The first group is destroyed; statistics alone could not tell that it lacks these values, but for text.
        foreach (ColumnMetadata column in reader.Metadata.RowGroups[0].Columns)
            file.AsSpan((int)column.StartOffset, (int)column.CompressedBytes).Fill(0xFF);
        for (int i = 0; i < asked.Length; i++)
            Assert.Equal(wanted[i], reader.ReadRows([asked[i]]).Count());
        Assert.Empty(reader.ReadRows([new ColumnRange("number", 1L << 40, 1L << 40)]));
        Assert.Throws<ParquetException>(() => reader.ReadRows([new ColumnRange("number", 500, 501)]).Count());
    }

    [Fact]
    public void Open_FileBeyondTwoGigabytes_ReadsAtLongOffsets()
    {
        // The data stands at the end of a hole of 5 GiB, which takes no disk; every offset of the footer is moved behind it.
        const long Hole = 5L << 30;
        byte[] small = Sample(out long data);
        using var file = new TempFile();
        ParquetSchema schema = SampleFile.Schema();
        FileMetadata moved;
        using (ParquetReader reader = ParquetReader.Open(new MemoryStream(small)))
        {
            moved = new FileMetadata
            {
                Version = 1,
                Schema = schema,
                RowCount = reader.Metadata.RowCount,
                RowGroups = [.. reader.Metadata.RowGroups.Select(group => new RowGroupMetadata
                {
                    RowCount = group.RowCount,
                    TotalByteSize = group.TotalByteSize,
                    Columns = [.. group.Columns.Select(column => new ColumnMetadata
                    {
                        Field = schema.DataFields[column.Field.Index],
                        Compression = column.Compression,
                        Encodings = column.Encodings,
                        ValueCount = column.ValueCount,
                        UncompressedBytes = column.UncompressedBytes,
                        CompressedBytes = column.CompressedBytes,
                        DataPageOffset = column.DataPageOffset + Hole,
                        DictionaryPageOffset = column.DictionaryPageOffset + Hole,
                        Statistics = column.Statistics,
                    })],
                })],
            };
        }

        using (FileStream stream = File.Create(file.Path))
        {
            stream.Write("PAR1"u8);
            stream.Position = Hole;
            stream.Write(small.AsSpan(0, (int)data));
            var footer = new ByteBuffer();
            FooterWriter.Write(footer, moved);
            stream.Write(footer.Span);
            stream.Write(BitConverter.GetBytes(footer.Length));
            stream.Write("PAR1"u8);
        }

        using ParquetReader large = ParquetReader.Open(file.Path);
        int row = 0;
        foreach (IReadOnlyDictionary<string, object?> found in large.ReadRows())
            SampleRow.Make(row++).AssertEqual(found);
        Assert.Equal(Rows, row);
        Assert.All(large.Metadata.RowGroups.SelectMany(group => group.Columns), column => Assert.True(column.DataPageOffset > int.MaxValue));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ReadPages_EveryColumn_TogetherTheWholeColumn(bool hasPageIndex)
    {
        using var file = new MemoryStream();
        SampleFile.Write(file, new ParquetOptions { PageBytes = 1000, PageIndex = hasPageIndex }, groups: 2, rows: 700);
        using ParquetReader reader = ParquetReader.Open(file);
        foreach (RowGroupReader group in reader.RowGroups)
        {
            foreach (DataField field in reader.Schema.DataFields)
            {
                ColumnBuffer whole = group.Read(field);
                int steps = 0, value = 0;
                long rows = 0, entries = 0;
                foreach (ColumnBuffer page in group.ReadPages(field))
                {
                    for (int i = 0; i < page.ValueCount; i++, value++)
                        Assert.Equal(whole.ValueAt(value), page.ValueAt(i));
                    (steps, rows, entries) = (steps + 1, rows + page.RowCount, entries + page.EntryCount);
                }

                Assert.Equal((whole.ValueCount, whole.RowCount, whole.EntryCount), (value, rows, entries));
                if (field.ToString() is "text" or "number" or "tokens16")
                    Assert.Equal(field.MaxRepetitionLevel > 0 && !hasPageIndex, steps == 1);
            }
        }
    }

    [Fact]
    public void MapRowGroups_SlowReader_HoldsAFewGroupsOnly()
    {
        using var file = new MemoryStream();
        SampleFile.Write(file, new ParquetOptions(), groups: 60, rows: 5);
        using ParquetReader reader = ParquetReader.Open(file);
        int started = 0, taken = 0;
        foreach (int first in reader.MapRowGroups(
            group =>
            {
                Interlocked.Increment(ref started);
                return group.Read<int>(reader.Schema.DataFields[0]).Values[0];
            },
            threads: 2))
        {
            Assert.Equal((taken * 5) - 100, first);
            taken++;

            // Given time, workers would run ahead if nothing held them.
            if (taken == 3)
                Thread.Sleep(200);
            Assert.InRange(started, taken, taken + 8);
        }

        Assert.Equal(60, taken);
    }

    private static byte[] Sample(out long data)
    {
        using var file = new MemoryStream();
        SampleFile.Write(file, new ParquetOptions { PageBytes = 1000 }, groups: 2, rows: Rows / 2);
        using ParquetReader reader = ParquetReader.Open(file);
        data = reader.Metadata.RowGroups.SelectMany(group => group.Columns).Max(column => column.StartOffset + column.CompressedBytes);
        return file.ToArray();
    }

    /// <summary>Bytes that count what is read of them.</summary>
    private sealed class CountedSource(byte[] file, int gapBytes) : ByteSource
    {
        public long Bytes { get; set; }

        public int Requests { get; set; }

        public override string Name => "counted";

        public override long Length => file.Length;

        public override int GapBytes => gapBytes;

        public override void Read(long offset, Span<byte> target)
        {
            file.AsSpan((int)offset, target.Length).CopyTo(target);
            Bytes += target.Length;
            Requests++;
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
