using System.ComponentModel.DataAnnotations;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Shortens runs of newlines, as RefinedWeb and DCLM do before they judge (Li et al. 2024, arXiv 2406.11794). Never drops.</summary>
/// <param name="max">Most newlines in a row.</param>
[Stage("newline_runs")]
public sealed class NewlineRuns([Range(1, int.MaxValue - 1)] int max = 2) : Filter
{
    private readonly string _tooMany = new('\n', Math.Min(max, 1000) + 1);

    /// <inheritdoc/>
    public override Verdict Judge(Document document) => Verdict.Keep(document.MapText(Edit));

    private string Edit(string text)
    {
        ReadOnlySpan<char> rest = text;
        int at = rest.IndexOf(_tooMany);
        if (at < 0)
            return text;
        var left = new StringBuilder(text.Length);
        for (; at >= 0; at = rest.IndexOf(_tooMany))
        {
            int end = rest[at..].IndexOfAnyExcept('\n');
            int run = end < 0 ? rest.Length - at : end;
            left.Append(rest[..at]).Append('\n', Math.Min(run, max));
            rest = rest[(at + run)..];
        }
        return left.Append(rest).ToString();
    }
}
