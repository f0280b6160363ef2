using System.Globalization;
using DataPipeline.Parquet;

namespace DataPipeline.Bench.Parquet;

/// <summary>Writing and reading documents and their tokens, against DuckDB.</summary>
internal sealed class ParquetBenchmark : Benchmark
{
    private const double LargestSize = 1.05;

    public override string Name => "parquet";

    public override string Summary => """
        Documents of about 4 KiB and their GPT-2 tokens (lists of 16-bit ids), written from memory and read back, against DuckDB 1.5.6 (npm
        @duckdb/node-bindings-linux-x64, C API, one thread). DuckDB's COPY writes from a table in memory with zstd at its level, 3; ours has the level of
        token shards, 2, at which it is still the smaller, and lines for 1 and 3. Readers hand over values as spans here and as streamed data chunks there, and both sum them. MB/s are bytes of text for writing and for texts,
        bytes of ids (2 each) for tokens.
        """;

    public override IEnumerable<Section> Run(BenchSettings settings)
    {
        string npm = Path.Combine(FindRoot(AppContext.BaseDirectory), ".tools", "npm", "node_modules");
        string duck = Path.Combine(npm, "@duckdb", "node-bindings-linux-x64", "libduckdb.so");
        string ranks = ParquetCorpus.WriteRanks(npm, settings.Scratch);
        foreach (string kind in settings.Quick ? (string[])["en"] : ["en", "zh", "code"])
        {
            ParquetCorpus corpus = ParquetCorpus.Make(settings, kind, ranks);
            string File(string name) => Path.Combine(settings.Scratch, $"{kind}-{name}.parquet");
            ContestResult write = new Contest($"write texts and tokens, {kind}, {corpus.Tokens:N0} tokens", corpus.TextBytes)
                .Ours<OurParquetWrite>("ours, zstd 2 as token shards", corpus.Path, File("ours"), "2")
                .Against<DuckDbWrite>("DuckDB COPY, zstd 3", 2, corpus.Path, File("duckdb"), duck, "0")
                .Ours<OurParquetWrite>("ours, zstd 3", corpus.Path, File("ours3"), "3")
                .Ours<OurParquetWrite>("ours, zstd 1", corpus.Path, File("ours1"), "1")
                .Run(settings.Rounds);
            yield return Section.Of(write);
            yield return Size(write, File("ours"), File("duckdb"));

            foreach (string from in (string[])["duckdb", "ours"])
            {
                yield return Section.Of(new Contest($"read tokens, {kind}, file of {from}", corpus.Tokens * 2)
                    .Ours<OurTokenRead>("ours", File(from))
                    .Against<DuckDbTokenRead>("DuckDB C API", 4, File(from), duck)
                    .Run(settings.Rounds));
                yield return Section.Of(new Contest($"read texts, {kind}, file of {from}", corpus.TextBytes)
                    .Ours<OurTextRead>("ours", File(from))
                    .Against<DuckDbTextRead>("DuckDB C API", 1.5, File(from), duck)
                    .Run(settings.Rounds));
            }
        }
    }

    /// <summary>The sizes of the files, column by column.</summary>
    private static Section Size(ContestResult write, string ours, string theirs)
    {
        using ParquetReader ourFile = ParquetReader.Open(ours), theirFile = ParquetReader.Open(theirs);
        double ratio = (write.Sides[0].Figure("file bytes") ?? 0) / (write.Sides[1].Figure("file bytes") ?? 1);
        bool isMet = ratio <= LargestSize;
        string columns = string.Join(", ", ourFile.Schema.DataFields.Select((field, i) =>
            $"{field.Path[0]} {(double)BytesOf(ourFile, i) / BytesOf(theirFile, i) - 1:+0.0%;-0.0%}"));
        return new Section(string.Create(CultureInfo.InvariantCulture, $"Size of our file (zstd 2) against DuckDB's: {ratio - 1:+0.0%;-0.0%} (at most +5 %: {(isMet ? "met" : "missed")}); {columns}.\n"), isMet ? 0 : 1);
    }

    private static long BytesOf(ParquetReader file, int column) => file.Metadata.RowGroups.Sum(group => group.Columns[column].CompressedBytes);

    private static string FindRoot(string folder) => File.Exists(Path.Combine(folder, "DataPipeline.sln"))
        ? folder : FindRoot(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("no DataPipeline.sln above the program"));
}
