using System.Diagnostics;
using System.Globalization;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

public class FuzzTests
{
    private const long MaxAllocated = 200_000_000;

    [Theory]
    [InlineData(CompressionMethod.None, 1500)]
    [InlineData(CompressionMethod.Snappy, 700)]
    [InlineData(CompressionMethod.Gzip, 300)]
    [InlineData(CompressionMethod.Zstd, 700)]
    [InlineData(CompressionMethod.Lz4Raw, 300)]
    [InlineData(CompressionMethod.Brotli, 300)]
    public void Read_FlippedBytes_RowsOrParquetException(CompressionMethod codec, int mutants)
    {
        using var file = new MemoryStream();

        // Without checksums, which would keep most of the damage from the decoders.
        SampleFile.Write(file, new ParquetOptions { Compression = codec, PageBytes = 200, PageChecksums = false }, groups: 2, rows: 30);
        Mutate(file.ToArray(), mutants, seed: 11 + (int)codec);
    }

    [OracleTheory(Oracle.DuckDb)]
    [InlineData("v1", "snappy")]
    [InlineData("v2", "uncompressed")]
    public void Read_FlippedBytesOfDuckDb_RowsOrParquetException(string version, string codec)
    {
        using var file = new TempFile();
        using var duck = new DuckDb();
        duck.Query($"""
            COPY (SELECT i, i::USMALLINT AS u, i / 3 AS f, 't' || (i * 7919) AS text, 'k' || (i % 3) AS kind, range(i % 5) AS list,
                [MAP {'{'}'k' || i: [i]{'}'}] AS deep, i::DECIMAL(38, 3) AS d, i % 2 = 0 AS flag FROM range(200) t(i))
            TO '{file.Path}' (FORMAT parquet, COMPRESSION {codec}, PARQUET_VERSION {version})
            """);
        Mutate(File.ReadAllBytes(file.Path), 1000, seed: 5);
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
            Assert.Null(Fault(bytes));
        }
    }

    private static void Mutate(byte[] whole, int mutants, int seed)
    {
        var random = new Random(seed);
        // DATAPIPELINE_FUZZ_SECONDS makes each fuzz test go on for that long.
        double seconds = double.TryParse(Environment.GetEnvironmentVariable("DATAPIPELINE_FUZZ_SECONDS"), CultureInfo.InvariantCulture, out double given) ? given : 0;
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < mutants || watch.Elapsed.TotalSeconds < seconds; i++)
        {
            byte[] bytes = [.. whole];
            for (int flips = 1 + random.Next(3); flips > 0; flips--)
                bytes[random.Next(bytes.Length)] = random.Next(4) switch { 0 => 0xFF, 1 => 0, 2 => (byte)random.Next(256), _ => (byte)(1 << random.Next(8)) };
            long before = GC.GetAllocatedBytesForCurrentThread();
            string? fault = Fault(bytes);
            Assert.True(fault is null, $"mutant {i} of seed {seed}: {fault}");
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(taken < MaxAllocated, $"mutant {i} of seed {seed} takes {taken} bytes");
        }
    }

    /// <summary>What went wrong beyond what a bad file may do, or null.</summary>
    private static string? Fault(byte[] bytes)
    {
        try
        {
            using ParquetReader reader = ParquetReader.Open(new MemoryStream(bytes), "mutant");
            foreach (RowGroupReader group in reader.RowGroups)
            {
                foreach (DataField field in reader.Schema.DataFields)
                {
                    group.ReadPageIndex(field);
                    group.Read(field);
                }
            }

            foreach (IReadOnlyDictionary<string, object?> row in reader.ReadRows())
                GC.KeepAlive(row);
            return null;
        }
        catch (ParquetException fault)
        {
            return fault.Message.StartsWith("mutant", StringComparison.Ordinal) ? null : $"no place in: {fault.Message}";
        }
        catch (Exception fault)
        {
            return fault.ToString();
        }
    }
}
