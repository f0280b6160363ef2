using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Core.Urls;

namespace DataPipeline.Filters;

/// <summary>Writes the registered domain of a page's address (the metadata <c>url</c>) into the metadata <c>domain</c>, for counts by domain. Never drops.</summary>
/// <remarks>An IP address or a public suffix stands for itself. Documents without an address stay as they are.</remarks>
/// <param name="publicSuffixes">The public suffix list (public_suffix_list.dat of publicsuffix.org); without it, rules of our own for the commoner suffixes.</param>
/// <param name="privateSuffixes">Take also the suffixes that companies name in that list: <c>a.github.io</c> is a domain of its own then.</param>
[Stage("domain")]
public sealed class DomainOf(string? publicSuffixes = null, bool privateSuffixes = false) : Filter
{
    private readonly PublicSuffixes _suffixes = publicSuffixes is null ? PublicSuffixes.BuiltIn : PublicSuffixes.Load(publicSuffixes, privateSuffixes);

    /// <inheritdoc/>
    public override IReadOnlyList<string> FilesRead { get; } = publicSuffixes is null ? [] : [publicSuffixes];

    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        if (!document.Metadata.TryGetValue("url", out string? url))
            return Verdict.Keep(document);
        Span<char> buffer = stackalloc char[UrlHost.MaxLength];
        ReadOnlySpan<char> host = UrlHost.Of(url, buffer), domain = _suffixes.DomainOf(host);
        return Verdict.Keep(host.IsEmpty ? document : document.With("domain", domain.IsEmpty ? host.ToString() : domain.ToString()));
    }
}
