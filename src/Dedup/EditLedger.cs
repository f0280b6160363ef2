using DataPipeline.Parquet;
using DataPipeline.Runs;

namespace DataPipeline.Dedup;

/// <summary>A range that deduplication cut from a document.</summary>
/// <param name="Id">Id of the document.</param>
/// <param name="Kind">The kind that cut it, such as <c>lines</c>.</param>
/// <param name="Part">Number of the part.</param>
/// <param name="Start">First byte in the UTF-8 of the part as it came to this kind.</param>
/// <param name="End">Byte behind the last.</param>
public sealed record TextCut(string Id, string Kind, long Part, long Start, long End);

/// <summary>The Parquet files that name every range cut; docs/formats.md describes their columns.</summary>
public static class EditLedger
{
    /// <summary>Role of the files in the manifest of the step.</summary>
    public const string Role = "edits";

    internal static ParquetSchema NewSchema() => new(
        new DataField<string>("id", isNullable: false), new DataField<string>("kind", isNullable: false), new DataField<long>("part"),
        new DataField<long>("start"), new DataField<long>("end"));

    /// <summary>The rows of one file in order.</summary>
    public static IEnumerable<TextCut> Read(string path)
    {
        using ParquetReader reader = ParquetReader.Open(path);
        foreach (RowGroupReader group in reader.RowGroups)
        {
            BinaryColumnBuffer Binary(string name) => (BinaryColumnBuffer)group.Read(reader.Schema.FindDataField(name));
            ColumnBuffer<long> Long(string name) => (ColumnBuffer<long>)group.Read(reader.Schema.FindDataField(name));
            BinaryColumnBuffer ids = Binary("id"), kinds = Binary("kind");
            ColumnBuffer<long> parts = Long("part"), starts = Long("start"), ends = Long("end");
            for (int row = 0; row < ids.ValueCount; row++)
                yield return new TextCut(ids.GetString(row), kinds.GetString(row), parts.Values[row], starts.Values[row], ends.Values[row]);
        }
    }
}
