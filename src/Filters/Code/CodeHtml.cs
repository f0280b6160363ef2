using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Drops HTML files that show little text, as StarCoder and The Stack v2 do (Li et al. 2023, arXiv 2305.06161; Lozhkov et al. 2024, arXiv 2402.19173): what is left without tags, comments, scripts and
/// styles. Files of other languages pass.</summary>
/// <param name="minVisible">Visible characters have to be a larger share of the file.</param>
/// <param name="minCharacters">There have to be more of them.</param>
[Stage("code_html")]
public sealed class CodeHtml([Range(0.0, 1.0)] double minVisible = 0.2, [Range(0, int.MaxValue)] int minCharacters = 100) : RuleFilter
{
    private protected override void Check(Document document, ref RuleLog log)
    {
        if (CodeLanguages.Of(document) != "HTML")
            return;
        TextView view = document.View;
        int visible = CountVisible(view.Text);
        double share = RuleLog.Share(visible, view.CodePoints);
        if (log.Note("code_html_too_little_visible", share, minVisible, share <= minVisible))
            return;
        log.Note("code_html_too_few_visible", visible, minCharacters, visible <= minCharacters);
    }

    /// <summary>Code points outside of tags, comments, scripts and styles; a character reference counts as it is written.</summary>
    internal static int CountVisible(ReadOnlySpan<char> html)
    {
        int visible = 0;
        while (html.IndexOf('<') is >= 0 and var at)
        {
            visible += TextView.CountCodePoints(html[..at]);
            html = html[at..];
            if (html.StartsWith("<!--"))
            {
                html = Behind(html, "-->");
                continue;
            }
            // A mark that begins no tag is text.
            if (html.Length < 2 || !(char.IsAsciiLetter(html[1]) || html[1] is '/' or '!' or '?'))
            {
                visible++;
                html = html[1..];
                continue;
            }
            bool script = IsTag(html, "script"), style = IsTag(html, "style");
            html = BehindTag(html);
            if (script || style)
            {
                int end = html.IndexOf(script ? "</script" : "</style", StringComparison.OrdinalIgnoreCase);
                html = end < 0 ? default : html[end..];
            }
        }
        return visible + TextView.CountCodePoints(html);
    }

    private static bool IsTag(ReadOnlySpan<char> html, string name) =>
        html[1..].StartsWith(name, StringComparison.OrdinalIgnoreCase) && html.Length > name.Length + 1 && !char.IsAsciiLetterOrDigit(html[name.Length + 1]);

    // A > inside a quoted value does not end the tag.
    private static ReadOnlySpan<char> BehindTag(ReadOnlySpan<char> html)
    {
        int at = 1;
        while (html[at..].IndexOfAny('>', '"', '\'') is >= 0 and var found)
        {
            at += found;
            if (html[at] == '>')
                return html[(at + 1)..];
            int end = html[at - 1] == '=' ? html[(at + 1)..].IndexOf(html[at]) : -1;
            at += end + 2;
        }
        return default;
    }

    private static ReadOnlySpan<char> Behind(ReadOnlySpan<char> text, string mark)
    {
        int at = text.IndexOf(mark);
        return at < 0 ? default : text[(at + mark.Length)..];
    }
}
