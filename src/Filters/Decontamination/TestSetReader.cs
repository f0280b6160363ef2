using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Reads the items of test sets. Test sets are small: a file is held in memory, and a damaged one is a mistake of the configuration.</summary>
/// <remarks>Not a source of documents: sources count what they cannot read and go on, give one text a record, and live in a room that filters do not know.</remarks>
internal sealed class TestSetReader(string set, TestSet columns)
{
    private static readonly string[] Kinds = [".jsonl", ".ndjson", ".json", ".csv", ".tsv"];
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 512 };

    public static bool Reads(string path) => Kinds.Contains(Kind(path));

    public IEnumerable<TestItem> Read(string path)
    {
        TestItem[] items = [.. All(path).Where(item => item.Question.Length + item.Choices.Sum(choice => choice.Length) + item.Answers.Sum(answer => answer.Length) > 0)];
        return items.Length > 0 ? items
            : throw new ConfigurationException($"{path}: no record has any of the columns {string.Join(", ", columns.Question)}: say in `question` which hold the text");
    }

    private IReadOnlyList<TestItem> All(string path)
    {
        string text = Text(path);
        try
        {
            return Kind(path) switch
            {
                ".jsonl" or ".ndjson" => [.. Lines(path, text)],
                ".json" => [.. Records(path, text)],
                ".csv" => [.. Rows(path, text, ',')],
                ".tsv" => [.. Rows(path, text, '\t')],
                _ => throw new ConfigurationException($"{path} is no test set: give .jsonl, .json, .csv or .tsv, each also as .gz"),
            };
        }
        catch (InvalidOperationException broken)
        {
            throw new ConfigurationException($"{path} holds half a surrogate pair: correct it ({broken.Message})");
        }
    }

    private static string Kind(string path)
    {
        string kind = Path.GetExtension(path).ToLowerInvariant();
        return kind == ".gz" ? Path.GetExtension(path[..^3]).ToLowerInvariant() : kind;
    }

    private static string Text(string path)
    {
        using Stream file = File.OpenRead(path);
        using Stream plain = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(plain, Encoding.UTF8);
        try
        {
            return reader.ReadToEnd();
        }
        catch (InvalidDataException broken)
        {
            throw new ConfigurationException($"{path} is a damaged .gz: fetch it again ({broken.Message})");
        }
    }

    private IEnumerable<TestItem> Lines(string path, string text)
    {
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            using JsonDocument json = Json($"{path}:{number}", line);
            yield return Item($"{path}:{number}", json.RootElement);
        }
    }

    /// <summary>The elements of the array at the top or of the arrays of objects in the object at the top; else the one object.</summary>
    private IEnumerable<TestItem> Records(string path, string text)
    {
        using JsonDocument json = Json(path, text);
        JsonElement top = json.RootElement;
        JsonElement[] records = top.ValueKind == JsonValueKind.Array ? [.. top.EnumerateArray()]
            : top.ValueKind == JsonValueKind.Object ? [.. top.EnumerateObject().Where(field => IsTable(field.Value)).SelectMany(field => field.Value.EnumerateArray())] : [];
        if (records.Length == 0)
            records = [top];
        return [.. records.Select((record, i) => Item($"{path}#{i}", record))];

        static bool IsTable(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().FirstOrDefault().ValueKind == JsonValueKind.Object;
    }

    private static JsonDocument Json(string place, string text)
    {
        try
        {
            return JsonDocument.Parse(text, Options);
        }
        catch (JsonException broken)
        {
            throw new ConfigurationException($"{place} is no JSON: correct it ({broken.Message})");
        }
    }

    private TestItem Item(string place, JsonElement record) => record.ValueKind != JsonValueKind.Object
        ? new TestItem(new WantedThing(set, place), string.Join('\n', Strings(record)), [], [])
        : Item(place, name => Find(record, name) is { } value ? Strings(value) : []);

    private TestItem Item(string place, Func<string, IEnumerable<string>> column)
    {
        string[] choices = [.. columns.Choices.SelectMany(column)];
        string[] answers = [.. columns.Answer.SelectMany(column).Select(answer => ChoiceOf(answer, choices) ?? answer)];
        return new TestItem(new WantedThing(set, place), string.Join('\n', columns.Question.SelectMany(column)), choices, answers);
    }

    /// <summary>The choice that <c>B</c>, <c>(B)</c> or <c>1</c> means.</summary>
    private static string? ChoiceOf(string answer, string[] choices)
    {
        ReadOnlySpan<char> bare = answer.AsSpan().Trim().Trim("().");
        int at = bare.Length == 1 && char.IsAsciiLetterUpper(bare[0]) ? bare[0] - 'A' : int.TryParse(bare, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1;
        return (uint)at < (uint)choices.Length ? choices[at] : null;
    }

    private static JsonElement? Find(JsonElement record, string name)
    {
        if (record.ValueKind != JsonValueKind.Object)
            return null;
        foreach (JsonProperty field in record.EnumerateObject())
        {
            if (field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return field.Value;
        }
        int dot = name.IndexOf('.');
        return dot > 0 && Find(record, name[..dot]) is { } inner ? Find(inner, name[(dot + 1)..]) : null;
    }

    /// <summary>All texts in a value; of <c>{"text": [...], "label": [...]}</c> those of text.</summary>
    private static IEnumerable<string> Strings(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Number => [value.GetRawText()],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Strings),
        JsonValueKind.Object => Find(value, "text") is { } text ? Strings(text) : value.EnumerateObject().SelectMany(field => Strings(field.Value)),
        _ => [],
    };

    private IEnumerable<TestItem> Rows(string path, string text, char separator)
    {
        Dictionary<string, int>? names = null;
        foreach ((int line, List<string> cells) in CsvRows(text, separator))
        {
            if (names is null)
            {
                names = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
                if (columns.Question.Any(name => cells.Contains(name, StringComparer.OrdinalIgnoreCase)))
                {
                    foreach ((int i, string name) in cells.Index())
                        names.TryAdd(name, i);
                    continue;
                }
            }
            yield return names.Count == 0 && !columns.HasOwnColumns
                ? Unnamed($"{path}:{line}", cells)
                : Item($"{path}:{line}", name => (names.TryGetValue(name, out int at) || int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out at)) && at < cells.Count ? [cells[at]] : []);
        }
    }

    /// <summary>A row without names, as MMLU has them: question, choices, answer.</summary>
    private TestItem Unnamed(string place, List<string> cells)
    {
        string[] choices = [.. cells.Skip(1).SkipLast(1)];
        return new TestItem(new WantedThing(set, place), cells[0], choices, cells.Count < 2 ? [] : [ChoiceOf(cells[^1], choices) ?? cells[^1]]);
    }

    /// <summary>Rows as in RFC 4180, each with the line that it begins in.</summary>
    private static IEnumerable<(int Line, List<string> Cells)> CsvRows(string text, char separator)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        bool quoted = false;
        int line = 1, first = 1;
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : '\n';
            line += c == '\n' ? 1 : 0;
            if (c == '"' && quoted && i + 1 < text.Length && text[i + 1] == '"')
                cell.Append(text[i++]);
            else if (c == '"')
                quoted = !quoted;
            else if (quoted && i < text.Length || c != separator && c is not ('\n' or '\r'))
                cell.Append(c);
            else if (c != '\r')
            {
                cells.Add(cell.ToString());
                cell.Clear();
                if (c == separator)
                    continue;
                if (cells.Count > 1 || cells[0].Length > 0)
                    yield return (first, cells);
                (cells, first) = ([], line);
            }
        }
    }
}
