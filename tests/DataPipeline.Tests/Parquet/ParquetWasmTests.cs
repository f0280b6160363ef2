using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

/// <summary>Files go through arrow-rs (parquet-wasm): it reads what we or DuckDB wrote and writes it anew, in encodings and pages that neither writes.</summary>
public class ParquetWasmTests
{
    private const string Deltas = "number=DELTA_BINARY_PACKED,maybe=DELTA_BINARY_PACKED,text=DELTA_BYTE_ARRAY,kind=DELTA_LENGTH_BYTE_ARRAY,blob=DELTA_BYTE_ARRAY,flag=RLE";

    [OracleTheory(Oracle.ParquetWasm)]
    [InlineData(CompressionMethod.None, "UNCOMPRESSED", "V1", false, "")]
    [InlineData(CompressionMethod.Snappy, "SNAPPY", "V1", true, "")]
    [InlineData(CompressionMethod.Gzip, "GZIP", "V2", true, "")]
    [InlineData(CompressionMethod.Brotli, "BROTLI", "V2", false, "single=BYTE_STREAM_SPLIT,real=BYTE_STREAM_SPLIT,number=BYTE_STREAM_SPLIT")]
    [InlineData(CompressionMethod.Lz4Raw, "LZ4_RAW", "V2", false, Deltas)]
    [InlineData(CompressionMethod.Zstd, "ZSTD", "V1", false, Deltas)]
    public void Write_EveryType_ArrowReadsAndWritesTheSame(CompressionMethod ours, string theirs, string version, bool dictionary, string encodings)
    {
        using var file = new TempFile();
        using var target = new TempFile();
        using (FileStream stream = File.Create(file.Path))
            SampleFile.Write(stream, new ParquetOptions { Compression = ours, PageBytes = 4000 }, groups: 2, rows: 600);
        Rewrite(file, target, theirs, version, dictionary, encodings);

        using ParquetReader reader = ParquetReader.Open(target.Path);
        int row = 0;
        foreach (IReadOnlyDictionary<string, object?> found in reader.ReadRows())
            SampleRow.Make(row++).AssertEqual(found);
        Assert.Equal(1200, row);
        Assert.All(reader.RowGroups, group => Assert.All(reader.Schema.DataFields, field => Assert.NotNull(group.ReadPageIndex(field))));
    }

    [OracleTheory(Oracle.DuckDb)]
    [InlineData("UNCOMPRESSED", "V2")]
    [InlineData("LZ4", "V1")]
    [InlineData("ZSTD", "V2")]
    public void Read_EveryTypeFromArrow_AsFromDuckDb(string codec, string version)
    {
        using var file = new TempFile();
        using var target = new TempFile();
        using var duck = new DuckDb();

        // Without UUID: Arrow keeps it as bytes of no meaning.
        duck.Query($"COPY (SELECT * EXCLUDE uuid FROM ({DuckDbTests.EveryType} LIMIT 1500)) TO '{file.Path}' (FORMAT parquet)");
        Rewrite(file, target, codec, version, dictionary: false, "");
        using ParquetReader wanted = ParquetReader.Open(file.Path), found = ParquetReader.Open(target.Path);
        string[] lines = RowJsonTests.Lines(found.Schema, found.ReadRows());
        Assert.Equal(1500, lines.Length);
        Assert.All(RowJsonTests.Lines(wanted.Schema, wanted.ReadRows()).Zip(lines), pair => Assert.Equal(pair.First, pair.Second));
    }

    private static void Rewrite(TempFile file, TempFile target, string codec, string version, bool dictionary, string encodings) =>
        Oracles.RunNode("arrow-rs.mjs", Oracles.Npm, file.Path, target.Path, codec, version, dictionary ? "true" : "false", encodings);
}
