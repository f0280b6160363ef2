using System.ComponentModel.DataAnnotations;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Replaces e-mail addresses and public IPv4 addresses, and counts them in the metadata <c>pii_email</c> and <c>pii_ipv4</c>. Never drops.</summary>
/// <remarks>The replacements are taken in turn, beginning anew with each document, so that a document's text does not depend on its neighbours.</remarks>
/// <param name="emails">Replace e-mail addresses.</param>
/// <param name="ipv4">Replace IPv4 addresses that are routed globally; private, reserved and documentation ones stay.</param>
/// <param name="boundaries"><c>exact</c> finds addresses beside Chinese characters and leaves version numbers alone; <c>datatrove</c> replaces what datatrove does.</param>
/// <param name="emailReplacements">What stands in for e-mail addresses, in turn; left out: datatrove's two.</param>
/// <param name="ipv4Replacements">What stands in for IPv4 addresses, in turn; left out: datatrove's six, which answer nothing.</param>
[Stage("mask_pii")]
public sealed class MaskPii(
    bool emails = true, bool ipv4 = true, PiiBoundaries boundaries = PiiBoundaries.Exact,
    [MinLength(1)] IReadOnlyList<string>? emailReplacements = null, [MinLength(1)] IReadOnlyList<string>? ipv4Replacements = null) : Filter
{
    private readonly IReadOnlyList<string> _emailReplacements = emailReplacements ?? ["email@example.com", "firstname.lastname@example.org"];
    private readonly IReadOnlyList<string> _ipv4Replacements = ipv4Replacements
        ?? ["22.214.171.124", "126.96.36.199", "188.8.131.52", "220.127.116.11", "184.108.40.206", "18.104.22.168"];

    private delegate Slice? Find(ReadOnlySpan<char> text, ref int from, PiiBoundaries boundaries);

    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        int emailCount = 0, ipv4Count = 0;
        Document masked = document.MapText(text =>
        {
            if (emails)
                text = Replace(text, EmailScanner.Next, _emailReplacements, ref emailCount);
            return ipv4 ? Replace(text, Ipv4Scanner.Next, _ipv4Replacements, ref ipv4Count) : text;
        });
        if (emailCount > 0)
            masked = masked.With("pii_email", emailCount.ToString());
        if (ipv4Count > 0)
            masked = masked.With("pii_ipv4", ipv4Count.ToString());
        return Verdict.Keep(masked);
    }

    private string Replace(string text, Find find, IReadOnlyList<string> replacements, ref int count)
    {
        StringBuilder? result = null;
        int done = 0, from = 0;
        while (find(text, ref from, boundaries) is { } found)
        {
            result ??= new StringBuilder(text.Length);
            result.Append(text.AsSpan(done, found.Start - done)).Append(replacements[count++ % replacements.Count]);
            done = found.End;
        }
        return result is null ? text : result.Append(text.AsSpan(done)).ToString();
    }
}

/// <summary>Where an address may begin and end.</summary>
public enum PiiBoundaries
{
    /// <summary>Beside any character that cannot belong to an address, Chinese ones too; numbers with more parts than an address are none.</summary>
    Exact,

    /// <summary>As datatrove's patterns: no e-mail directly behind a letter of any script, and four numbers anywhere in a longer one.</summary>
    Datatrove,
}
