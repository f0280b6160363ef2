using System.Buffers;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Drops pages by their address (the metadata <c>url</c>), as RefinedWeb (Penedo et al. 2023, arXiv 2306.01116, appendix G.1), DCLM and datatrove do: listed sites, then words in the
/// address. The lists are the user's: plain text files with an entry a line; what is left out is not asked. Documents without an address pass.</summary>
[Stage("url_words")]
public sealed class UrlWords : RuleFilter
{
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _domains, _addresses, _words, _softWords;
    private readonly SearchValues<string>? _subWords;
    private readonly int _maxSoftWords;

    /// <summary>Makes the filter.</summary>
    /// <param name="domains">File of sites; their sub-domains are meant too.</param>
    /// <param name="addresses">File of whole addresses.</param>
    /// <param name="words">File of words; the address is cut into words at everything but letters and digits, and one is enough (hard words).</param>
    /// <param name="softWords">File of words of which an address may hold <paramref name="maxSoftWords"/>.</param>
    /// <param name="subWords">File of strings that may not stand anywhere in the address, of which <c>-</c> and <c>.</c> are taken out first (strict words).</param>
    /// <param name="maxSoftWords">Most soft words that pass.</param>
    public UrlWords(string? domains = null, string? addresses = null, string? words = null, string? softWords = null, string? subWords = null, int maxSoftWords = 1)
    {
        _domains = Set(domains);
        _addresses = Set(addresses);
        _words = Set(words);
        _softWords = Set(softWords);
        string[] parts = [.. Lines(subWords)];
        _subWords = parts.Length == 0 ? null : SearchValues.Create(parts, StringComparison.OrdinalIgnoreCase);
        _maxSoftWords = maxSoftWords;
        FilesRead = [.. new[] { domains, addresses, words, softWords, subWords }.Where(file => !string.IsNullOrEmpty(file)).Select(file => file!)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> FilesRead { get; }

    private protected override void Check(Document document, ref RuleLog log)
    {
        string url = document.Metadata.TryGetValue("url", out string? given) ? given : "";
        if (log.Above("url_banned_domain", _domains.Set.Count > 0 && HasBannedDomain(Host(url)) ? 1 : 0, 0)
            || log.Above("url_banned_address", _addresses.Contains(url) ? 1 : 0, 0)
            || log.Above("url_banned_sub_word", HasSubWord(url) ? 1 : 0, 0)
            || log.Above("url_banned_word", Count(url, _words), 0))
            return;
        log.Above("url_too_many_soft_words", Count(url, _softWords), _maxSoftWords);
    }

    private bool HasBannedDomain(ReadOnlySpan<char> host)
    {
        for (int dot = 0; dot >= 0 && host.Length > 0; host = host[(dot + 1)..])
        {
            if (_domains.Contains(host))
                return true;
            dot = host.IndexOf('.');
            if (dot < 0)
                return false;
        }
        return false;
    }

    private bool HasSubWord(string url)
    {
        if (_subWords is null)
            return false;
        string joined = url.AsSpan().ContainsAny('-', '.') ? string.Concat(url.Split('-', '.')) : url;
        return joined.AsSpan().ContainsAny(_subWords);
    }

    private static int Count(ReadOnlySpan<char> url, HashSet<string>.AlternateLookup<ReadOnlySpan<char>> words)
    {
        int count = 0;
        for (int at = 0; words.Set.Count > 0 && at < url.Length;)
        {
            int end = at;
            while (end < url.Length && char.IsLetterOrDigit(url[end]))
                end++;
            count += end > at && words.Contains(url[at..end]) ? 1 : 0;
            at = end + 1;
        }
        return count;
    }

    private static ReadOnlySpan<char> Host(ReadOnlySpan<char> url)
    {
        int scheme = url.IndexOf("://");
        url = scheme < 0 ? url : url[(scheme + 3)..];
        int end = url.IndexOfAny("/?#\\");
        url = end < 0 ? url : url[..end];
        url = url[(url.LastIndexOf('@') + 1)..];
        int port = url.LastIndexOf(':');
        return port < 0 ? url : url[..port];
    }

    private static HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Set(string? file) =>
        new HashSet<string>(Lines(file), StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    private static IEnumerable<string> Lines(string? file)
    {
        if (string.IsNullOrEmpty(file))
            return [];
        if (!File.Exists(file))
            throw new ConfigurationException($"url_words: the list '{file}' is not there; give the path of a text file with an entry a line");
        return File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0);
    }
}
