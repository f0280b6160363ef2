namespace DataPipeline.Core.Config;

/// <summary>The values of <c>${name}</c>: given on the command line, else in the environment, else the default written in the file.</summary>
public sealed class Variables(IReadOnlyDictionary<string, string> given)
{
    private readonly SortedDictionary<string, string> _used = new(StringComparer.Ordinal);

    /// <summary>What was filled in, by name; the manifest records it.</summary>
    public IReadOnlyDictionary<string, string> Used => _used;

    /// <summary>Names given with --set that the file never asks for, nearly always a slip.</summary>
    public IEnumerable<string> Unused => given.Keys.Where(name => !_used.ContainsKey(name)).Order(StringComparer.Ordinal);

    /// <summary>The value of a name; null when it has none.</summary>
    public string? Find(string name, string? otherwise)
    {
        string? value = given.GetValueOrDefault(name) ?? Environment.GetEnvironmentVariable(name) ?? otherwise;
        if (value is not null)
            _used[name] = value;
        return value;
    }
}
