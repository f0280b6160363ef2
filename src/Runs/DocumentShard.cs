using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Parquet;

namespace DataPipeline.Runs;

/// <summary>The Parquet file that carries documents from step to step; docs/formats.md describes its columns.</summary>
public static class DocumentShard
{
    private static readonly JsonSerializerOptions MetadataJson = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static ParquetSchema NewSchema() => new(
        new DataField<string>("id", isNullable: false), new DataField<string>("source", isNullable: false), new DataField<string>("file", isNullable: false),
        new DataField<long>("record"), new DataField<long>("offset"),
        new ListField("roles", new DataField<string>("element", isNullable: false)), new ListField("texts", new DataField<string>("element", isNullable: false)),
        new DataField<string>("metadata", isNullable: false));

    /// <summary>The documents of a shard in order, one row group in memory at a time.</summary>
    /// <exception cref="ParquetException">The file is damaged; the message names the place.</exception>
    public static IEnumerable<Document> Read(string path)
    {
        using ParquetReader reader = ParquetReader.Open(path);
        foreach (RowGroupReader group in reader.RowGroups)
        {
            BinaryColumnBuffer Binary(string name) => (BinaryColumnBuffer)group.Read(reader.Schema.FindDataField(name));
            ColumnBuffer<long> Long(string name) => (ColumnBuffer<long>)group.Read(reader.Schema.FindDataField(name));
            BinaryColumnBuffer sources = Binary("source"), files = Binary("file"), metadata = Binary("metadata"),
                roles = Binary("roles.list.element"), texts = Binary("texts.list.element");
            ColumnBuffer<long> records = Long("record"), offsets = Long("offset");
            int[] parts = texts.ListLengths();
            for (int row = 0, part = 0; row < parts.Length; part += parts[row++])
            {
                int first = part;
                yield return new Document(
                    new Origin(files.GetString(row), records.Values[row], offsets.Values[row]),
                    [.. Enumerable.Range(first, parts[row]).Select(i => new Part(roles.GetString(i), texts.GetString(i)))])
                {
                    Source = sources.GetString(row),
                    Metadata = ParseMetadata(metadata[row]),
                };
            }
        }
    }

    internal static string WriteMetadata(Document document) =>
        document.Metadata.Count == 0 ? "{}" : JsonSerializer.Serialize<IReadOnlyDictionary<string, string>>(document.Metadata, MetadataJson);

    private static ImmutableSortedDictionary<string, string> ParseMetadata(ReadOnlySpan<byte> json) =>
        json.Length <= 2 ? Document.NoMetadata : Document.NoMetadata.AddRange(JsonSerializer.Deserialize<Dictionary<string, string>>(json)!);
}

/// <summary>Writes documents in the order they are added, in bounded memory.</summary>
public sealed class DocumentShardWriter : IDisposable
{
    private readonly RowWriter _rows;
    private readonly BinaryColumnBuffer _id, _source, _file, _roles, _texts, _metadata;
    private readonly ColumnBuffer<long> _record, _offset;

    /// <summary>Opens a new file.</summary>
    public DocumentShardWriter(string path)
    {
        _rows = new RowWriter(path, DocumentShard.NewSchema());
        (_id, _source, _file) = (_rows.Binary("id"), _rows.Binary("source"), _rows.Binary("file"));
        (_record, _offset) = (_rows.Long("record"), _rows.Long("offset"));
        (_roles, _texts, _metadata) = (_rows.Binary("roles.list.element"), _rows.Binary("texts.list.element"), _rows.Binary("metadata"));
    }

    /// <summary>Rows added.</summary>
    public long Rows => _rows.Count;

    /// <summary>Adds a document as the next row.</summary>
    public void Add(Document document)
    {
        _id.Add(document.Id);
        _source.Add(document.Source);
        _file.Add(document.Origin.File);
        _record.Add(document.Origin.Record);
        _offset.Add(document.Origin.Offset);
        _roles.AddList(document.Parts.Select(part => part.Role));
        _texts.AddList(document.Parts.Select(part => part.Text));
        _metadata.Add(DocumentShard.WriteMetadata(document));
        _rows.EndRow();
    }

    /// <summary>Writes the last rows and the footer.</summary>
    public void Finish() => _rows.Finish();

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();
}
