using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Cuts a paper or a book at its references, bibliography or appendix, as RedPajama cut arXiv's TeX (at <c>\appendix</c>, references, bibliography); headings in English,
/// Chinese, Japanese and the larger European languages. Drops a text of which nothing is left, for <c>paper_only_back_matter</c>.</summary>
/// <param name="references">Cut at headings such as "References", "Bibliography", "Works Cited", 参考文献, at <c>\bibliography</c> and <c>\begin{thebibliography}</c>.</param>
/// <param name="appendix">Cut at headings such as "Appendix A", 附录, and at <c>\appendix</c>; where false, an appendix behind the references stays.</param>
/// <param name="minShare">Smallest share of the text before the heading: one that comes earlier stands in a table of contents.</param>
[Stage("paper_back_matter")]
public sealed partial class PaperBackMatter(bool references = true, bool appendix = true, [Range(0.0, 1.0)] double minShare = 0.2) : CuttingFilter("paper_only_back_matter")
{
    private const int LongestHeading = 80;

    private static readonly HashSet<string> ReferenceHeadings = new(StringComparer.OrdinalIgnoreCase)
    {
        "references", "bibliography", "works cited", "literature cited", "references and notes", "notes and references", "cited literature", "selected bibliography",
        "参考文献", "參考文獻", "引用文献", "参考书目", "literatur", "literaturverzeichnis", "références", "bibliographie", "referencias", "bibliografía", "bibliografia", "referências", "riferimenti", "список литературы", "литература",
    };

    /// <inheritdoc/>
    private protected override string Cut(string text)
    {
        int cut = -1;
        for (int start = 0, end; start <= text.Length; start = end + 1)
        {
            end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end;
            if (start < minShare * text.Length)
                continue;
            ReadOnlySpan<char> line = text.AsSpan(start, end - start).Trim();
            if (cut < 0 && ((references && IsReferences(line)) || (appendix && IsAppendix(line))))
                cut = start;
            else if (cut >= 0 && !appendix && IsAppendix(line))
                return string.Concat(text.AsSpan(0, cut).TrimEnd(), "\n\n", text.AsSpan(start));
        }
        return cut < 0 ? text : text[..cut].TrimEnd();
    }

    private static bool IsReferences(ReadOnlySpan<char> line) =>
        line.StartsWith(@"\begin{thebibliography}") || line.StartsWith(@"\bibliography{") || line.StartsWith(@"\printbibliography") || ReferenceHeadings.Contains(Bare(line));

    private static bool IsAppendix(ReadOnlySpan<char> line) => line.StartsWith(@"\appendix") || (line.Length <= LongestHeading && AppendixHeading().IsMatch(Marks().Replace(line.ToString(), "")));

    // A heading without its number and marks: "# 7. References:", "\section*{References}", "参 考 文 献".
    private static string Bare(ReadOnlySpan<char> line)
    {
        if (line.Length > LongestHeading)
            return "";
        string bare = Marks().Replace(line.ToString(), "").Trim();
        return bare.Length > 0 && bare[0] >= '\u3000' ? bare.Replace(" ", "", StringComparison.Ordinal).Replace("\u3000", "", StringComparison.Ordinal) : bare;
    }

    [GeneratedRegex(@"^(\\(section|chapter|subsection)\*?\{|[#*=_\s【\[]+|(\d{1,2}|[ivx]{1,5}|[A-Z])[.)]?\s+|第?[一二三四五六七八九十]{1,3}[、.．章]\s*)+|[}*=_:：.】\]\s]+$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Marks();

    [GeneratedRegex(@"^(appendix|appendices|supplementary material|supplemental material|anhang|annexe?|apéndice|приложение|附\s?[录錄]|付録)(\s*[A-Z\d一二三四五]{0,2}([.:：\s].{0,60})?)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex AppendixHeading();
}
