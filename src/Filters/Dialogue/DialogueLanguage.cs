using System.Buffers;
using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Drops dialogues whose answers are in another language than their prompts, by the small language model of this project. Short turns, code,
/// and prompts that speak of translation or name a language do not count.</summary>
/// <param name="maxMismatches">Largest share of answers in another language.</param>
/// <param name="minScore">Smallest score by which both languages must be known, 0 to 1.</param>
/// <param name="minLetters">Fewest letters of a prompt and of an answer; a Chinese, Japanese or Korean one counts as three.</param>
[Stage("dialogue_language")]
public sealed class DialogueLanguage([Range(0.0, 1.0)] double maxMismatches = 0, [Range(0.0, 1.0)] double minScore = 0.8, [Range(1, int.MaxValue)] int minLetters = 50) : RuleFilter
{
    private const double MostSigns = 0.04;

    private static readonly SearchValues<char> Signs = SearchValues.Create("(){}[]=;_<>|\\#");

    private static readonly SearchValues<string> Translation = SearchValues.Create(
        ["translat", "english", "chinese", "mandarin", "french", "german", "spanish", "italian", "portuguese", "japanese", "korean", "russian", "arabic", "hindi", "latin",
         "翻译", "翻譯", "译成", "译为", "译文", "英语", "英文", "英譯", "英语句", "中文", "汉语", "法语", "法文", "德语", "德文", "西班牙语", "意大利语", "日语", "日文", "韩语", "俄语", "阿拉伯语", "拉丁", "双语", "外语", "单词", "词汇",
         "翻訳", "英訳", "和訳", "英語", "日本語", "번역", "영어", "traduc", "tradui", "übersetz", "перевед", "перевод"], StringComparison.OrdinalIgnoreCase);

    private protected override void Check(Document document, ref RuleLog log)
    {
        int compared = 0, different = 0;
        foreach ((string prompt, string answer) in Exchanges.Of(document))
        {
            if (prompt.AsSpan().ContainsAny(Translation) || LanguageOf(prompt) is not { } asked || LanguageOf(answer) is not { } answered)
                continue;
            compared++;
            different += asked == answered ? 0 : 1;
        }
        if (compared > 0)
            log.Above("dialogue_language_mismatch", RuleLog.Share(different, compared), maxMismatches);
    }

    private string? LanguageOf(string turn)
    {
        string text = WithoutCode(turn);
        int letters = 0, signs = 0;
        foreach (char c in text)
        {
            letters += char.IsLetter(c) ? c >= '\u2E80' ? 3 : 1 : 0;
            signs += Signs.Contains(c) ? 1 : 0;
        }
        // Code and tables without fences are in no language that a prompt has.
        return letters >= minLetters && signs <= MostSigns * text.Length && DefaultLanguageModel.Instance.Predict(text) is { } best && best.Score >= minScore ? best.Label : null;
    }

    private static string WithoutCode(string text)
    {
        string[] pieces = text.Split("```");
        return pieces.Length == 1 ? text : string.Join('\n', pieces.Where((_, i) => i % 2 == 0));
    }
}
