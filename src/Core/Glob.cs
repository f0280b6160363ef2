using System.Text;
using System.Text.RegularExpressions;

namespace DataPipeline.Core;

/// <summary>File patterns of a pipeline file: <c>*</c> and <c>?</c> within a name, <c>**</c> over folders, <c>{a,b}</c> for either; a folder stands
/// for all files below it.</summary>
public static class Glob
{
    /// <summary>The files that the patterns name, each once, ordinal by path; paths keep the form the pattern gave them.</summary>
    /// <exception cref="ConfigurationException">Patterns that match nothing, all of them named.</exception>
    public static IReadOnlyList<InputFile> Expand(IReadOnlyList<string> patterns)
    {
        var found = new SortedDictionary<string, InputFile>(StringComparer.Ordinal);
        var mistakes = new List<string>();
        if (patterns.Count == 0)
            mistakes.Add("A source needs at least one file pattern under 'files'.");
        foreach (string pattern in patterns)
        {
            int before = 0;
            foreach (string path in Alternatives(pattern.Replace('\\', '/')).SelectMany(Matches))
            {
                before++;
                found.TryAdd(path, new InputFile(path, new FileInfo(path).Length));
            }
            if (before == 0 && pattern.Contains("://", StringComparison.Ordinal))
                mistakes.Add($"'{pattern}' is not on this machine, and a run reads only files whose bytes stay as they are: run `datapipeline fetch {pattern} --output DIR` first, then name the file in DIR.");
            else if (before == 0)
                mistakes.Add($"The pattern '{pattern}' matches no file, looked from {Directory.GetCurrentDirectory()}: correct it or fetch the data it names.");
        }
        return mistakes.Count == 0 ? [.. found.Values] : throw new ConfigurationException(string.Join('\n', mistakes));
    }

    /// <summary>A test for entry paths of an archive against one pattern; <c>*.html</c> without a folder matches at any depth.</summary>
    public static Regex Matcher(string pattern)
    {
        string text = pattern.Contains('/', StringComparison.Ordinal) ? pattern : "**/" + pattern;
        return new Regex("^(?:" + string.Join('|', Alternatives(text).Select(Pattern)) + ")$",
            RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }

    private static IEnumerable<string> Matches(string pattern)
    {
        if (!HasWildcard(pattern))
        {
            if (File.Exists(pattern))
                return [pattern];
            return Directory.Exists(pattern) ? Below(pattern.TrimEnd('/'), recurse: true) : [];
        }
        string[] parts = pattern.Split('/');
        int wild = Array.FindIndex(parts, HasWildcard);
        string root = string.Join('/', parts[..wild]);
        if (wild > 0 && root.Length == 0)
            root = "/";
        string folder = wild == 0 ? "." : root;
        if (!Directory.Exists(folder))
            return [];
        var test = new Regex("^" + Pattern(pattern) + "$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        bool recurse = wild < parts.Length - 1 || parts[wild].Contains("**", StringComparison.Ordinal);
        return Below(wild == 0 ? "" : root, recurse, folder).Where(path => test.IsMatch(path));
    }

    private static IEnumerable<string> Below(string root, bool recurse, string? folder = null)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = recurse, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.None };
        string start = folder ?? root;
        foreach (string path in Directory.EnumerateFiles(start, "*", options))
        {
            string relative = Path.GetRelativePath(start, path).Replace('\\', '/');
            yield return root.Length == 0 ? relative : root.EndsWith('/') ? root + relative : $"{root}/{relative}";
        }
    }

    private static bool HasWildcard(string part) => part.AsSpan().ContainsAny('*', '?');

    private static IEnumerable<string> Alternatives(string pattern)
    {
        int open = pattern.IndexOf('{'), close = open < 0 ? -1 : pattern.IndexOf('}', open);
        if (close < 0)
            return [pattern];
        return pattern[(open + 1)..close].Split(',').SelectMany(choice => Alternatives(pattern[..open] + choice + pattern[(close + 1)..]));
    }

    private static string Pattern(string glob)
    {
        var regex = new StringBuilder();
        for (int i = 0; i < glob.Length; i++)
        {
            if (glob.AsSpan(i).StartsWith("**/"))
            {
                regex.Append("(?:.*/)?");
                i += 2;
            }
            else if (glob.AsSpan(i).StartsWith("**"))
            {
                regex.Append(".*");
                i++;
            }
            else if (glob[i] == '*')
            {
                regex.Append("[^/]*");
            }
            else if (glob[i] == '?')
            {
                regex.Append("[^/]");
            }
            else
            {
                regex.Append(Regex.Escape(glob[i].ToString()));
            }
        }
        return regex.ToString();
    }
}
