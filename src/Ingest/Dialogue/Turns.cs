using System.Text.Json;
using DataPipeline.Core;

namespace DataPipeline.Ingest.Dialogue;

/// <summary>Messages as data sets write them (<c>role</c> and <c>content</c>, or ShareGPT's <c>from</c> and <c>value</c>), as parts with our
/// roles.</summary>
internal static class Turns
{
    /// <summary>The role of a name; null for one that no known data set uses.</summary>
    public static string? Role(string name) => name.ToLowerInvariant() switch
    {
        "user" or "human" or "prompter" or "instruction" => "user",
        "assistant" or "gpt" or "bot" or "model" or "chatgpt" or "bing" or "bard" or "chatbot" or "function_call" or "tool_call" or "output" =>
            "assistant",
        "system" or "developer" => "system",
        "tool" or "function" or "observation" or "ipython" or "tool_response" => "tool",
        _ => null,
    };

    /// <summary>One message; null and a reason when it is none.</summary>
    public static Part? Message(JsonElement message, out string? problem)
    {
        problem = "no_messages";
        if (message.ValueKind != JsonValueKind.Object)
            return null;
        string? name = Text(message, "role") ?? Text(message, "from");
        string? content = Content(message, "content") ?? Content(message, "value") ?? Content(message, "text");
        if (name is null || content is null)
            return null;
        problem = "unknown_role";
        if (Role(name) is not { } role)
            return null;
        problem = null;
        return new Part(role, WellFormed.Text(content));
    }

    /// <summary>A list of messages, empty ones left out; null and a reason when one is none.</summary>
    public static List<Part>? Messages(JsonElement list, out string? problem)
    {
        problem = "no_messages";
        if (list.ValueKind != JsonValueKind.Array)
            return null;
        var parts = new List<Part>(list.GetArrayLength());
        foreach (JsonElement message in list.EnumerateArray())
        {
            if (Message(message, out problem) is not { } part)
                return null;
            if (!string.IsNullOrWhiteSpace(part.Text))
                parts.Add(part);
        }
        problem = parts.Count == 0 ? "no_messages" : null;
        return parts.Count == 0 ? null : parts;
    }

    /// <summary>A string field; null when it is absent or something else.</summary>
    public static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null;

    /// <summary>A field of any kind but null.</summary>
    public static JsonElement? Field(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? value : null;

    // Content may be a list of typed pieces, of which the texts count.
    private static string? Content(JsonElement message, string name)
    {
        if (Field(message, name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String)
            return value.GetString();
        if (value.ValueKind != JsonValueKind.Array)
            return null;
        return string.Join('\n', value.EnumerateArray().Select(piece => piece.ValueKind == JsonValueKind.String ? piece.GetString()
            : Text(piece, "text")).Where(text => text is not null));
    }
}
