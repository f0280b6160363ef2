using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Drops source files with hardly any comments or with little else, as StarCoder does (Li et al. 2023, arXiv 2305.06161): the share of characters in comments, with their marks, and in Python's
/// docstrings. Files of a language whose comments are not known pass.</summary>
/// <param name="minComments">Smallest share.</param>
/// <param name="maxComments">Largest share; NeMo Curator takes 0.85.</param>
[Stage("code_comments")]
public sealed class CodeComments([Range(0.0, 1.0)] double minComments = 0.01, [Range(0.0, 1.0)] double maxComments = 0.8) : RuleFilter
{
    private protected override void Check(Document document, ref RuleLog log)
    {
        if (CommentSyntax.Of(CodeLanguages.Of(document)) is not { } syntax)
            return;
        TextView view = document.View;
        long comments = 0;
        var scanner = new CommentScanner(view.Text, syntax);
        while (scanner.MoveNext())
            comments += view.CodePointsIn(scanner.Current);
        double share = RuleLog.Share(comments, view.CodePoints);
        if (log.Below("code_too_few_comments", share, minComments))
            return;
        log.Above("code_too_many_comments", share, maxComments);
    }
}
