using System.Buffers;
using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Core.Urls;

namespace DataPipeline.Filters;

/// <summary>Drops pages by their address (the metadata <c>url</c>), as RefinedWeb (Penedo et al. 2023, arXiv 2306.01116, appendix G.1), DCLM and datatrove do, in datatrove's order: registered
/// domain, host, whole address, words, soft words, strings anywhere in it. The detail of a drop names the entry that was met.</summary>
/// <remarks>The lists are the user's: files with an entry a line, plain or .gz, lines that begin with <c>#</c> left out; a list that is not named is not asked. Documents without an address pass.
/// Sites and addresses are kept as hashes of 64 bits: among ten million entries one question in 2 * 10^12 meets a wrong one.</remarks>
[Stage("url_lists")]
public sealed class UrlLists : Filter
{
    private const string NotJoined = "-.";
    private const int MostSoftWords = 63;

    private readonly SiteList _blocked, _allowed;
    private readonly HashedNames _words = new(), _softWords = new();
    private readonly SearchValues<string>? _subWords, _strictWords;
    private readonly string[] _subWordList, _strictWordList;
    private readonly PublicSuffixes _suffixes;
    private readonly bool _onlyAllowed;
    private readonly int _maxSoftWords;

    /// <summary>Makes the filter.</summary>
    /// <param name="domains">Files of sites; the hosts under a site are meant too.</param>
    /// <param name="hosts">Files of hosts, of which the hosts under them are not meant.</param>
    /// <param name="addresses">Files of whole addresses; <c>http</c> and <c>https</c>, <c>www.</c>, a final slash, the fragment, the order of parameters and such as utm_source make no difference.</param>
    /// <param name="words">Files of words; the address is cut into words at everything but letters and digits, and one is enough (hard words).</param>
    /// <param name="softWords">Files of words of which an address may hold <paramref name="maxSoftWords"/> different ones.</param>
    /// <param name="subWords">Files of strings that may not stand anywhere in the letters and digits of the address, everything else taken out of both.</param>
    /// <param name="strictWords">Files of strings that may not stand anywhere in the address, <c>-</c> and <c>.</c> taken out of both (RefinedWeb's strict words).</param>
    /// <param name="maxSoftWords">Most different soft words that pass.</param>
    /// <param name="allowedDomains">Files of sites whose pages pass whatever the other lists say.</param>
    /// <param name="allowedHosts">Files of hosts whose pages pass whatever the other lists say.</param>
    /// <param name="allowedAddresses">Files of addresses that pass whatever the other lists say.</param>
    /// <param name="onlyAllowed">Drop what the three lists of the allowed do not name.</param>
    /// <param name="publicSuffixes">The public suffix list (public_suffix_list.dat of publicsuffix.org); without it, rules of our own for the commoner suffixes.</param>
    /// <param name="privateSuffixes">Take also the suffixes that companies name in that list: <c>a.github.io</c> is a site of its own then.</param>
    public UrlLists(
        IReadOnlyList<string>? domains = null, IReadOnlyList<string>? hosts = null, IReadOnlyList<string>? addresses = null, IReadOnlyList<string>? words = null,
        IReadOnlyList<string>? softWords = null, IReadOnlyList<string>? subWords = null, IReadOnlyList<string>? strictWords = null, [Range(0, MostSoftWords)] int maxSoftWords = 1,
        IReadOnlyList<string>? allowedDomains = null, IReadOnlyList<string>? allowedHosts = null, IReadOnlyList<string>? allowedAddresses = null, bool onlyAllowed = false,
        string? publicSuffixes = null, bool privateSuffixes = false)
    {
        _suffixes = publicSuffixes is null ? PublicSuffixes.BuiltIn : PublicSuffixes.Load(publicSuffixes, privateSuffixes);
        _blocked = new SiteList(domains, hosts, addresses, _suffixes);
        _allowed = new SiteList(allowedDomains, allowedHosts, allowedAddresses, _suffixes);
        LineFile.Read(words, word => _words.Add(word.ToString().ToLowerInvariant()));
        LineFile.Read(softWords, word => _softWords.Add(word.ToString().ToLowerInvariant()));
        _subWordList = Strings(subWords, char.IsLetterOrDigit);
        _strictWordList = Strings(strictWords, c => !NotJoined.Contains(c, StringComparison.Ordinal));
        _subWords = _subWordList.Length == 0 ? null : SearchValues.Create(_subWordList, StringComparison.Ordinal);
        _strictWords = _strictWordList.Length == 0 ? null : SearchValues.Create(_strictWordList, StringComparison.Ordinal);
        (_maxSoftWords, _onlyAllowed) = (maxSoftWords, onlyAllowed);
        FilesRead =
        [
            .. new[] { domains, hosts, addresses, words, softWords, subWords, strictWords, allowedDomains, allowedHosts, allowedAddresses }.SelectMany(files => files ?? []),
            .. publicSuffixes is null ? Array.Empty<string>() : [publicSuffixes],
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> FilesRead { get; }

    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        var log = new RuleLog(null);
        string? met = document.Metadata.TryGetValue("url", out string? url) ? Check(url, ref log) : null;
        return log.Decide(document, met is null ? null : $"the address holds {met}");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Measurement> Measure(Document document)
    {
        var all = new List<Measurement>();
        var log = new RuleLog(all);
        if (document.Metadata.TryGetValue("url", out string? url))
            Check(url, ref log);
        return all;
    }

    /// <summary>Asks the lists in order; the entry that was met where the log stopped.</summary>
    private string? Check(string url, ref RuleLog log)
    {
        Span<char> buffer = stackalloc char[UrlHost.MaxLength];
        ReadOnlySpan<char> host = UrlHost.Of(url, buffer), domain = _suffixes.DomainOf(host);
        if (!_allowed.IsEmpty && (!_allowed.Domain(host, domain).IsEmpty || !_allowed.Host(host, domain).IsEmpty || _allowed.Address(url, host, domain)))
            return null;
        if (_onlyAllowed && log.Above("url_not_allowed", 1, 0))
            return null;
        if (!_blocked.IsEmpty)
        {
            ReadOnlySpan<char> met = _blocked.Domain(host, domain);
            if (log.Above("url_banned_domain", met.IsEmpty ? 0 : 1, 0))
                return met.ToString();
            met = _blocked.Host(host, domain);
            if (log.Above("url_banned_host", met.IsEmpty ? 0 : 1, 0))
                return met.ToString();
            if (log.Above("url_banned_address", _blocked.Address(url, host, domain) ? 1 : 0, 0))
                return null;
        }
        return _words.Count + _softWords.Count > 0 || _subWords is not null || _strictWords is not null ? CheckWords(url, ref log) : null;
    }

    private string? CheckWords(string url, ref RuleLog log)
    {
        char[]? rented = url.Length <= 512 ? null : ArrayPool<char>.Shared.Rent(url.Length * 2);
        Span<char> room = rented ?? stackalloc char[1024];
        Span<char> lower = room[..url.Length], joined = room.Slice(url.Length, url.Length);
        url.AsSpan().ToLowerInvariant(lower);
        string? met = FindWord(lower, ref log) ?? FindString(lower, joined, ref log);
        if (rented is not null)
            ArrayPool<char>.Shared.Return(rented);
        return met;
    }

    private string? FindWord(ReadOnlySpan<char> url, ref RuleLog log)
    {
        if (_words.Count + _softWords.Count == 0)
            return null;
        Span<ulong> soft = stackalloc ulong[MostSoftWords + 1];
        int softCount = 0;
        string? hard = null, first = null;
        for (int at = 0; at < url.Length;)
        {
            int end = at;
            while (end < url.Length && char.IsLetterOrDigit(url[end]))
                end++;
            ReadOnlySpan<char> word = url[at..end];
            at = end + 1;
            if (word.IsEmpty)
                continue;
            ulong hash = HashedNames.HashOf(word);
            if (_words.ContainsHash(hash))
                hard ??= word.ToString();
            if (softCount < soft.Length && _softWords.ContainsHash(hash) && !soft[..softCount].Contains(hash))
            {
                soft[softCount++] = hash;
                first = first is null ? word.ToString() : $"{first}, {word}";
            }
        }
        if (_words.Count > 0 && log.Above("url_banned_word", hard is null ? 0 : 1, 0))
            return hard;
        return _softWords.Count > 0 && log.Above("url_too_many_soft_words", softCount, _maxSoftWords) ? first : null;
    }

    private string? FindString(ReadOnlySpan<char> url, Span<char> joined, ref RuleLog log)
    {
        if (log.IsBroken)
            return null;
        if (_subWords is not null)
        {
            int length = 0;
            foreach (char c in url)
            {
                if (char.IsLetterOrDigit(c))
                    joined[length++] = c;
            }
            int at = joined[..length].IndexOfAny(_subWords);
            if (log.Above("url_banned_sub_word", at < 0 ? 0 : 1, 0))
                return Longest(_subWordList, joined[at..length]);
        }
        if (_strictWords is null)
            return null;
        int strict = 0;
        foreach (char c in url)
        {
            if (c is not ('-' or '.'))
                joined[strict++] = c;
        }
        int found = joined[..strict].IndexOfAny(_strictWords);
        return log.Above("url_banned_strict_word", found < 0 ? 0 : 1, 0) ? Longest(_strictWordList, joined[found..strict]) : null;
    }

    private static string Longest(string[] strings, ReadOnlySpan<char> text)
    {
        string longest = "";
        foreach (string one in strings)
            longest = one.Length > longest.Length && text.StartsWith(one) ? one : longest;
        return longest;
    }

    private static string[] Strings(IReadOnlyList<string>? files, Func<char, bool> stays)
    {
        var strings = new HashSet<string>(StringComparer.Ordinal);
        LineFile.Read(files, line => strings.Add(string.Concat(line.ToString().ToLowerInvariant().Where(stays))));
        strings.Remove("");
        return [.. strings];
    }
}
