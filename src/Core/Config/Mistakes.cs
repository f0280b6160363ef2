namespace DataPipeline.Core.Config;

/// <summary>Every mistake found in a configuration, shown together as <c>file:line:column: message</c>.</summary>
public sealed class Mistakes
{
    private readonly List<(Position At, string Message)> _found = [];

    /// <summary>How many there are.</summary>
    public int Count => _found.Count;

    /// <summary>Notes one.</summary>
    public void Add(Position at, string message) => _found.Add((at, message));

    /// <summary>One line each, in the order of the file.</summary>
    public override string ToString() => string.Join('\n', _found
        .OrderBy(mistake => mistake.At.File, StringComparer.Ordinal).ThenBy(mistake => mistake.At.Line).ThenBy(mistake => mistake.At.Column)
        .Select(mistake => $"{mistake.At}: {mistake.Message}").Distinct());

    /// <summary>Ends the reading of the configuration if anything is wrong with it.</summary>
    /// <exception cref="ConfigurationException">Holds all of them.</exception>
    public void ThrowIfAny()
    {
        if (Count > 0)
            throw new ConfigurationException(ToString());
    }

    /// <summary>" (did you mean <c>name</c>?)" for the nearest of the known names, else a list of them.</summary>
    public static string Suggest(string given, IEnumerable<string> known)
    {
        string[] names = [.. known.OrderBy(name => name, StringComparer.Ordinal)];
        string? nearest = names.MinBy(name => Distance(given, name));
        return nearest is not null && Distance(given, nearest) <= Math.Max(2, given.Length / 3)
            ? $" (did you mean `{nearest}`?)"
            : names.Length == 0 ? "" : $" (known: {string.Join(", ", names)})";
    }

    /// <summary>Levenshtein distance; swapping neighbours counts as one (Damerau), the commonest slip of the fingers.</summary>
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            rows[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            rows[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(replace, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }
        return rows[a.Length, b.Length];
    }
}
