using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Core.Urls;

namespace DataPipeline.Dedup.Url;

/// <summary>Removes pages whose address, in canonical form, is that of another page.</summary>
/// <remarks>Always: host in lower case, default port gone, dot segments resolved, escapes of unreserved characters undone and others in capitals (RFC 3986,
/// section 6.2). What the setting names is stripped beside.</remarks>
/// <param name="key">Metadata column that holds the address; a document without it, or with something that is no address with a host, is kept.</param>
/// <param name="strip">What does not tell pages apart: <c>scheme</c>, <c>www</c> (and <c>m.</c> before a host), <c>user</c>, <c>port</c>, <c>fragment</c>, <c>query</c>,
/// <c>tracking</c> (parameters such as utm_source, gclid, sessionid), <c>order</c> of parameters, <c>trailing_slash</c>, <c>index</c> (index.html and the like),
/// <c>path_case</c>.</param>
[Stage("url")]
public sealed class UrlDedup(string key = "url", IReadOnlyList<UrlPart>? strip = null) : DocumentDedup(null)
{
    private readonly CanonicalUrl _canonical = new(strip ?? CanonicalUrl.Default);

    /// <inheritdoc/>
    public override Signature Sign(Document document) =>
        document.Metadata.GetValueOrDefault(key) is { } url && _canonical.Of(url) is { } canonical
            ? new Signature([ExactDedup.KeyOf(canonical)], []) : Signature.None;
}
