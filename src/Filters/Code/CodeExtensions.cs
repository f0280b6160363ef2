using System.Collections.Frozen;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>StarCoder's limits by file extension (Li et al. 2023, arXiv 2305.06161, section 3): its authors looked at files of 300 extensions and left some out, freed some from the rule for long lines and asked
/// some for letters. Documents without the metadata <c>path</c> have the common limits.</summary>
/// <remarks>Where the longest line is not limited the mean is not either, as in StarCoder's own program.</remarks>
/// <param name="dropExcluded">Drop the extensions that StarCoder left out, data and generated files mostly.</param>
[Stage("code_extensions")]
public sealed class CodeExtensions(bool dropExcluded = true) : RuleFilter
{
    private const int CommonLongest = 1000;
    private const double CommonMean = 100, CommonAlphanumeric = 0.25;

    private static readonly FrozenSet<string> Excluded = Set(
        "bison cats w csx cl2 sexp xrl f77 frg geo vrx grt cdf nbp wlt dpr al ph plx rktd rktl rest pck pls tab sig aux ltx toc vhf vht frx yy");

    private static readonly FrozenSet<string> AnyLine = Set(
        "asm bsv cmake md markdown mkd mkdn ron ma nb matlab r rmd rst sql ado do bbx bib cbx dtx ins lbx mkii mkiv mkvi sty tex frm json");

    private static readonly FrozenSet<string> AnyAlphanumeric = Set("sas ma nb frm");
    private static readonly FrozenSet<string> Quarter = Set("ads aug fp mpl ma nb wl matlab scm sld sps prc sv vhd bas y");
    private static readonly FrozenSet<string> Half = Set("json yaml yml");

    private protected override void Check(Document document, ref RuleLog log)
    {
        string extension = document.Metadata.TryGetValue("path", out string? path) ? Path.GetExtension(path).TrimStart('.').ToLowerInvariant() : "";
        if (dropExcluded && log.Above("code_excluded_extension", Excluded.Contains(extension) ? 1 : 0, 0))
            return;
        TextView view = document.View;
        if (!AnyLine.Contains(extension))
        {
            (int longest, double mean) = CodeLines.Lengths(view);
            if (log.Above("code_line_too_long", longest, extension == "fsh" ? CommonLongest / 2 : CommonLongest) || log.Above("code_mean_line_too_long", mean, CommonMean))
                return;
        }
        if (!AnyAlphanumeric.Contains(extension) && log.Below("code_too_little_alphanumeric", RuleLog.Share(Alphanumeric.Count(view.Text), view.CodePoints), CommonAlphanumeric))
            return;
        double letters = Half.Contains(extension) ? 0.5 : Quarter.Contains(extension) ? 0.25 : 0;
        if (letters > 0)
            log.Below("code_too_few_letters", RuleLog.Share(view.Letters, view.CodePoints), letters);
    }

    private static FrozenSet<string> Set(string extensions) => extensions.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
