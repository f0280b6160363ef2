using DataPipeline.Core;
using DataPipeline.Parquet;

namespace DataPipeline.Runs;

/// <summary>The Parquet file that names every dropped document with the stage, the reason, the number and the limit; docs/formats.md describes its columns.</summary>
public static class DropLedger
{
    private static readonly string[] NameKeys = ["url", "path", "id", "title"];

    internal static ParquetSchema NewSchema() => new(
        new DataField<string>("id", isNullable: false), new DataField<string>("name", isNullable: false), new DataField<string>("file", isNullable: false),
        new DataField<long>("record"), new DataField<long>("offset"), new DataField<string>("stage", isNullable: false),
        new DataField<string>("reason", isNullable: false), new DataField<double>("measured"), new DataField<double>("limit"),
        new DataField<string>("detail", isNullable: false), new DataField<string>("text", isNullable: false));

    /// <summary>What a person may call a document: its url, its path, an id of its own or its title, as far as it has them.</summary>
    public static IEnumerable<string> NamesOf(Document document) =>
        NameKeys.Select(key => document.Metadata.GetValueOrDefault(key)).OfType<string>();

    /// <summary>The rows of a ledger in order.</summary>
    public static IEnumerable<DroppedDocument> Read(string path)
    {
        using ParquetReader reader = ParquetReader.Open(path);
        foreach (RowGroupReader group in reader.RowGroups)
        {
            BinaryColumnBuffer Binary(string name) => (BinaryColumnBuffer)group.Read(reader.Schema.FindDataField(name));
            ColumnBuffer<double> Double(string name) => (ColumnBuffer<double>)group.Read(reader.Schema.FindDataField(name));
            BinaryColumnBuffer ids = Binary("id"), names = Binary("name"), files = Binary("file"), stages = Binary("stage"), reasons = Binary("reason"), details = Binary("detail");
            var records = (ColumnBuffer<long>)group.Read(reader.Schema.FindDataField("record"));
            ColumnBuffer<double> measured = Double("measured"), limits = Double("limit");
            for (int row = 0; row < ids.ValueCount; row++)
            {
                string id = ids.GetString(row);
                yield return new DroppedDocument(id, id[..id.IndexOf(':')], names.GetString(row), files.GetString(row), records.Values[row],
                    stages.GetString(row), reasons.GetString(row), measured.Values[row], limits.Values[row], details.GetString(row));
            }
        }
    }
}

/// <summary>One row of a ledger of dropped documents.</summary>
/// <param name="Id">Id of the document or unreadable record: <c>source:file#record</c>.</param>
/// <param name="Source">Name of its source.</param>
/// <param name="Name">Its url, path or own id, empty if it has none.</param>
/// <param name="File">Input file.</param>
/// <param name="Record">Record in that file.</param>
/// <param name="Stage">The stage that dropped it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Measured">The number that decided; NaN if none.</param>
/// <param name="Limit">The limit it broke; NaN if none.</param>
/// <param name="Detail">A sentence for people; may be empty.</param>
public sealed record DroppedDocument(
    string Id, string Source, string Name, string File, long Record, string Stage, string Reason, double Measured, double Limit, string Detail);

/// <summary>Writes a ledger of dropped documents.</summary>
public sealed class DropLedgerWriter : IDisposable
{
    private readonly bool _keepTexts;
    private readonly RowWriter _rows;

    /// <summary>Opens a new file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="keepTexts">Writes the texts too.</param>
    public DropLedgerWriter(string path, bool keepTexts)
    {
        _keepTexts = keepTexts;
        _rows = new RowWriter(path, DropLedger.NewSchema());
    }

    /// <summary>Rows added.</summary>
    public long Rows => _rows.Count;

    /// <summary>Adds a dropped document or an unreadable record.</summary>
    public void Add(string source, Judgement judgement)
    {
        (Origin origin, Verdict verdict) = (judgement.Origin, judgement.Verdict);
        _rows.Binary("id").Add($"{source}:{origin.File}#{origin.Record}");
        _rows.Binary("name").Add((judgement.Subject is { } subject ? DropLedger.NamesOf(subject).FirstOrDefault() : judgement.Name) ?? "");
        _rows.Binary("file").Add(origin.File);
        _rows.Long("record").Add(origin.Record);
        _rows.Long("offset").Add(origin.Offset);
        _rows.Binary("stage").Add(judgement.Stage);
        _rows.Binary("reason").Add(verdict.Reason);
        _rows.Double("measured").Add(verdict.Measured);
        _rows.Double("limit").Add(verdict.Limit);
        _rows.Binary("detail").Add(verdict.Detail ?? "");
        _rows.Binary("text").Add(_keepTexts ? judgement.Subject?.Text ?? "" : "");
        _rows.EndRow();
    }

    /// <summary>Ends the file.</summary>
    public void Finish() => _rows.Finish();

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();
}
