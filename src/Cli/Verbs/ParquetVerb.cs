using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Parquet;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline parquet FILE</c>: what a Parquet file holds; with <c>--jsonl</c> all its rows.</summary>
internal static class ParquetVerb
{
    private const int Widest = 40;

    public static Command Command()
    {
        var file = new Argument<string>("FILE") { Description = "a Parquet file" };
        var jsonl = new Option<bool>("--jsonl") { Description = "prints all rows as JSON lines and nothing else" };
        var columns = new Option<string?>("--columns") { Description = "fields to print, separated by commas; turns.role is a part of a group or list" };
        var rows = new Option<int>("--rows") { Description = "first rows to show without --jsonl", DefaultValueFactory = _ => 3 };
        var command = new Command("parquet", "Prints what a Parquet file holds: schema, row groups, encodings, sizes, statistics, first rows; or all rows.") { file, jsonl, columns, rows };
        command.SetAction(parsed => Print(parsed.GetValue(file)!, parsed.GetValue(jsonl), parsed.GetValue(columns)?.Split(','), parsed.GetValue(rows)));
        return command;
    }

    private static int Print(string path, bool allRows, string[]? columns, int firstRows)
    {
        if (firstRows < 0)
            throw new ConfigurationException("--rows must be 0 or more");
        using ParquetReader reader = Open(path);
        IEnumerable<IReadOnlyDictionary<string, object?>> rows = Rows(reader, columns);
        using Stream output = Console.OpenStandardOutput();
        if (!allRows)
        {
            Describe(path, reader.Metadata);
            Console.WriteLine(firstRows > 0 && reader.Metadata.RowCount > 0 ? "first rows" : "");
            Console.Out.Flush();
            rows = rows.Take(firstRows);
        }

        RowJson.WriteLines(reader.Schema, rows, output);
        return ExitCode.Done;
    }

    private static ParquetReader Open(string path)
    {
        try
        {
            return ParquetReader.Open(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: {fault.Message}", fault);
        }
    }

    private static IEnumerable<IReadOnlyDictionary<string, object?>> Rows(ParquetReader reader, string[]? columns)
    {
        try
        {
            return reader.ReadRows(columns);
        }
        catch (ArgumentException fault)
        {
            throw new ConfigurationException($"--columns: {fault.Message.Split(" (Parameter")[0]}");
        }
    }

    private static void Describe(string path, FileMetadata file)
    {
        Console.WriteLine($"{path}: {new FileInfo(path).Length:N0} bytes, {file.RowCount:N0} rows, {file.RowGroups.Count} row groups, written by {file.CreatedBy ?? "(not said)"}");
        foreach ((string key, string value) in file.KeyValues)
            Console.WriteLine($"  {key} = {Short(value)}");
        Console.WriteLine("schema");
        foreach (string line in SchemaText.Lines(file.Schema))
            Console.WriteLine($"  {line}");
        for (int i = 0; i < file.RowGroups.Count; i++)
            Describe(i, file.RowGroups[i]);
    }

    private static void Describe(int number, RowGroupMetadata group)
    {
        Console.WriteLine($"row group {number}: {group.RowCount:N0} rows, {group.Columns.Sum(column => column.CompressedBytes):N0} bytes of {group.TotalByteSize:N0} unpacked");
        string[][] table =
        [
            ["column", "values", "nulls", "bytes", "unpacked", "codec", "encodings", "helps", "smallest", "largest"],
            .. group.Columns.Select(column => (string[])
            [
                $"{column.Field}", $"{column.ValueCount:N0}", column.Statistics?.NullCount is { } nulls ? $"{nulls:N0}" : "?",
                $"{column.CompressedBytes:N0}", $"{column.UncompressedBytes:N0}", $"{column.Compression}".ToLowerInvariant(),
                string.Join('+', column.Encodings.Distinct()), Helps(column), Bound(column.MinValue), Bound(column.MaxValue),
            ]),
        ];
        int[] widths = [.. Enumerable.Range(0, table[0].Length).Select(i => table.Max(row => row[i].Length))];
        foreach (string[] row in table)
            Console.WriteLine(("  " + string.Join("  ", row.Select((cell, i) => i is >= 1 and <= 4 ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i])))).TrimEnd());
    }

    /// <summary>What of the chunk lets readers pass over it: a page index, a Bloom filter; or that it is encrypted.</summary>
    private static string Helps(ColumnMetadata column)
    {
        string[] helps = [.. ((string[])[column.IsEncrypted ? "encrypted" : "", column.HasPageIndex ? "pages" : "", column.BloomFilterOffset is null ? "" : "bloom"]).Where(word => word.Length > 0)];
        return helps.Length == 0 ? "-" : string.Join('+', helps);
    }

    private static string Bound(object? value) => value is null ? "?" : Short(RowJson.Text(value));

    private static string Short(string text) => (text.Length <= Widest ? text : text[..Widest] + "…").ReplaceLineEndings(" ");
}
