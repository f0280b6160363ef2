using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Ingest.Files;
using DataPipeline.Ingest.Tables;

namespace DataPipeline.Ingest.Dialogue;

/// <summary>OpenAssistant conversation trees, a tree a line (an export of trees, or a root message with its replies): each becomes one dialogue,
/// the path of the best-ranked replies.</summary>
/// <param name="files">Paths or patterns of the files.</param>
/// <param name="maxRecordBytes">Largest tree, in bytes.</param>
/// <param name="maxExpansion">Largest growth of a compressed member, decompressed bytes for one stored byte.</param>
[Stage("oasst")]
public sealed class OasstSource(
    IReadOnlyList<string> files,
    [Range(1024, 1 << 30)] int maxRecordBytes = FileSource.DefaultMaxRecordBytes,
    [Range(1.0, 1e9)] double maxExpansion = FileSource.DefaultMaxExpansion) : JsonSource(files, maxRecordBytes, maxExpansion)
{
    private protected override Verdict Parse(Origin origin, JsonElement json)
    {
        JsonElement root = Turns.Field(json, "prompt") ?? json;
        if (Turns.Text(root, "text") is null || Turns.Field(root, "parent_id") is not null)
            return Verdict.Drop("not_a_tree", detail: "neither a tree nor a root message with replies");
        var parts = new List<Part>();
        JsonElement? message = root;
        while (message is { } current && Turns.Message(current, out _) is { } part)
        {
            parts.Add(part);
            message = Best(current);
        }
        // A dialogue that ends with a question teaches nothing after its last answer.
        while (parts.Count > 0 && parts[^1].Role != "assistant")
            parts.RemoveAt(parts.Count - 1);
        if (parts.Count == 0)
            return Verdict.Drop("no_reply");
        var document = new Document(origin, parts);
        if (Turns.Text(root, "lang") is { } language)
            document = document.With("language", WellFormed.Text(language));
        if ((Turns.Text(json, "message_tree_id") ?? Turns.Text(root, "message_id")) is { } id)
            document = document.With("id", WellFormed.Text(id));
        return Verdict.Keep(document);
    }

    /// <summary>The reply of lowest rank that is neither deleted nor failed in review; without ranks the first.</summary>
    private static JsonElement? Best(JsonElement message)
    {
        if (Turns.Field(message, "replies") is not { ValueKind: JsonValueKind.Array } replies)
            return null;
        JsonElement? best = null;
        double bestRank = double.PositiveInfinity;
        foreach (JsonElement reply in replies.EnumerateArray())
        {
            if (IsTrue(reply, "deleted") || Turns.Field(reply, "review_result") is { ValueKind: JsonValueKind.False })
                continue;
            double rank = Turns.Field(reply, "rank") is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out double value) ? value
                : double.MaxValue;
            if (rank >= bestRank)
                continue;
            bestRank = rank;
            best = reply;
        }
        return best;
    }

    private static bool IsTrue(JsonElement element, string name) => Turns.Field(element, name) is { ValueKind: JsonValueKind.True };
}
