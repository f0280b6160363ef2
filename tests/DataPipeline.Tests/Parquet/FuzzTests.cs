using System.Diagnostics;
using System.Globalization;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

/// <summary>
/// Damaged files give rows or a ParquetException, and take little memory. DATAPIPELINE_FUZZ_SECONDS makes each test go on for that long,
/// DATAPIPELINE_FUZZ_MUTANTS for so many files.
/// </summary>
public class FuzzTests
{
    private const long MaxAllocated = 200_000_000;
    private const int MaxRows = 20_000;

    [Theory]
    [InlineData(CompressionMethod.None, 1500)]
    [InlineData(CompressionMethod.Snappy, 700)]
    [InlineData(CompressionMethod.Gzip, 300)]
    [InlineData(CompressionMethod.Zstd, 700)]
    [InlineData(CompressionMethod.Lz4Raw, 300)]
    [InlineData(CompressionMethod.Brotli, 300)]
    public void Read_DamagedFiles_RowsOrParquetException(CompressionMethod codec, int mutants)
    {
        using var file = new MemoryStream();
        SampleFile.Write(file, new ParquetOptions { Compression = codec, PageBytes = 200, BloomFilters = new Dictionary<string, double> { ["number"] = 0.1, ["text"] = 0.1 } }, groups: 2, rows: 30);
        Mutate(file.ToArray(), mutants, seed: 11 + (int)codec);
    }

    [OracleTheory(Oracle.DuckDb)]
    [InlineData("v1", "snappy")]
    [InlineData("v1", "zstd")]
    [InlineData("v2", "uncompressed")]
    [InlineData("v2", "brotli")]
    public void Read_DamagedFilesOfDuckDb_RowsOrParquetException(string version, string codec)
    {
        using var file = new TempFile();
        using var duck = new DuckDb();
        duck.Query($"COPY ({DuckDbTests.EveryType} LIMIT 120) TO '{file.Path}' (FORMAT parquet, COMPRESSION {codec}, PARQUET_VERSION {version})");
        Mutate(File.ReadAllBytes(file.Path), 400, seed: 5 + codec.Length);
    }

    [OracleTheory(Oracle.ParquetWasm)]
    [InlineData("V1", "number=DELTA_BINARY_PACKED,text=DELTA_BYTE_ARRAY,kind=DELTA_LENGTH_BYTE_ARRAY,real=BYTE_STREAM_SPLIT,flag=RLE")]
    [InlineData("V2", "maybe=DELTA_BINARY_PACKED,kind=DELTA_BYTE_ARRAY,blob=DELTA_LENGTH_BYTE_ARRAY,single=BYTE_STREAM_SPLIT,flag=RLE")]
    public void Read_DamagedFilesOfArrow_RowsOrParquetException(string version, string encodings)
    {
        using var ours = new TempFile();
        using var theirs = new TempFile();
        using (FileStream stream = File.Create(ours.Path))
            SampleFile.Write(stream, new ParquetOptions(), groups: 1, rows: 60);
        Oracles.RunNode("arrow-rs.mjs", Oracles.Npm, ours.Path, theirs.Path, "UNCOMPRESSED", version, "false", encodings);
        Mutate(File.ReadAllBytes(theirs.Path), 400, seed: 9);
    }

    [Fact]
    public void Read_EveryPrefixAndRandomBytes_ParquetException()
    {
        using var file = new MemoryStream();
        SampleFile.Write(file, new ParquetOptions(), groups: 1, rows: 5);
        byte[] whole = file.ToArray();
        for (int length = 0; length < whole.Length; length += 7)
            Assert.Throws<ParquetException>(() => ParquetReader.Open(new MemoryStream(whole[..length])));

        var random = new Random(3);
        for (int i = 0; i < 2000; i++)
        {
            byte[] bytes = new byte[40 + random.Next(200)];
            random.NextBytes(bytes);
            "PAR1"u8.CopyTo(bytes);
            BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 8), random.Next(bytes.Length - 12));
            "PAR1"u8.CopyTo(bytes.AsSpan(bytes.Length - 4));
            Assert.Null(Fault(bytes, new ReadLimits()));
        }
    }

    private static void Mutate(byte[] whole, int mutants, int seed)
    {
        double seconds = Setting("DATAPIPELINE_FUZZ_SECONDS"), wanted = Math.Max(mutants, Setting("DATAPIPELINE_FUZZ_MUTANTS"));
        var random = new Random(seed);
        var mutator = new Mutator(whole);

        // Half the files are read without checksums, which would keep most of the damage from the decoders.
        ReadLimits[] limits = [new() { CheckPageChecksums = false, MaxColumnBytes = 1 << 26 }, new() { MaxColumnBytes = 1 << 26 }];
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < wanted || watch.Elapsed.TotalSeconds < seconds; i++)
        {
            byte[] bytes = mutator.Next(random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            string? fault = Fault(bytes, limits[i % 2]);
            Assert.True(fault is null, $"mutant {i} of seed {seed}: {fault}");
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(taken < MaxAllocated, $"mutant {i} of seed {seed} takes {taken} bytes");
        }
    }

    private static double Setting(string name) =>
        double.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out double given) ? given : 0;

    /// <summary>What went wrong beyond what a bad file may do, or null.</summary>
    private static string? Fault(byte[] bytes, ReadLimits limits)
    {
        ParquetReader reader;
        try
        {
            reader = ParquetReader.Open(new MemoryStream(bytes), "mutant", limits);
        }
        catch (Exception fault)
        {
            return Beyond(fault);
        }

        // Each way to read is tried by itself: a fault in the first column must not hide the others.
        using (reader)
        {
            DataField? first = reader.Schema.Fields.OfType<DataField>().FirstOrDefault(field => field.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64 && field.LogicalType.Kind is LogicalKind.None or LogicalKind.Integer);
            ColumnRange[] where = first is null ? [] : [new ColumnRange(first.Name, 3, 3)];
            return reader.RowGroups.SelectMany(group => reader.Schema.DataFields, (group, field) => Try(() => ReadColumn(group, field))).FirstOrDefault(fault => fault is not null)
                ?? Try(() => Pass(reader.ReadRows()))
                ?? Try(() => Pass(reader.ReadRows(where)));
        }
    }

    private static void ReadColumn(RowGroupReader group, DataField field)
    {
        group.Read(field);
        group.ReadPageIndex(field);
        group.ReadBloomFilter(field);
    }

    private static void Pass(IEnumerable<IReadOnlyDictionary<string, object?>> rows)
    {
        foreach (IReadOnlyDictionary<string, object?> row in rows.Take(MaxRows))
            GC.KeepAlive(row);
    }

    private static string? Try(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (Exception fault)
        {
            return Beyond(fault);
        }
    }

    private static string? Beyond(Exception fault) => fault switch
    {
        ParquetException when fault.Message.StartsWith("mutant", StringComparison.Ordinal) => null,
        ParquetException => $"no place in: {fault.Message}",
        _ => fault.ToString(),
    };
}
