using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Sizes that files of data and markup may have: The Stack v2's number of lines (Lozhkov et al. 2024, arXiv 2402.19173) and StarCoder's characters of JSON and YAML (Li et al. 2023, arXiv 2305.06161). The
/// language is the metadata <c>code_language</c> or that of the metadata <c>path</c>.</summary>
/// <param name="maxLines">Most lines of any file.</param>
/// <param name="maxDataLines">Most lines of text, JSON, YAML, OWL and Graphviz files.</param>
/// <param name="minDataCharacters">Fewest code points of JSON and YAML files.</param>
/// <param name="maxDataCharacters">Most code points of JSON and YAML files.</param>
/// <param name="maxMarkupLine">Longest line of HTML, JSON, Markdown, roff, SMT, TeX, text and XML files.</param>
/// <param name="maxLine">Longest line of other files; The Stack v2 takes 1000.</param>
/// <param name="maxMeanLine">Largest mean length of lines of other files; The Stack v2 takes 100.</param>
[Stage("code_sizes")]
public sealed class CodeSizes(
    [Range(1, int.MaxValue)] int maxLines = 100_000, [Range(1, int.MaxValue)] int maxDataLines = 512, [Range(0, int.MaxValue)] int minDataCharacters = 50,
    [Range(0, int.MaxValue)] int maxDataCharacters = 5000, [Range(1, int.MaxValue)] int maxMarkupLine = 100_000,
    [Range(1, int.MaxValue)] int maxLine = int.MaxValue, [Range(1.0, 1e9)] double maxMeanLine = 1e9) : RuleFilter
{
    private static readonly string[] MoreData = [".owl", ".dot", ".gv"], MoreMarkup = [".roff", ".man", ".smt", ".smt2"];

    private protected override void Check(Document document, ref RuleLog log)
    {
        TextView view = document.View;
        int lines = view.SplitLines.Length;
        if (log.Above("code_too_many_lines", lines, maxLines))
            return;
        string? language = CodeLanguages.Of(document);
        string extension = document.Metadata.TryGetValue("path", out string? path) ? Path.GetExtension(path).ToLowerInvariant() : "";
        bool values = language is "JSON" or "YAML";
        if ((values || language == "Text" || MoreData.Contains(extension)) && log.Above("code_too_many_data_lines", lines, maxDataLines))
            return;
        if (values && (log.Below("code_data_too_short", view.CodePoints, minDataCharacters) || log.Above("code_data_too_long", view.CodePoints, maxDataCharacters)))
            return;
        (int longest, double mean) = CodeLines.Lengths(view);
        if (language is "HTML" or "JSON" or "Markdown" or "TeX" or "Text" or "XML" || MoreMarkup.Contains(extension))
            log.Above("code_markup_line_too_long", longest, maxMarkupLine);
        else if (!log.Above("code_line_too_long", longest, maxLine))
            log.Above("code_mean_line_too_long", mean, maxMeanLine);
    }
}
