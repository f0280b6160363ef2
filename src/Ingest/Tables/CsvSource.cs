using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Ingest.Compression;
using DataPipeline.Ingest.Files;

namespace DataPipeline.Ingest.Tables;

/// <summary>CSV and TSV tables with quotes as in RFC 4180; one column is the text, others go to the metadata.</summary>
/// <param name="files">Paths or patterns of the files.</param>
/// <param name="textColumn">Name of the column that holds the text; without a header its number from 0.</param>
/// <param name="metadataColumns">Further columns to keep, under their own names; without a header by number.</param>
/// <param name="separator">One character between columns: a comma, a semicolon, or <c>tab</c>.</param>
/// <param name="header">The first row names the columns.</param>
/// <param name="maxRecordBytes">Largest row, in bytes.</param>
/// <param name="maxExpansion">Largest growth of a compressed member, decompressed bytes for one stored byte.</param>
[Stage("csv")]
public sealed class CsvSource(
    IReadOnlyList<string> files,
    string textColumn = "text",
    IReadOnlyList<string>? metadataColumns = null,
    string separator = ",",
    bool header = true,
    [Range(1024, 1 << 30)] int maxRecordBytes = FileSource.DefaultMaxRecordBytes,
    [Range(1.0, 1e9)] double maxExpansion = FileSource.DefaultMaxExpansion) : FileSource(files, maxRecordBytes, maxExpansion)
{
    private readonly char _separator = separator == "tab" ? '\t' : separator.Length == 1 ? separator[0]
        : throw new ConfigurationException($"separator must be one character or 'tab', not '{separator}'");

    private readonly IReadOnlyList<string> _metadata = metadataColumns ?? [];

    /// <inheritdoc/>
    public override IEnumerable<RawRecord> Read(InputFile file, CancellationToken cancel = default)
    {
        using ByteFlow flow = Open(file, cancel);
        Dictionary<string, string>? columns = header ? null : [];
        foreach (RawRecord record in new CsvRecords(flow, file.Path, MaxRecordBytes).Read())
        {
            cancel.ThrowIfCancellationRequested();
            if (record.Problem is not null || columns is not null)
            {
                yield return record.Problem is not null ? record : new RawRecord(record.Origin, record.Content, columns);
                continue;
            }
            // The header row is record 0 and no document; its names go with every row.
            columns = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach ((int i, string name) in Cells(record.Content.Span).Index())
                columns.TryAdd(name, i.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <inheritdoc/>
    public override Verdict Parse(RawRecord record)
    {
        List<string> cells = Cells(record.Content.Span);
        if (Cell(record, cells, textColumn) is not { } text)
            return Verdict.Drop("missing_column", detail: $"no column '{textColumn}' in a row of {cells.Count}");
        if (string.IsNullOrWhiteSpace(text))
            return Verdict.Drop("empty_text", measured: 0, limit: 1);
        var document = new Document(record.Origin, text);
        foreach (string name in _metadata)
        {
            if (Cell(record, cells, name) is { } value)
                document = document.With(name, value);
        }
        return Verdict.Keep(document);
    }

    private static string? Cell(RawRecord record, List<string> cells, string name)
    {
        string number = record.Fields.GetValueOrDefault(name, name);
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < cells.Count ? cells[index] : null;
    }

    private List<string> Cells(ReadOnlySpan<byte> row)
    {
        string text = WellFormed.Text(Web.Charset.Decode(row, out _));
        var cells = new List<string>();
        var cell = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '"' && quoted && i + 1 < text.Length && text[i + 1] == '"')
                cell.Append(text[i++]);
            else if (c == '"')
                quoted = !quoted;
            else if (c == _separator && !quoted)
                cells.Add(Take(cell));
            else
                cell.Append(c);
        }
        cells.Add(Take(cell));
        return cells;
    }

    private static string Take(StringBuilder cell)
    {
        string value = cell.ToString();
        cell.Clear();
        return value;
    }
}
