using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Replaces what datatrove's two patterns match: e-mail addresses, never directly behind a letter of any script, then public IPv4 addresses, also inside
/// longer numbers (<c>v1.2.3.4</c>, <c>999.8.8.8</c>). Each value takes the next stand-in, equal ones too.</summary>
internal static class DatatrovePii
{
    private delegate Slice? Find(ReadOnlySpan<char> text, ref int from);

    /// <summary>The text with e-mail addresses replaced.</summary>
    public static string MaskEmails(string text, IReadOnlyList<string> standIns, ref int count) => Replace(text, NextEmail, standIns, ref count);

    /// <summary>The text with IPv4 addresses replaced.</summary>
    public static string MaskIpv4(string text, IReadOnlyList<string> standIns, ref int count) => Replace(text, NextIpv4, standIns, ref count);

    private static string Replace(string text, Find find, IReadOnlyList<string> standIns, ref int count)
    {
        StringBuilder? result = null;
        int done = 0, from = 0;
        while (find(text, ref from) is { } found)
        {
            result ??= new StringBuilder(text.Length);
            result.Append(text.AsSpan(done, found.Start - done)).Append(standIns[count++ % standIns.Count]);
            done = found.End;
        }
        return result is null ? text : result.Append(text.AsSpan(done)).ToString();
    }

    private static Slice? NextEmail(ReadOnlySpan<char> text, ref int from)
    {
        for (int search = from, at; (at = text[search..].IndexOf('@')) >= 0; search += at + 1)
        {
            int sign = search + at, start = EmailScanner.LocalStart(text, from, sign, datatrove: true), end = EmailScanner.DomainEnd(text, sign + 1, datatrove: true);
            if (start < 0 || end < 0)
                continue;
            from = end;
            return new Slice(start, end - start);
        }
        from = text.Length;
        return null;
    }

    private static Slice? NextIpv4(ReadOnlySpan<char> text, ref int from)
    {
        for (int digit; (digit = text[from..].IndexOfAnyInRange('0', '9')) >= 0;)
        {
            int start = from + digit, length = Ipv4Scanner.LengthAt(text[start..]);
            // A number that looks like an address is passed over as a whole, masked or not.
            from = start + Math.Max(length, 1);
            if (length > 0 && Ipv4Scanner.IsGlobal(text.Slice(start, length)))
                return new Slice(start, length);
        }
        from = text.Length;
        return null;
    }
}
