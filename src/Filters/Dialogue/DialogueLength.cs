using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Drops dialogues with a prompt or an answer that is too short or too long. Documents without user and assistant turns pass.</summary>
/// <param name="minPrompt">Fewest code points of a prompt, white space around it not counted.</param>
/// <param name="maxPrompt">Most code points of a prompt.</param>
/// <param name="minAnswer">Fewest code points of an answer.</param>
/// <param name="maxAnswer">Most code points of an answer.</param>
[Stage("dialogue_length")]
public sealed class DialogueLength(
    [Range(0, int.MaxValue)] int minPrompt = 1, [Range(1, int.MaxValue)] int maxPrompt = int.MaxValue, [Range(0, int.MaxValue)] int minAnswer = 1,
    [Range(1, int.MaxValue)] int maxAnswer = int.MaxValue) : RuleFilter
{
    private protected override void Check(Document document, ref RuleLog log)
    {
        if (Lengths(document, Exchanges.User) is { } prompts
            && (log.Below("dialogue_prompt_too_short", prompts.Shortest, minPrompt) || log.Above("dialogue_prompt_too_long", prompts.Longest, maxPrompt)))
            return;
        if (Lengths(document, Exchanges.Assistant) is { } answers && !log.Below("dialogue_answer_too_short", answers.Shortest, minAnswer))
            log.Above("dialogue_answer_too_long", answers.Longest, maxAnswer);
    }

    private static (int Shortest, int Longest)? Lengths(Document document, string role)
    {
        int shortest = int.MaxValue, longest = 0;
        foreach (Part part in document.Parts)
        {
            if (part.Role != role)
                continue;
            int length = TextView.CountCodePoints(part.Text.AsSpan().Trim());
            (shortest, longest) = (Math.Min(shortest, length), Math.Max(longest, length));
        }
        return shortest == int.MaxValue ? null : (shortest, longest);
    }
}
