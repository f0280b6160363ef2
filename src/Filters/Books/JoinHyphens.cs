using System.Text;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Joins words that a line's end parts by a hyphen: <c>exam-</c>, <c>ple of</c> becomes <c>example</c>, <c>of</c>. The hyphen stays where the text has
/// the word with it elsewhere (<c>well-known</c>), before a capital and behind a digit. Never drops.</summary>
[Stage("join_hyphens")]
public sealed class JoinHyphens : Filter
{
    /// <inheritdoc/>
    public override Verdict Judge(Document document) => Verdict.Keep(document.MapText(Join));

    private static string Join(string text)
    {
        StringBuilder? joined = null;
        HashSet<string>? compounds = null;
        int done = 0;
        for (int end = text.IndexOf('\n'); end >= 0; end = end + 1 < text.Length ? text.IndexOf('\n', end + 1) : -1)
        {
            int hyphen = end - 1;
            while (hyphen > done && text[hyphen] is ' ' or '\r')
                hyphen--;
            int next = end + 1;
            while (next < text.Length && text[next] == ' ')
                next++;
            if (hyphen <= done || !IsHyphen(text[hyphen]) || !char.IsLetter(text[hyphen - 1]) || next >= text.Length || !char.IsLower(text[next]))
                continue;
            int start = hyphen, stop = next;
            while (start > done && char.IsLetter(text[start - 1]))
                start--;
            while (stop < text.Length && char.IsLetter(text[stop]))
                stop++;
            compounds ??= Compounds(text);
            bool keeps = text[hyphen] != '\u00AD' && compounds.Contains(string.Concat(text.AsSpan(start, hyphen - start), "-", text.AsSpan(next, stop - next)).ToLowerInvariant());
            // What follows the word directly, such as a comma, goes up with it.
            while (stop < text.Length && !char.IsWhiteSpace(text[stop]))
                stop++;
            (joined ??= new StringBuilder(text.Length)).Append(text, done, hyphen - done).Append(keeps ? "-" : "").Append(text, next, stop - next);
            done = stop;
            if (stop < text.Length && text[stop] == ' ')
            {
                joined.Append('\n');
                done++;
            }
            end = done - 1;
        }
        return joined is null ? text : joined.Append(text, done, text.Length - done).ToString();
    }

    // Words with a hyphen inside a line.
    private static HashSet<string> Compounds(string text)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        for (int at = text.IndexOf('-'); at >= 0; at = text.IndexOf('-', at + 1))
        {
            int start = at, end = at + 1;
            while (start > 0 && char.IsLetter(text[start - 1]))
                start--;
            while (end < text.Length && char.IsLetter(text[end]))
                end++;
            if (start < at && end > at + 1)
                found.Add(text[start..end].ToLowerInvariant());
        }
        return found;
    }

    private static bool IsHyphen(char c) => c is '-' or '\u2010' or '\u00AD';
}
