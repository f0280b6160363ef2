using System.Buffers;
using System.Globalization;
using System.Text;

namespace DataPipeline.Core.Urls;

/// <summary>One form for all spellings of an address (RFC 3986, section 6.2); international hosts stay as they are written.</summary>
/// <param name="strip">What does not tell pages apart.</param>
public sealed class CanonicalUrl(IReadOnlyList<UrlPart> strip)
{
    /// <summary>What is stripped unless a setting says otherwise.</summary>
    public static readonly IReadOnlyList<UrlPart> Default =
        [UrlPart.Scheme, UrlPart.Www, UrlPart.User, UrlPart.Fragment, UrlPart.Tracking, UrlPart.Order, UrlPart.TrailingSlash];

    private static readonly string[] Tracking =
    [
        "fbclid", "gclid", "gclsrc", "dclid", "msclkid", "yclid", "twclid", "igshid", "mc_cid", "mc_eid", "_ga", "_gl", "_hsenc", "_hsmi", "ref", "ref_src", "ref_url",
        "sessionid", "session_id", "sid", "phpsessid", "jsessionid", "aspsessionid", "cfid", "cftoken", "spm", "share", "trk", "wt_mc", "cmpid", "ncid",
    ];

    private static readonly string[] Indexes = ["index.html", "index.htm", "index.php", "index.asp", "index.aspx", "index.jsp", "default.asp", "default.aspx", "default.html", "default.htm"];
    private static readonly SearchValues<char> EndOfHost = SearchValues.Create("/?#\\");

    private static readonly SearchValues<char> NotInHost = SearchValues.Create(" \t\r\n<>\"");
    private static readonly SearchValues<char> SchemeCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    private readonly HashSet<UrlPart> _strip = [.. strip];

    /// <summary>The canonical form; null for what is no address with a host.</summary>
    public string? Of(string url)
    {
        // Tabs and line breaks are no part of an address wherever they stand (URL Standard).
        ReadOnlySpan<char> text = url.AsSpan().ContainsAny("\t\r\n") ? string.Concat(url.Split('\t', '\r', '\n')).AsSpan().Trim() : url.AsSpan().Trim();
        int colon = text.IndexOf("://", StringComparison.Ordinal);
        string scheme = colon > 0 && colon < 16 && !text[..colon].ContainsAnyExcept(SchemeCharacters) ? text[..colon].ToString().ToLowerInvariant() : "";
        text = scheme.Length > 0 ? text[(colon + 3)..] : text.StartsWith("//") ? text[2..] : text;
        int end = text.IndexOfAny(EndOfHost);
        ReadOnlySpan<char> authority = end < 0 ? text : text[..end], rest = end < 0 ? "" : text[end..];
        int at = authority.LastIndexOf('@');
        string user = at < 0 ? "" : authority[..(at + 1)].ToString();
        (string host, string port) = Host(authority[(at + 1)..], scheme);
        // Without a scheme, only something like a host with a point in it counts as an address.
        if (host.Length == 0 || host.AsSpan().ContainsAny(NotInHost) || scheme.Length == 0 && !host.Contains('.', StringComparison.Ordinal))
            return null;
        int hash = rest.IndexOf('#');
        string fragment = hash < 0 ? "" : rest[hash..].ToString();
        rest = hash < 0 ? rest : rest[..hash];
        int question = rest.IndexOf('?');
        string query = question < 0 ? "" : Query(rest[(question + 1)..].ToString());
        string path = Path((question < 0 ? rest : rest[..question]).ToString());
        var canonical = new StringBuilder();
        if (!_strip.Contains(UrlPart.Scheme))
            canonical.Append(scheme.Length == 0 ? "http" : scheme).Append("://");
        if (!_strip.Contains(UrlPart.User))
            canonical.Append(user);
        canonical.Append(host).Append(_strip.Contains(UrlPart.Port) ? "" : port).Append(path);
        if (query.Length > 0)
            canonical.Append('?').Append(query);
        if (!_strip.Contains(UrlPart.Fragment) && fragment.Length > 1)
            canonical.Append(Escapes(fragment));
        return canonical.ToString();
    }

