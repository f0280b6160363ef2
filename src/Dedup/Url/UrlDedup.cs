using DataPipeline.Core;
using DataPipeline.Core.Config;

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
    /// <summary>What is stripped unless the setting says otherwise.</summary>
    public static readonly IReadOnlyList<UrlPart> Default =
        [UrlPart.Scheme, UrlPart.Www, UrlPart.User, UrlPart.Fragment, UrlPart.Tracking, UrlPart.Order, UrlPart.TrailingSlash];

    private readonly CanonicalUrl _canonical = new(strip ?? Default);

    /// <inheritdoc/>
    public override Signature Sign(Document document) =>
        document.Metadata.GetValueOrDefault(key) is { } url && _canonical.Of(url) is { } canonical
            ? new Signature([ExactDedup.KeyOf(canonical)], []) : Signature.None;
}

/// <summary>A part of an address that may be stripped.</summary>
public enum UrlPart
{
    /// <summary><c>http</c> or <c>https</c>.</summary>
    Scheme,

    /// <summary><c>www.</c>, <c>www2.</c> or <c>m.</c> before a host of at least two more labels.</summary>
    Www,

    /// <summary>Name and password before the host.</summary>
    User,

    /// <summary>A port that is not the scheme's own.</summary>
    Port,

    /// <summary>Everything behind <c>#</c>.</summary>
    Fragment,

    /// <summary>Everything behind <c>?</c>.</summary>
    Query,

    /// <summary>Parameters that follow a visitor and do not choose a page.</summary>
    Tracking,

    /// <summary>The order of parameters: they are sorted.</summary>
    Order,

    /// <summary>Slashes at the end of the path.</summary>
    TrailingSlash,

    /// <summary><c>index.html</c>, <c>index.php</c>, <c>default.aspx</c>, ... at the end of the path.</summary>
    Index,

    /// <summary>The case of path and query.</summary>
    PathCase,
}
