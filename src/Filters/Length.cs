using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Keeps documents whose length lies in a range.</summary>
/// <param name="minCharacters">Fewest code points.</param>
/// <param name="maxCharacters">Most code points.</param>
/// <param name="minWords">Fewest words.</param>
/// <param name="maxWords">Most words.</param>
/// <param name="words">How words are found: <c>script</c> also counts in languages without spaces, <c>whitespace</c> is Python's split.</param>
[Stage("length")]
public sealed class Length(
    [Range(0, int.MaxValue)] int minCharacters = 1, [Range(0, int.MaxValue)] int maxCharacters = int.MaxValue,
    [Range(0, int.MaxValue)] int minWords = 0, [Range(0, int.MaxValue)] int maxWords = int.MaxValue, WordRule words = WordRule.Script) : RuleFilter
{
    private protected override void Check(Document document, ref RuleLog log)
    {
        TextView view = document.View;
        if (log.Below("length_too_few_characters", view.CodePoints, minCharacters)
            || log.Above("length_too_many_characters", view.CodePoints, maxCharacters))
            return;
        if (minWords > 0 && log.Below("length_too_few_words", view.WordsBy(words).Length, minWords))
            return;
        if (maxWords < int.MaxValue)
            log.Above("length_too_many_words", view.WordsBy(words).Length, maxWords);
    }
}
