using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Ingest.Files;
using DataPipeline.Ingest.Tables;

namespace DataPipeline.Ingest.Dialogue;

/// <summary>Dialogues and instructions as JSON lines or one array: <c>messages</c> of role and content, ShareGPT <c>conversations</c> of from and
/// value, Alpaca <c>instruction</c>, <c>input</c> and <c>output</c>, or <c>prompt</c> and <c>completion</c>; told apart record by record.</summary>
/// <param name="files">Paths or patterns of the files.</param>
/// <param name="maxRecordBytes">Largest record, in bytes.</param>
/// <param name="maxExpansion">Largest growth of a compressed member, decompressed bytes for one stored byte.</param>
[Stage("messages")]
public sealed class MessagesSource(
    IReadOnlyList<string> files,
    [Range(1024, 1 << 30)] int maxRecordBytes = FileSource.DefaultMaxRecordBytes,
    [Range(1.0, 1e9)] double maxExpansion = FileSource.DefaultMaxExpansion) : JsonSource(files, maxRecordBytes, maxExpansion)
{
    private protected override Verdict Parse(Origin origin, JsonElement json)
    {
        List<Part>? parts = Read(json, out string? problem);
        if (parts is null)
            return Verdict.Drop(problem ?? "no_messages");
        if (Turns.Text(json, "system") is { Length: > 0 } system && parts[0].Role != "system")
            parts.Insert(0, new Part("system", WellFormed.Text(system)));
        if (!parts.Exists(part => part.Role == "assistant"))
            return Verdict.Drop("no_reply");
        var document = new Document(origin, parts);
        foreach (string key in (string[])["id", "tools"])
        {
            if (Turns.Text(json, key) is { Length: > 0 } value)
                document = document.With(key, WellFormed.Text(value));
        }
        return Verdict.Keep(document);
    }

    private static List<Part>? Read(JsonElement json, out string? problem)
    {
        problem = null;
        if (json.ValueKind == JsonValueKind.Array)
            return Turns.Messages(json, out problem);
        if ((Turns.Field(json, "messages") ?? Turns.Field(json, "conversations") ?? Turns.Field(json, "conversation"))
            is { ValueKind: JsonValueKind.Array } list)
            return Turns.Messages(list, out problem);
        // Self-Instruct keeps input and output in a list of instances.
        JsonElement answered = Turns.Field(json, "instances") is { ValueKind: JsonValueKind.Array } instances && instances.GetArrayLength() > 0
            ? instances[0] : json;
        string? question = Turns.Text(json, "instruction") ?? Turns.Text(json, "prompt") ?? Turns.Text(json, "question");
        string? answer = Turns.Text(answered, "output") ?? Turns.Text(json, "completion") ?? Turns.Text(json, "response")
            ?? Turns.Text(json, "answer");
        if (string.IsNullOrWhiteSpace(question) || answer is null)
            return null;
        var parts = History(json);
        string? input = Turns.Text(answered, "input");
        parts.Add(new Part("user", WellFormed.Text(string.IsNullOrWhiteSpace(input) ? question : $"{question}\n\n{input}")));
        if (!string.IsNullOrWhiteSpace(answer))
            parts.Add(new Part("assistant", WellFormed.Text(answer)));
        return parts;
    }

    /// <summary>Earlier turns of an Alpaca record: pairs of question and answer.</summary>
    private static List<Part> History(JsonElement json)
    {
        var parts = new List<Part>();
        if (Turns.Field(json, "history") is not { ValueKind: JsonValueKind.Array } history)
            return parts;
        foreach (JsonElement pair in history.EnumerateArray())
        {
            if (pair.ValueKind != JsonValueKind.Array || pair.GetArrayLength() != 2 || pair[0].ValueKind != JsonValueKind.String
                || pair[1].ValueKind != JsonValueKind.String)
                continue;
            parts.Add(new Part("user", WellFormed.Text(pair[0].GetString()!)));
            parts.Add(new Part("assistant", WellFormed.Text(pair[1].GetString()!)));
        }
        return parts;
    }
}
