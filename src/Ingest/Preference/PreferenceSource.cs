using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Ingest.Dialogue;
using DataPipeline.Ingest.Files;
using DataPipeline.Ingest.Tables;

namespace DataPipeline.Ingest.Preference;

/// <summary>Preference pairs as JSON lines or one array: <c>prompt</c>, <c>chosen</c> and <c>rejected</c> as strings or messages;
/// <c>conversations</c> with one message chosen and one rejected; or two transcripts (<c>Human:</c>, <c>Assistant:</c>), split where they
/// part.</summary>
/// <param name="files">Paths or patterns of the files.</param>
/// <param name="maxRecordBytes">Largest record, in bytes.</param>
/// <param name="maxExpansion">Largest growth of a compressed member, decompressed bytes for one stored byte.</param>
[Stage("preference")]
public sealed class PreferenceSource(
    IReadOnlyList<string> files,
    [Range(1024, 1 << 30)] int maxRecordBytes = FileSource.DefaultMaxRecordBytes,
    [Range(1.0, 1e9)] double maxExpansion = FileSource.DefaultMaxExpansion) : JsonSource(files, maxRecordBytes, maxExpansion)
{
    /// <inheritdoc/>
    public override bool GivesPreferences => true;

    private protected override Verdict Parse(Origin origin, JsonElement json)
    {
        if (Turns.Field(json, "chosen") is not { } chosen || Turns.Field(json, "rejected") is not { } rejected)
            return Verdict.Drop("no_pair", detail: "no fields 'chosen' and 'rejected'");
        if (Prompt(json) is not { } prompt)
            return Verdict.Drop("bad_prompt", detail: "the prompt is neither a string nor messages");
        if (Answer(chosen) is not { } good || Answer(rejected) is not { } bad)
            return Verdict.Drop("bad_answer", detail: "chosen or rejected is neither a string, a message nor messages");
        if (prompt.Count == 0 && good.Count == 1 && bad.Count == 1)
            (prompt, good, bad) = Split(Transcript(good[0].Text), Transcript(bad[0].Text));
        else if (good.Count > 1 || bad.Count > 1)
            (prompt, good, bad) = SplitBehind(prompt, good, bad);
        return Pair(origin, prompt, good, bad);
    }

    private static Verdict Pair(Origin origin, List<Part> prompt, List<Part> good, List<Part> bad)
    {
        if (prompt.Count == 0)
            return Verdict.Drop("no_prompt", detail: "the two answers share no turn, and no prompt is given");
        if (good.Count == 0 || bad.Count == 0 || good[0].Role != "assistant" || bad[0].Role != "assistant")
            return Verdict.Drop("no_common_prompt", detail: "the transcripts do not part at an answer");
        string chosen = Joined(good), rejected = Joined(bad);
        if (string.IsNullOrWhiteSpace(chosen) || string.IsNullOrWhiteSpace(rejected))
            return Verdict.Drop("empty_answer");
        if (chosen == rejected)
            return Verdict.Drop("same_answers");
        return Verdict.Keep(new Document(origin, [.. prompt.Select(part =>
            part with { Role = part.Role.Length == 0 ? "prompt" : $"prompt:{part.Role}" }),
            new Part("chosen", chosen), new Part("rejected", rejected)]));
    }

    /// <summary>The prompt's turns; a plain string is one turn without a role; none where the record has no prompt; null when it cannot be
    /// read.</summary>
    private static List<Part>? Prompt(JsonElement json)
    {
        List<Part> prompt = [];
        if (Turns.Text(json, "system") is { Length: > 0 } system)
            prompt.Add(new Part("system", WellFormed.Text(system)));
        if ((Turns.Field(json, "prompt") ?? Turns.Field(json, "question") ?? Turns.Field(json, "conversations") ?? Turns.Field(json,
            "messages") ?? Turns.Field(json, "instruction")) is not { } given)
            return prompt;
        if (given.ValueKind == JsonValueKind.String)
        {
            string text = WellFormed.Text(given.GetString()!);
            List<Part> turns = Transcript(text);
            // "...\n\nAssistant:" at the end only says whose turn it is.
            if (turns.Count > 0 && turns[^1].Text.Length == 0)
                turns.RemoveAt(turns.Count - 1);
            string? input = Turns.Text(json, "input");
            return turns.Count > 0 && turns[0].Role.Length > 0 ? turns
                : [.. prompt, new Part(prompt.Count > 0 ? "user" : "", string.IsNullOrWhiteSpace(input) ? text
                : $"{text}\n\n{WellFormed.Text(input)}")];
        }
        return Turns.Messages(given, out _) is { } messages ? [.. prompt, .. messages] : null;
    }

    private static List<Part>? Answer(JsonElement answer) => answer.ValueKind switch
    {
        JsonValueKind.String => [new Part("assistant", WellFormed.Text(answer.GetString()!))],
        JsonValueKind.Object => Turns.Message(answer, out _) is { } message ? [message] : null,
        JsonValueKind.Array => Turns.Messages(answer, out _),
        _ => null,
    };

    /// <summary>Turns of a transcript in Anthropic's format; text without its marks is one turn without a role.</summary>
    private static List<Part> Transcript(string text)
    {
        const string human = "\n\nHuman:", assistant = "\n\nAssistant:";
        var turns = new List<Part>();
        string rest = text.StartsWith("Human:", StringComparison.Ordinal) ? "\n\n" + text : text;
        string role = "";
        int from = 0;
        while (true)
        {
            int nextHuman = rest.IndexOf(human, from, StringComparison.Ordinal),
                nextAssistant = rest.IndexOf(assistant, from, StringComparison.Ordinal);
            bool isHuman = nextHuman >= 0 && (nextAssistant < 0 || nextHuman < nextAssistant);
            int next = isHuman ? nextHuman : nextAssistant;
            string turn = rest[from..(next < 0 ? rest.Length : next)].Trim();
            if (role.Length > 0 || turn.Length > 0)
                turns.Add(new Part(role, turn));
            if (next < 0)
                return turns;
            role = isHuman ? "user" : "assistant";
            from = next + (isHuman ? human.Length : assistant.Length);
        }
    }

    /// <summary>Common turns are the prompt; the answers start at the first turn that differs.</summary>
    private static (List<Part> Prompt, List<Part> Good, List<Part> Bad) Split(List<Part> good, List<Part> bad)
    {
        int common = 0;
        while (common < good.Count && common < bad.Count && good[common] == bad[common])
            common++;
        // Where one transcript goes on after the other ends, or both are the same, the last answer is what is compared.
        while (common > 0 && (common >= good.Count || common >= bad.Count || good[common].Role != "assistant" || bad[common].Role != "assistant"))
            common--;
        return (good[..common], good[common..], bad[common..]);
    }

    /// <summary>Answers given as whole dialogues repeat the prompt's turns.</summary>
    private static (List<Part> Prompt, List<Part> Good, List<Part> Bad) SplitBehind(List<Part> prompt, List<Part> good, List<Part> bad)
    {
        var (shared, goodRest, badRest) = Split(good, bad);
        bool repeats = shared.Count > 0 && (prompt.Count == 0 || shared[^1].Text == prompt[^1].Text || shared[0].Text == prompt[0].Text);
        return (repeats ? shared : [.. prompt, .. shared], goodRest, badRest);
    }

    private static string Joined(List<Part> turns) => turns.Count == 1 ? turns[0].Text
        : turns[0].Text + string.Concat(turns.Skip(1).Select(turn => $"\n\n{(turn.Role == "assistant" ? "Assistant" : "Human")}: {turn.Text}"));
}
