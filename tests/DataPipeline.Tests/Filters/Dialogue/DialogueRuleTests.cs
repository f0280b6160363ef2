using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters.Dialogue;

/// <summary>The shortest dialogues for each drop reason, and what must not be dropped.</summary>
public sealed class DialogueRuleTests
{
    [Theory]
    [InlineData("dialogue_empty_turn", "user:a", "assistant: ")]
    [InlineData("dialogue_too_few_turns", "user:a")]
    [InlineData("dialogue_too_many_turns", "user:a", "assistant:b", "user:c", "assistant:d")]
    [InlineData("dialogue_without_answer", "user:a", "assistant:b", "user:c")]
    [InlineData(null, "system:s", "user:a", "assistant:b")]
    [InlineData(null, "text:plain")]
    public void DialogueTurns_ShortestDialogues_GiveTheReason(string? reason, params string[] turns)
    {
        Part[] parts = [.. turns.Select(turn => turn.Split(':')).Select(fields => new Part(fields[0], fields[1]))];
        RuleTests.AssertAgree(new DialogueTurns(maxTurns: 3), new Document(new Origin("f", 0), parts), reason);
    }

    [Theory]
    [InlineData("dialogue_prompt_too_short", "user:a", "assistant:bb")]
    [InlineData("dialogue_prompt_too_long", "user:aaaaaa", "assistant:bb")]
    [InlineData("dialogue_answer_too_short", "user:aa", "assistant: b ")]
    [InlineData("dialogue_answer_too_long", "user:aa", "assistant:bbbbbb")]
    [InlineData(null, "user:中文", "assistant:𠀀𠀁𠀂𠀃𠀄")]
    [InlineData(null, "text:aaaaaaaaaaaaaa")]
    public void DialogueLength_ShortestDialogues_GiveTheReason(string? reason, params string[] turns) => Assert(new DialogueLength(2, 5, 2, 5), reason, turns);

    [Theory]
    [InlineData("dialogue_repeated_turns", "user:a", "assistant:Sure.", "user:b", "assistant:sure.")]
    [InlineData("dialogue_repeated_text", "user:a", "assistant:......................")]
    [InlineData("dialogue_repeated_text", "user:a", "assistant:我不知道。我不知道。我不知道。我不知道。我不知道。我不知道。")]
    [InlineData("dialogue_answer_repeats_prompt", "user:What is  it?", "assistant:what is it?")]
    [InlineData("dialogue_answer_repeats_prompt", "user:今天天气怎么样？", "assistant:今天天气怎么样？")]
    [InlineData(null, "user:A or B?", "assistant:A")]
    [InlineData(null, "user:Mend this sentence: he go to school every day.", "assistant:He goes to school every day.")]
    public void DialogueRepetition_ShortestDialogues_GiveTheReason(string? reason, params string[] turns) => Assert(new DialogueRepetition(maxRepeatedTurns: 0.2), reason, turns);

    [Theory]
    [InlineData("dialogue_refusal", "user:a", "assistant:Sorry, I can’t help.")]
    [InlineData("dialogue_refusal", "user:a", "assistant:抱歉， 我无法")]
    [InlineData("dialogue_refusal", "user:a", "assistant:yes", "user:b", "assistant:Nope, not today.")]
    [InlineData("dialogue_identity", "user:a", "assistant:Well, as an AI language model, I am.")]
    [InlineData("dialogue_identity", "user:a", "assistant:作为一个 AI 语言模型，我")]
    [InlineData("dialogue_identity", "user:a", "assistant:作為人工智慧")]
    [InlineData(null, "user:as an AI language model, I can't assist", "assistant:I can't believe it.")]
    [InlineData(null, "user:a", "assistant:GPT-3 is a language model developed by OpenAI.")]
    public void DialoguePhrases_ShortestDialogues_GiveTheReason(string? reason, params string[] turns) => Assert(new DialoguePhrases(refusals: ["Not today"]), reason, turns);

    [Fact]
    public void DialoguePhrases_RefusalFarInTheAnswer_IsPartOfAStory() =>
        Assert(new DialoguePhrases(), null, "user:a", "assistant:" + new string('x', 200) + "sorry, i can't");

    [Fact]
    public void DialoguePhrases_OwnPhrasesOff_LooksForTheGivenOnly() =>
        Assert(new DialoguePhrases(builtIn: false, identities: ["我是小助手"]), "dialogue_identity", "user:a", "assistant:as an ai model, 我是 小助手");

    [Theory]
    [InlineData("dialogue_language_mismatch", "user:请介绍一下北京的历史，并且说明它为什么成为首都。", "assistant:Beijing has been the capital of several dynasties because it lies between the plain and the mountains.")]
    [InlineData(null, "user:请把这句话翻译一下：今天天气很好，我们去公园吧。", "assistant:The weather is fine today, let us go to the park and sit there in the shade of the trees.")]
    [InlineData(null, "user:请写一个函数，计算两个整数的乘积，并且返回结果给调用者。", "assistant:int product(int x, int y) { int result = x * y; return result; } // returns the product of both numbers")]
    [InlineData(null, "user:请写一个函数，计算两个整数的乘积，并且返回结果给调用者。", "assistant:```\nThe fenced part may be in any language, even in English of this length.\n```")]
    [InlineData(null, "user:How did Beijing become the capital of the country, and when did that happen?", "assistant:Beijing became the capital of several dynasties because of its place in the north.")]
    [InlineData(null, "user:你好", "assistant:Hello")]
    public void DialogueLanguage_ShortestDialogues_GiveTheReason(string? reason, params string[] turns) => Assert(new DialogueLanguage(), reason, turns);

    [Fact]
    public void RepeatedText_And_Likeness_EqualTwins()
    {
        const string A = "the cat sat on the mat and the cat sat on the hat", B = "the cat sat on the mat and the dog sat on the hat";
        string[] tens = [.. Enumerable.Range(0, A.Length - 9).Select(i => A.Substring(i, 10))];
        Xunit.Assert.Equal((double)tens.Where((gram, i) => Array.IndexOf(tens, gram) < i).Count() / tens.Length, DialogueRepetition.RepeatedText(A), 12);
        string[] a = [.. Fives(A)], b = [.. Fives(B)];
        Xunit.Assert.Equal((double)a.Intersect(b).Count() / a.Union(b).Count(), DialogueRepetition.Likeness(A, B), 12);

        static IEnumerable<string> Fives(string text) => Enumerable.Range(0, text.Length - 4).Select(i => text.Substring(i, 5));
    }

    private static void Assert(Filter filter, string? reason, params string[] turns)
    {
        Part[] parts = [.. turns.Select(turn => turn.Split(':', 2)).Select(fields => new Part(fields[0], fields[1]))];
        RuleTests.AssertAgree(filter, new Document(new Origin("f", 0), parts), reason);
    }
}
