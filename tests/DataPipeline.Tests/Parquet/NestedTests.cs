using DataPipeline.Parquet;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Parquet;

public class NestedTests
{
    /// <summary>Turns of a dialogue as a list of groups with a list within, written by levels.</summary>
    [Fact]
    public void Write_ListOfGroupsByLevels_RoundTrips() => Prop.ForAll<int[][]>(rows =>
    {
        using var file = new MemoryStream();
        Write(file, rows);
        using ParquetReader reader = ParquetReader.Open(file);
        return reader.ReadRows().Select(Render).SequenceEqual(rows.Select(Wanted));
    }).QuickCheckThrowOnFailure();

    [OracleFact(Oracle.DuckDb)]
    public void Write_ListOfGroupsByLevels_DuckDbReadsEqual()
    {
        using var file = new TempFile();
        int[][] rows = [[], [0], [3, 0, 1], [], [2, 2], [1]];
        using (FileStream stream = File.Create(file.Path))
            Write(stream, rows);
        using var duck = new DuckDb();
        List<string?[]> found = duck.Query($"SELECT array_to_string([t.role || ':' || len(t.scores) || ':' || coalesce(list_sum(t.scores), 0) FOR t IN turns], ' ') FROM '{file.Path}'");
        Assert.Equal(rows.Select(Wanted), found.Select(row => row[0]));
    }

    private static void Write(Stream output, int[][] rows)
    {
        var schema = new ParquetSchema(new ListField("turns", new StructField(
            "element", new DataField<string>("role", isNullable: false), new ListField("scores", new DataField<int>("element"), isNullable: true))));
        using ParquetWriter writer = ParquetWriter.Create(output, schema, new ParquetOptions { PageBytes = 64 });
        ColumnBuffer[] columns = writer.CreateBuffers();
        var roles = (BinaryColumnBuffer)columns[0];
        var scores = (ColumnBuffer<int>)columns[1];
        foreach (int[] turns in rows)
        {
            if (turns.Length == 0)
            {
                roles.AddNull(0, 0);
                scores.AddNull(0, 0);
            }

            for (int i = 0; i < turns.Length; i++)
            {
                int level = i == 0 ? 0 : 1, count = Math.Abs(turns[i] % 5);
                roles.Add($"r{i}", level);
                if (count == 0)
                    scores.AddNull(level, 2);
                for (int k = 0; k < count; k++)
                    scores.Add(k, k == 0 ? level : 2);
            }
        }

        writer.WriteRowGroup(columns);
        writer.Finish();
    }

    private static string Wanted(int[] turns) => string.Join(' ', turns.Select((turn, i) => $"r{i}:{Math.Abs(turn % 5)}:{Enumerable.Range(0, Math.Abs(turn % 5)).Sum()}"));

    private static string Render(IReadOnlyDictionary<string, object?> row) => string.Join(' ', ((List<object?>)row["turns"]!).Select(turn =>
    {
        var group = (IReadOnlyDictionary<string, object?>)turn!;
        var scores = (List<object?>)group["scores"]!;
        return $"{group["role"]}:{scores.Count}:{scores.Sum(score => (int)score!)}";
    }));
}
