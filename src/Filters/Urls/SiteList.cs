using DataPipeline.Core.Urls;

namespace DataPipeline.Filters;

/// <summary>Sites, hosts and addresses of a block list or an allow list.</summary>
internal sealed class SiteList
{
    // Sites of the addresses: writing an address in canonical form costs more than all other questions, and few sites are listed by address.
    private readonly HashedNames _domains = new(), _hosts = new(), _addresses = new(), _addressSites = new();
    private readonly CanonicalUrl _canonical = new(CanonicalUrl.Default);

    /// <summary>Reads the lists.</summary>
    public SiteList(IReadOnlyList<string>? domains, IReadOnlyList<string>? hosts, IReadOnlyList<string>? addresses, PublicSuffixes suffixes)
    {
        LineFile.Read(domains, line => AddHost(_domains, line));
        LineFile.Read(hosts, line => AddHost(_hosts, line));
        LineFile.Read(addresses, line =>
        {
            Span<char> buffer = stackalloc char[UrlHost.MaxLength];
            ReadOnlySpan<char> host = UrlHost.Of(line, buffer);
            _addressSites.Add(Site(host, suffixes.DomainOf(host)));
            _addresses.Add(_canonical.Of(line.ToString()) ?? line);
        });
    }

    /// <summary>True when nothing is listed.</summary>
    public bool IsEmpty => _domains.Count + _hosts.Count + _addresses.Count == 0;

    /// <summary>The listed registered domain of a host; empty when it is not listed.</summary>
    public ReadOnlySpan<char> Domain(ReadOnlySpan<char> host, ReadOnlySpan<char> domain) => !domain.IsEmpty && _domains.Contains(domain) ? domain : default;

    /// <summary>The listed host: the whole one, or a site between it and its registered domain; empty when none is listed.</summary>
    public ReadOnlySpan<char> Host(ReadOnlySpan<char> host, ReadOnlySpan<char> domain)
    {
        if (_hosts.Contains(host))
            return host;
        for (; _domains.Count > 0 && host.Length > domain.Length; host = host[(host.IndexOf('.') + 1)..])
        {
            if (_domains.Contains(host))
                return host;
            // An IP address and a host that is a public suffix have no registered domain: they are sites as a whole.
            if (domain.IsEmpty)
                break;
        }
        return default;
    }

    /// <summary>True when the address is listed, in any of its spellings.</summary>
    public bool Address(string url, ReadOnlySpan<char> host, ReadOnlySpan<char> domain) =>
        _addressSites.Contains(Site(host, domain)) && _addresses.Contains(_canonical.Of(url) ?? url);

    private static ReadOnlySpan<char> Site(ReadOnlySpan<char> host, ReadOnlySpan<char> domain) => domain.IsEmpty ? host : domain;

    private static void AddHost(HashedNames names, ReadOnlySpan<char> line)
    {
        Span<char> buffer = stackalloc char[UrlHost.MaxLength];
        line = line.StartsWith("*.") ? line[2..] : line.TrimStart('.');
        ReadOnlySpan<char> host = UrlHost.Of(line, buffer);
        if (!host.IsEmpty)
            names.Add(host);
    }
}
