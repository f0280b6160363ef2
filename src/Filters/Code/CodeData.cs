using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Drops files of numbers that stand between source files: tables, grids, dumps. StarCoder's authors found such files by eye under many extensions (Li et al. 2023, arXiv 2305.06161, section 3); here they
/// are those whose filled lines are mostly without a letter while they hold digits.</summary>
/// <param name="maxNumberLines">Largest share of filled lines with digits and no letter.</param>
/// <param name="minLines">Files of fewer filled lines pass.</param>
[Stage("code_data")]
public sealed class CodeData([Range(0.0, 1.0)] double maxNumberLines = 0.5, [Range(1, int.MaxValue)] int minLines = 10) : RuleFilter
{
    private protected override void Check(Document document, ref RuleLog log)
    {
        TextView view = document.View;
        int filled = 0, numbers = 0;
        foreach (Slice line in view.SplitLines)
        {
            ReadOnlySpan<char> text = view[line];
            bool letters = false, digits = false;
            foreach (char c in text)
            {
                byte bits = CharacterClass.Units[c];
                letters = (bits & CharacterClass.Letter) != 0 || char.IsSurrogate(c);
                if (letters)
                    break;
                digits |= char.IsAsciiDigit(c);
            }
            filled += letters || digits || !TextView.IsBlank(text) ? 1 : 0;
            numbers += digits && !letters ? 1 : 0;
        }
        log.Above("code_data", filled < minLines ? 0 : RuleLog.Share(numbers, filled), maxNumberLines);
    }
}