    private (string Host, string Port) Host(ReadOnlySpan<char> authority, string scheme)
    {
        int colon = authority.LastIndexOf(':');
        string port = colon >= 0 && !authority[(colon + 1)..].ContainsAnyExceptInRange('0', '9') ? authority[colon..].ToString() : "";
        string host = authority[..^port.Length].ToString().ToLowerInvariant().TrimEnd('.');
        port = port.TrimStart(':').TrimStart('0') is var number && (number.Length == 0 || number == "80" && scheme is "http" or "" || number == "443" && scheme == "https") ? "" : ":" + number;
        if (_strip.Contains(UrlPart.Www))
        {
            int dot = host.IndexOf('.');
            bool prefix = dot > 0 && (host.AsSpan(0, dot) is "m" || host.StartsWith("www", StringComparison.Ordinal) && dot <= 5 && !host.AsSpan(3, dot - 3).ContainsAnyExceptInRange('0', '9'));
            if (prefix && host.IndexOf('.', dot + 1) > 0)
                host = host[(dot + 1)..];
        }
        return (host, port);
    }

    private string Path(string path)
    {
        path = Escapes(path.Replace('\\', '/'));
        if (path.Contains("/.", StringComparison.Ordinal))
            path = WithoutDots(path);
        if (_strip.Contains(UrlPart.PathCase))
            path = path.ToLowerInvariant();
        string before;
        do
        {
            before = path;
            if (_strip.Contains(UrlPart.Index) && Indexes.Contains(path[(path.LastIndexOf('/') + 1)..].ToLowerInvariant()))
                path = path[..(path.LastIndexOf('/') + 1)];
            if (_strip.Contains(UrlPart.TrailingSlash))
                path = path.TrimEnd('/');
        }
        while (path != before);
        return path.Length == 0 && !_strip.Contains(UrlPart.TrailingSlash) ? "/" : path;
    }

    private string Query(string query)
    {
        if (_strip.Contains(UrlPart.Query))
            return "";
        IEnumerable<string> parameters = query.Split('&').Where(parameter => parameter.Length > 0).Select(Escapes);
        if (_strip.Contains(UrlPart.Tracking))
            parameters = parameters.Where(parameter => !IsTracking(parameter.Split('=')[0].ToLowerInvariant()));
        if (_strip.Contains(UrlPart.PathCase))
            parameters = parameters.Select(parameter => parameter.ToLowerInvariant());
        if (_strip.Contains(UrlPart.Order))
            parameters = parameters.Order(StringComparer.Ordinal);
        return string.Join('&', parameters);
    }

    private static bool IsTracking(string name) => name.StartsWith("utm_", StringComparison.Ordinal) || Tracking.Contains(name);

    private static string WithoutDots(string path)
    {
        var kept = new List<string>();
        string[] segments = path.Split('/');
        for (int i = 1; i < segments.Length; i++)
        {
            bool last = i == segments.Length - 1;
            if (segments[i] == ".." && kept.Count > 0)
                kept.RemoveAt(kept.Count - 1);
            if (segments[i] is not ("." or ".."))
                kept.Add(segments[i]);
            else if (last)
                kept.Add("");
        }
        return "/" + string.Join('/', kept);
    }

    /// <summary>Undoes escapes of letters, digits and <c>-._~</c>, writes the others in capitals, and escapes white space and a <c>%</c> that begins no escape.</summary>
    private static string Escapes(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i]))
                plain.Append(Uri.EscapeDataString(text[i].ToString()));
            else if (text[i] != '%')
                plain.Append(text[i]);
            else if (i + 2 >= text.Length || !byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
                plain.Append("%25");
            else
            {
                i += 2;
                if (char.IsAsciiLetterOrDigit((char)value) || value is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~')
                    plain.Append((char)value);
                else
                    plain.Append('%').Append(value.ToString("X2", CultureInfo.InvariantCulture));
            }
        }
        return plain.ToString();
    }
}
