using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Ingest.Files;

namespace DataPipeline.Ingest.Tables;

/// <summary>JSON tables: an object a line, or one array of objects; one column is the text, others go to the metadata.</summary>
/// <param name="files">Paths or patterns of the files.</param>
/// <param name="textColumn">Column that holds the text, a string or a list of lines; <c>a.b</c> names a field of a nested object.</param>
/// <param name="idColumn">Column kept in the metadata as <c>id</c>; left out if it is not there.</param>
/// <param name="metadataColumns">Further columns to keep, under their own names; what is not a string is kept as its JSON.</param>
/// <param name="maxRecordBytes">Largest record, in bytes.</param>
/// <param name="maxExpansion">Largest growth of a compressed member, decompressed bytes for one stored byte.</param>
[Stage("jsonl")]
public sealed class JsonlSource(
    IReadOnlyList<string> files,
    string textColumn = "text",
    string? idColumn = "id",
    IReadOnlyList<string>? metadataColumns = null,
    [Range(1024, 1 << 30)] int maxRecordBytes = FileSource.DefaultMaxRecordBytes,
    [Range(1.0, 1e9)] double maxExpansion = FileSource.DefaultMaxExpansion) : JsonSource(files, maxRecordBytes, maxExpansion)
{
    private readonly IReadOnlyList<string> _metadata = metadataColumns ?? [];

    private protected override Verdict Parse(Origin origin, JsonElement json)
    {
        if (Find(json, textColumn) is not { } column || Text(column) is not { } text)
            return Verdict.Drop("missing_column", detail: $"no text in column '{textColumn}'");
        var document = new Document(origin, WellFormed.Text(text));
        if (document.Text.Length == 0)
            return Verdict.Drop("empty_text", measured: 0, limit: 1);
        if (idColumn is not null && Find(json, idColumn) is { } id)
            document = document.With("id", Value(id));
        foreach (string name in _metadata)
        {
            if (Find(json, name) is { } value)
                document = document.With(name, Value(value));
        }
        return Verdict.Keep(document);
    }

    // A list of strings is a text with a line for each.
    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Array when value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            string.Join('\n', value.EnumerateArray().Select(item => item.GetString())),
        _ => null,
    };

    private static string Value(JsonElement value) => WellFormed.Text(value.ValueKind == JsonValueKind.String ? value.GetString()!
        : value.GetRawText());

    /// <summary>The field of a path such as <c>meta.language</c>; a field with dots in its own name is found too.</summary>
    private static JsonElement? Find(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return null;
        if (element.TryGetProperty(path, out JsonElement whole))
            return whole.ValueKind == JsonValueKind.Null ? null : whole;
        int dot = path.IndexOf('.');
        return dot > 0 && element.TryGetProperty(path[..dot], out JsonElement inner) ? Find(inner, path[(dot + 1)..]) : null;
    }
}
