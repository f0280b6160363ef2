using System.Text;

namespace DataPipeline.Core.Urls;

// A host is walked from its last label to the first as long as a rule could be longer, so a lookup asks the table for about as many names as the suffix has labels,
// and one more. The names between (a parent of a rule that is none itself) are in the table for that.

/// <summary>The registered domain of a host by the rules of the public suffix list: the name that somebody registered under a suffix such as <c>com</c> or <c>co.uk</c>.</summary>
public sealed class PublicSuffixes
{
    /// <summary>Rules of our own for the second levels in common use, for whoever names no list: a name under any other top-level domain is registered.</summary>
    public static readonly PublicSuffixes BuiltIn = new(CommonSuffixes.Rules());

    private readonly Dictionary<string, Rule>.AlternateLookup<ReadOnlySpan<char>> _rules;

    /// <summary>Takes rules: <c>com</c>, <c>*.ck</c> (every name under it is a suffix), <c>!www.ck</c> (but this one is not).</summary>
    public PublicSuffixes(IEnumerable<string> rules)
    {
        _rules = new Dictionary<string, Rule>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        Span<char> buffer = stackalloc char[UrlHost.MaxLength];
        foreach (string rule in rules)
        {
            Rule kind = rule.StartsWith('!') ? Rule.Exception : rule.StartsWith("*.", StringComparison.Ordinal) ? Rule.Wildcard : Rule.Suffix;
            ReadOnlySpan<char> name = UrlHost.Of(rule.AsSpan(kind == Rule.Exception ? 1 : kind == Rule.Wildcard ? 2 : 0), buffer);
            if (name.IsEmpty)
                throw new ConfigurationException($"`{rule}` is no rule of a public suffix list, such as `co.uk`, `*.ck` or `!www.ck`");
            Add(name, kind);
            for (int dot = name.IndexOf('.'); dot >= 0; dot = name.IndexOf('.'))
                Add(name = name[(dot + 1)..], Rule.Parent);
        }
    }

    /// <summary>Reads a list in the format of publicsuffix.org.</summary>
    /// <param name="file">The list (public_suffix_list.dat).</param>
    /// <param name="privateSuffixes">Take the second part too, where companies name suffixes of their own: with it <c>a.github.io</c> is a registered domain.</param>
    /// <exception cref="ConfigurationException">The file is missing or holds no rule.</exception>
    public static PublicSuffixes Load(string file, bool privateSuffixes = false)
    {
        if (!File.Exists(file))
            throw new ConfigurationException($"there is no public suffix list '{file}'; give the path of public_suffix_list.dat (publicsuffix.org)");
        var rules = new List<string>();
        bool isPrivate = false;
        foreach (string line in File.ReadLines(file, Encoding.UTF8))
        {
            if (line.StartsWith("//", StringComparison.Ordinal))
            {
                if (line.Contains("BEGIN PRIVATE DOMAINS", StringComparison.Ordinal))
                    isPrivate = true;
                else if (line.Contains("END PRIVATE DOMAINS", StringComparison.Ordinal))
                    isPrivate = false;
            }
            else if (line.Length > 0 && !char.IsWhiteSpace(line[0]) && (privateSuffixes || !isPrivate))
                rules.Add(line.Split((char[]?)null, 2)[0]);
        }
        return rules.Count > 0 ? new PublicSuffixes(rules) : throw new ConfigurationException($"'{file}' holds no rule of a public suffix list");
    }

    /// <summary>The registered domain of a host; empty for an IP address and for a host that is a suffix itself.</summary>
    /// <param name="host">A host as <see cref="UrlHost"/> writes it.</param>
    public ReadOnlySpan<char> DomainOf(ReadOnlySpan<char> host)
    {
        if (host.IsEmpty || UrlHost.IsAddress(host))
            return default;
        int suffix = SuffixStart(host);
        if (suffix < 2 || host[suffix - 2] == '.')
            return default;
        return host[(host[..(suffix - 1)].LastIndexOf('.') + 1)..];
    }

    private int SuffixStart(ReadOnlySpan<char> host)
    {
        int at = host.LastIndexOf('.') + 1, suffix = at;
        while (_rules.TryGetValue(host[at..], out Rule rule))
        {
            if ((rule & Rule.Exception) != 0)
                return host[at..].IndexOf('.') is var dot and >= 0 ? at + dot + 1 : at;
            if ((rule & Rule.Suffix) != 0)
                suffix = at;
            if (at == 0)
                break;
            at = host[..(at - 1)].LastIndexOf('.') + 1;
            if ((rule & Rule.Wildcard) != 0)
                suffix = at;
        }
        return suffix;
    }

    private void Add(ReadOnlySpan<char> name, Rule kind) => _rules[name] = _rules.TryGetValue(name, out Rule before) ? before | kind : kind;

    [Flags]
    private enum Rule : byte
    {
        Parent = 0,
        Suffix = 1,
        Wildcard = 2,
        Exception = 4,
    }
}
