using System.Text;
using System.Text.Json;
using DataPipeline.Core;

namespace DataPipeline.Train;

/// <summary>A question with answers to choose from.</summary>
/// <param name="Question">What comes before the answer.</param>
/// <param name="Choices">The answers.</param>
/// <param name="Gold">Number of the right one.</param>
/// <param name="Lettered">Whether the question shows the choices under letters, so that a letter answers it.</param>
public sealed record ChoiceItem(string Question, IReadOnlyList<string> Choices, int Gold, bool Lettered);

/// <summary>The questions of a file.</summary>
/// <param name="Name">Name of the file.</param>
/// <param name="Items">Those with answers to choose from.</param>
/// <param name="Skipped">Questions without, whose answer is free text.</param>
public sealed record ChoiceTask(string Name, IReadOnlyList<ChoiceItem> Items, int Skipped)
{
    // More answers than these are no choice but a text to write.
    private const int MostTargets = 8;

    /// <summary>Reads MMLU's .csv (question, four answers, letter), BIG-Bench Hard's .json, or AGIEval's .jsonl.</summary>
    /// <exception cref="InputException">The file is none of these.</exception>
    public static ChoiceTask Read(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        try
        {
            return Path.GetExtension(path) switch
            {
                ".csv" => new ChoiceTask(name, [.. Csv(File.ReadAllText(path)).Select((row, i) => Mmlu(row, path, i + 1))], 0),
                ".jsonl" => AgiEval(name, path),
                ".json" => BigBenchHard(name, path),
                var other => throw new InputException($"{path}: {other} is not .csv (MMLU), .json (BIG-Bench Hard) or .jsonl (AGIEval)"),
            };
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InputException($"{path}: not a file of MMLU, BIG-Bench Hard or AGIEval: {error.Message}", error);
        }
    }

    private static ChoiceItem Mmlu(string[] row, string path, int number)
    {
        int gold = row.Length == 6 && row[5].Trim() is [var letter] ? letter - 'A' : -1;
        if (gold is < 0 or > 3) throw new InputException($"{path}: record {number}: not a question, four answers and a letter A to D");
        return new ChoiceItem(row[0].Trim(), row[1..5], gold, Lettered: true);
    }

    private static ChoiceTask AgiEval(string name, string path)
    {
        var items = new List<ChoiceItem>();
        int skipped = 0;
        foreach (string line in File.ReadLines(path).Where(line => line.Length > 0))
        {
            JsonElement item = JsonElement.Parse(line);
            string[] options = item.GetProperty("options") is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray().Select(o => o.GetString()!)] : [];
            int gold = item.GetProperty("label") is { ValueKind: JsonValueKind.String } label && label.GetString() is [var letter] ? letter - 'A' : -1;
            if (gold < 0 || gold >= options.Length)
            {
                skipped++;
                continue;
            }
            string passage = item.TryGetProperty("passage", out JsonElement given) && given.ValueKind == JsonValueKind.String ? given.GetString() + "\n\n" : "";
            items.Add(new ChoiceItem(passage + item.GetProperty("question").GetString(), [.. options.Select(WithoutLetter)], gold, Lettered: true));
        }
        return new ChoiceTask(name, items, skipped);
    }

    // "(A)text" or "(A) text".
    private static string WithoutLetter(string option) => option is ['(', _, ')', ..] ? option[3..].TrimStart() : option;

    private static ChoiceTask BigBenchHard(string name, string path)
    {
        (string Input, string Target)[] examples = [.. JsonElement.Parse(File.ReadAllBytes(path)).GetProperty("examples").EnumerateArray()
            .Select(e => (e.GetProperty("input").GetString()!, e.GetProperty("target").GetString()!))];
        string[] targets = [.. examples.Select(e => e.Target).Distinct().Order(StringComparer.Ordinal)];
        var items = new List<ChoiceItem>();
        foreach ((string input, string target) in examples)
        {
            int at = input.IndexOf("\nOptions:", StringComparison.Ordinal);
            string[] choices = at < 0 ? (targets.Length <= MostTargets ? targets : []) : [.. input[at..].Split('\n').Where(l => l.StartsWith('(')).Select(WithoutLetter)];
            int gold = at < 0 ? Array.IndexOf(choices, target) : target is ['(', var letter, ')'] ? letter - 'A' : -1;
            if (gold >= 0 && gold < choices.Length) items.Add(new ChoiceItem(at < 0 ? input : input[..at], choices, gold, Lettered: at >= 0));
        }
        return new ChoiceTask(name, items, examples.Length - items.Count);
    }

    // Fields in quotes hold commas, line breaks and doubled quotes (RFC 4180).
    internal static IEnumerable<string[]> Csv(string text)
    {
        var row = new List<string>();
        var field = new StringBuilder();
        bool isQuoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (isQuoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"') field.Append(text[++i]);
            else if (c == '"' && (isQuoted || field.Length == 0)) isQuoted = !isQuoted;
            else if (isQuoted || c is not (',' or '\n' or '\r')) field.Append(c);
            else if (c != '\r')
            {
                row.Add(field.ToString());
                field.Clear();
                if (c == ',') continue;
                if (row.Count > 1 || row[0].Length > 0) yield return [.. row];
                row.Clear();
            }
        }
        row.Add(field.ToString());
        if (row.Count > 1 || row[0].Length > 0) yield return [.. row];
    }
}
