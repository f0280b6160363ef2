using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Drops dialogues that teach nothing: empty turns, too few turns, no answer at the end. Documents without user and assistant turns pass.</summary>
/// <param name="minTurns">Fewest turns of user and assistant.</param>
/// <param name="maxTurns">Most turns of user and assistant.</param>
/// <param name="requireAnswer">Drop a dialogue whose last turn is not the assistant's.</param>
[Stage("dialogue_turns")]
public sealed class DialogueTurns(
    [Range(0, int.MaxValue)] int minTurns = 2, [Range(1, int.MaxValue)] int maxTurns = int.MaxValue, bool requireAnswer = true) : RuleFilter
{
    private protected override void Check(Document document, ref RuleLog log)
    {
        int turns = 0, empty = 0;
        bool answered = false;
        foreach (Part part in document.Parts)
        {
            if (part.Role is not ("user" or "assistant"))
                continue;
            turns++;
            answered = part.Role == "assistant";
            if (string.IsNullOrWhiteSpace(part.Text))
                empty++;
        }
        if (turns == 0)
            return;
        if (log.Above("dialogue_empty_turn", empty, 0) || log.Below("dialogue_too_few_turns", turns, minTurns)
            || log.Above("dialogue_too_many_turns", turns, maxTurns))
            return;
        if (requireAnswer)
            log.Below("dialogue_without_answer", answered ? 1 : 0, 1);
    }
}
