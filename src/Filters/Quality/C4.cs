using System.Buffers;
using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>C4's rules (Raffel et al. 2020, arXiv 1910.10683) as datatrove applies them: edits lines away, then asks for sentences.</summary>
/// <param name="terminalPunctuation">Remove lines that do not end in <c>. ? ! " '</c> or end in <c>...</c>; FineWeb turns this off.</param>
/// <param name="minWordsPerLine">Remove lines of fewer words.</param>
/// <param name="maxWordLength">Remove lines with a longer run without white space, in code points.</param>
/// <param name="minSentences">Drop documents with fewer sentences left.</param>
/// <param name="removeCitations">Delete <c>[1]</c>, <c>[]</c>, <c>[edit]</c> and <c>[citation needed]</c>.</param>
/// <param name="dropLoremIpsum">Drop documents with a line that holds "lorem ipsum".</param>
/// <param name="removeJavascript">Remove lines that hold "javascript".</param>
/// <param name="dropCurlyBracket">Drop documents with a line that holds <c>{</c>.</param>
/// <param name="removePolicies">Remove lines about cookies, privacy policies and terms of use.</param>
/// <param name="words">How words and sentences are found: <c>script</c> also counts in languages without spaces and takes their full stops
/// and closing quotes as line ends; <c>whitespace</c> is Python's split and the five marks above.</param>
[Stage("c4")]
public sealed class C4(
    bool terminalPunctuation = true, [Range(0, 1000)] int minWordsPerLine = 3, [Range(1, int.MaxValue)] int maxWordLength = 1000,
    [Range(0, int.MaxValue)] int minSentences = 5, bool removeCitations = true, bool dropLoremIpsum = true, bool removeJavascript = true,
    bool dropCurlyBracket = true, bool removePolicies = true, WordRule words = WordRule.Script) : Filter
{
    private const string LoremIpsum = "lorem ipsum", Javascript = "javascript";
    private static readonly string[] Policies = ["terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"];
    private static readonly SearchValues<string> PolicyTerms = SearchValues.Create(Policies, StringComparison.OrdinalIgnoreCase);
    private static readonly SearchValues<string> AllTerms = SearchValues.Create([LoremIpsum, Javascript, .. Policies], StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        if (document.Parts.Count == 1)
        {
            Outcome only = Clean(document.View, null);
            return Decide(only, document, only.Text);
        }
        // A dialogue is judged as a whole and edited message by message.
        Outcome whole = Clean(document.View, null);
        Verdict verdict = Decide(whole, document, null);
        return verdict.IsKept ? Verdict.Keep(document.MapText(text => Clean(new TextView(text), null).Text)) : verdict;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Measurement> Measure(Document document)
    {
        Outcome outcome = Clean(document.View, null);
        return
        [
            new("c4_lorem_ipsum", outcome.Reason == "c4_lorem_ipsum" ? 1 : 0, 0, outcome.Reason != "c4_lorem_ipsum"),
            new("c4_curly_bracket", outcome.Reason == "c4_curly_bracket" ? 1 : 0, 0, outcome.Reason != "c4_curly_bracket"),
            new("c4_too_few_sentences", outcome.Sentences, minSentences, outcome.Sentences >= minSentences),
        ];
    }

    internal readonly record struct Outcome(string? Reason, long Sentences, string Text);

    private Verdict Decide(Outcome outcome, Document document, string? text)
    {
        if (outcome.Reason is not null)
            return Verdict.Drop(outcome.Reason, 1, 0);
        if (outcome.Sentences < minSentences)
            return Verdict.Drop("c4_too_few_sentences", outcome.Sentences, minSentences);
        return Verdict.Keep(text is null ? document : document.MapText(_ => text));
    }

    /// <summary>What is left of a text; <paramref name="countSentences"/> lets a test bring another tokenizer's sentences.</summary>
    internal Outcome Clean(TextView view, Func<string, int>? countSentences)
    {
        string text = view.Text;
        // What no line holds is looked for once.
        bool anyTerm = text.AsSpan().ContainsAny(AllTerms), anyBracket = removeCitations && text.Contains('['), anyCurly = dropCurlyBracket && text.Contains('{');
        long sentences = 0;
        string? reason = null;
        var kept = new KeptLines(text);
        foreach (Slice whole in view.SplitLines)
        {
            if (view.CountWords(words, whole) < minWordsPerLine || HasLongWord(text, whole))
                continue;
            Slice stripped = TextView.Strip(text, whole);
            ReadOnlySpan<char> line = view[stripped];
            string? edited = anyBracket && line.Contains('[') ? Citations.Remove(line) : null;
            if (edited is not null)
                line = edited;
            if (terminalPunctuation && !EndsLikeSentence(line))
                continue;
            bool term = anyTerm && line.ContainsAny(AllTerms);
            if (term && dropLoremIpsum && line.Contains(LoremIpsum, StringComparison.OrdinalIgnoreCase))
                reason ??= "c4_lorem_ipsum";
            if (term && removeJavascript && line.Contains(Javascript, StringComparison.OrdinalIgnoreCase))
                continue;
            if (anyCurly && line.Contains('{'))
                reason ??= "c4_curly_bracket";
            if (reason is not null)
                break;
            if (term && removePolicies && line.ContainsAny(PolicyTerms))
                continue;
            sentences += countSentences is not null ? countSentences(line.ToString())
                : edited is null ? view.CountSentences(words, stripped) : TextView.CountSentences(line, words);
            if (edited is null)
                kept.Add(stripped);
            else
                kept.Add(edited);
        }
        return new Outcome(reason, sentences, reason is null ? kept.Join() : "");
    }

    // A word is too long only where no space stands among its first units and one more; looked for from behind, the space is found at once.
    private bool HasLongWord(string text, Slice line)
    {
        for (int start = line.Start; line.End - start > maxWordLength;)
        {
            int space = start + maxWordLength;
            while (space >= start && !TextView.IsSpace(text[space]))
                space--;
            if (space < start)
            {
                for (space = start + maxWordLength + 1; space < line.End && !TextView.IsSpace(text[space]);)
                    space++;
                if (TextView.CountCodePoints(text.AsSpan(start..space)) > maxWordLength)
                    return true;
            }
            start = space + 1;
        }
        return false;
    }

    private bool EndsLikeSentence(ReadOnlySpan<char> line)
    {
        if (line.IsEmpty || line.EndsWith("..."))
            return false;
        if (line[^1] is '.' or '?' or '!' or '"' or '\'')
            return true;
        return words == WordRule.Script && (CharacterClass.EndsInTerminal(line) || line[^1] is '”' or '’' or '」' or '』' or '»');
    }
}
