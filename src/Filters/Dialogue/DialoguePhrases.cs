using System.Buffers;
using System.ComponentModel.DataAnnotations;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Drops dialogues whose assistant refuses ("I'm sorry, but I can't assist") or speaks of itself as a model ("As an AI language model",
/// 作为一个人工智能语言模型). Phrases in English and Chinese; a recipe may add its own.</summary>
[Stage("dialogue_phrases")]
public sealed class DialoguePhrases : RuleFilter
{
    // A refusal opens an answer; further on the words belong to a story or an example.
    private const int OpeningLength = 160;

    private static readonly string[] Refusals =
    [
        "i'm sorry, but i can't", "i'm sorry, but i cannot", "i am sorry, but i can't", "i am sorry, but i cannot", "sorry, but i can't", "sorry, but i cannot", "sorry, i can't", "sorry, i cannot",
        "i'm sorry, but i'm unable to", "i'm sorry, but i am unable to", "i'm sorry, but i'm not able to", "i'm sorry, but i don't have the", "i'm sorry, but i do not have the",
        "i'm sorry, but i currently don't have", "i cannot assist", "i can't assist", "i cannot help you with", "i can't help you with", "i can't help with that", "i cannot help with that",
        "i cannot fulfill", "i can't fulfill", "i cannot comply", "i can't comply", "i must decline", "i won't be able to help", "i cannot provide you with", "i am unable to provide", "i'm unable to provide",
        "i am not able to provide", "i'm not able to provide", "i cannot engage in", "i can't engage in", "i am unable to assist", "i'm unable to assist", "it would be inappropriate for me", "against my programming",
        "抱歉,我无法", "抱歉,我不能", "抱歉,我没有办法", "对不起,我无法", "对不起,我不能", "对不起,我没有办法", "不好意思,我无法", "不好意思,我不能", "我无法满足您", "我无法满足你", "我无法协助", "我不能协助",
        "我无法为您提供", "我无法为你提供", "我无法回答", "我不能回答", "無法協助", "抱歉,我無法", "對不起,我無法", "我無法回答",
    ];

    private static readonly string[] Identities =
    [
        "as an ai language model", "as an ai assistant", "as an ai model", "as an ai,", "as an ai ", "as an artificial intelligence", "as a language model", "as a large language model", "i am an ai", "i'm an ai", "i am just an ai",
        "i'm just an ai", "i am only an ai", "i'm only an ai", "i am a language model", "i'm a language model", "i am a large language model", "i'm a large language model", "i am chatgpt", "i'm chatgpt",
        "i was developed by", "i was trained by", "i was created by openai", "my knowledge cutoff", "my knowledge cut-off",
        "作为一个人工智能", "作为一名人工智能", "作为人工智能", "作为一个ai", "作为一名ai", "作为一款ai", "作为ai", "作为一个语言模型", "作为语言模型", "作为一个大型语言模型", "作为一个大语言模型", "作为大语言模型", "身为人工智能",
        "身为ai", "我是一个人工智能", "我是人工智能", "我是一个ai", "我是一名ai", "我是ai", "我是一个语言模型", "我是语言模型", "我是一个大型语言模型", "我是chatgpt", "我是由openai", "我由openai", "我的知识截止",
        "作為一個人工智能", "作為人工智能", "作為一個ai", "作為ai", "作為一個語言模型", "我是一個人工智能", "我是一個語言模型", "作為一個人工智慧", "作為人工智慧",
    ];

    private readonly SearchValues<string> _refusals, _identities;
    private readonly double _maxRefusals, _maxIdentities;

    /// <summary>Makes the filter.</summary>
    /// <param name="maxRefusals">Largest share of answers with a refusal in their first 160 characters.</param>
    /// <param name="maxIdentities">Largest share of answers in which the assistant speaks of itself as a model.</param>
    /// <param name="refusals">Further phrases of refusal; case, kinds of apostrophe and full-width commas do not matter.</param>
    /// <param name="identities">Further phrases about itself.</param>
    /// <param name="builtIn">Look for the phrases of this project too.</param>
    public DialoguePhrases(
        [Range(0.0, 1.0)] double maxRefusals = 0, [Range(0.0, 1.0)] double maxIdentities = 0, IReadOnlyList<string>? refusals = null, IReadOnlyList<string>? identities = null, bool builtIn = true)
    {
        (_maxRefusals, _maxIdentities) = (maxRefusals, maxIdentities);
        _refusals = Phrases(builtIn ? Refusals : [], refusals);
        _identities = Phrases(builtIn ? Identities : [], identities);
    }

    private protected override void Check(Document document, ref RuleLog log)
    {
        int answers = 0, refused = 0, identified = 0;
        foreach ((_, string answer) in Exchanges.Of(document))
        {
            string folded = Fold(answer);
            answers++;
            refused += folded.AsSpan(0, Math.Min(folded.Length, OpeningLength)).ContainsAny(_refusals) ? 1 : 0;
            identified += folded.AsSpan().ContainsAny(_identities) ? 1 : 0;
        }
        if (answers > 0 && !log.Above("dialogue_refusal", RuleLog.Share(refused, answers), _maxRefusals))
            log.Above("dialogue_identity", RuleLog.Share(identified, answers), _maxIdentities);
    }

    private static SearchValues<string> Phrases(string[] own, IReadOnlyList<string>? further) =>
        SearchValues.Create([.. own.Concat(further ?? []).Select(Fold).Where(phrase => phrase.Length > 0)], StringComparison.Ordinal);

    /// <summary>Lower case, one kind of apostrophe and comma, single spaces, and none beside a Chinese character.</summary>
    private static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            char one = c switch { '\u2019' or '\u2018' => '\'', '\uFF0C' => ',', _ => char.IsWhiteSpace(c) ? ' ' : char.ToLowerInvariant(c) };
            char last = folded.Length == 0 ? '\0' : folded[^1];
            if (one == ' ' && (last == ' ' || IsCjk(last)))
                continue;
            if (last == ' ' && IsCjk(one))
                folded.Length--;
            folded.Append(one);
        }
        return folded.ToString();
    }

    private static bool IsCjk(char c) => c is >= '\u2E80' and < '\uD800';
}
