using System.Buffers;
using System.Text;
using DataPipeline.Core.Unicode;

namespace DataPipeline.Core.Urls;

/// <summary>The host of an address in the one form in which hosts are compared: small ASCII letters, international labels in Punycode, no final point.</summary>
public static class UrlHost
{
    /// <summary>Most characters of a host (RFC 1035); longer ones count as none.</summary>
    public const int MaxLength = 255;

    private static readonly SearchValues<char> EndOfHost = SearchValues.Create("/?#\\");
    private static readonly SearchValues<char> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-._");
    private static readonly SearchValues<char> InBrackets = SearchValues.Create("0123456789abcdef:.%");
    private static readonly SearchValues<char> LineBreaks = SearchValues.Create("\t\r\n");

    // What UTS 46 takes for a point beside the ASCII one.
    private static readonly char[] OtherPoints = ['\u3002', '\uFF0E', '\uFF61'];

    /// <summary>Writes the host of an address, without user and port; empty where there is none. An IPv6 address keeps its brackets.</summary>
    /// <param name="url">The address; the scheme may be missing.</param>
    /// <param name="buffer">Room for <see cref="MaxLength"/> characters, of which the result is the first ones.</param>
    public static ReadOnlySpan<char> Of(ReadOnlySpan<char> url, Span<char> buffer)
    {
        if (url.ContainsAny(LineBreaks))
            url = url.ToString().Replace("\t", "", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
        url = url.Trim();
        int scheme = url.IndexOf("://");
        if (scheme >= 0 && scheme < url.IndexOfAny(EndOfHost))
            url = url[(scheme + 3)..];
        else if (url.StartsWith("//"))
            url = url[2..];
        int end = url.IndexOfAny(EndOfHost);
        url = end < 0 ? url : url[..end];
        url = url[(url.LastIndexOf('@') + 1)..];
        int port = url.LastIndexOf(':');
        if (port >= 0 && !url[(port + 1)..].ContainsAnyExceptInRange('0', '9'))
            url = url[..port];
        url = url.TrimEnd('.');
        if (url.Length is 0 or > MaxLength)
            return default;
        if (Ascii.ToLower(url, buffer, out int written) == OperationStatus.Done && !buffer[..written].ContainsAnyExcept(Plain))
            return buffer[..written];
        return url[0] == '[' ? Ipv6(url, buffer) : International(url.ToString(), buffer);
    }

    /// <summary>True for an IPv6 address in brackets, and for a host whose last label is a number, which is an IPv4 address (URL Standard) since no domain is one.</summary>
    public static bool IsAddress(ReadOnlySpan<char> host) =>
        host.StartsWith('[') || (!host.IsEmpty && host[^1] != '.' && !host[(host.LastIndexOf('.') + 1)..].ContainsAnyExceptInRange('0', '9'));

    private static ReadOnlySpan<char> Ipv6(ReadOnlySpan<char> host, Span<char> buffer)
    {
        if (host[^1] != ']' || Ascii.ToLower(host, buffer, out int written) != OperationStatus.Done || buffer[1..(written - 1)].ContainsAnyExcept(InBrackets))
            return default;
        return buffer[..written];
    }

    private static ReadOnlySpan<char> International(string host, Span<char> buffer)
    {
        if (host.Contains('%', StringComparison.Ordinal))
            host = Uri.UnescapeDataString(host);
        foreach (char point in OtherPoints)
            host = host.Replace(point, '.');
        host = UnicodeNormalizer.Normalize(UnicodeNormalizer.Normalize(host, UnicodeForm.Nfkc).ToLowerInvariant(), UnicodeForm.Nfkc);
        var ascii = new StringBuilder(host.Length + 16);
        foreach (string label in host.TrimEnd('.').Split('.'))
        {
            Punycode.AppendLabel(ascii, label);
            ascii.Append('.');
        }
        ascii.Length--;
        if (ascii.Length is 0 or > MaxLength)
            return default;
        ascii.CopyTo(0, buffer, ascii.Length);
        return buffer[..ascii.Length].ContainsAnyExcept(Plain) ? default : buffer[..ascii.Length];
    }
}
