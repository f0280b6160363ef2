namespace DataPipeline.Core.Urls;

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
