using System.Buffers;
using System.ComponentModel.DataAnnotations;
using System.Text;
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
        bool anyTerm = text.AsSpan().ContainsAny(AllTerms);
        ReadOnlySpan<Slice> spaced = view.Words, counted = view.WordsBy(words);
        int spacedAt = 0, countedAt = 0;
        long sentences = 0;
        string? reason = null;
        var kept = new StringBuilder(text.Length);
        foreach (Slice whole in view.SplitLines)
        {
            bool tooLong = false;
            for (; spacedAt < spaced.Length && spaced[spacedAt].Start < whole.End; spacedAt++)
                tooLong |= spaced[spacedAt].Length > maxWordLength && view.CodePointsIn(spaced[spacedAt]) > maxWordLength;
            int wordCount = countedAt;
            while (countedAt < counted.Length && counted[countedAt].Start < whole.End)
                countedAt++;
            wordCount = countedAt - wordCount;
            if (tooLong)
                continue;
            ReadOnlySpan<char> line = view[TextView.Strip(text, whole)];
            if (removeCitations && line.Contains('['))
                line = Citations.Remove(line);
            if ((terminalPunctuation && !EndsLikeSentence(line)) || wordCount < minWordsPerLine)
                continue;
            bool term = anyTerm && line.ContainsAny(AllTerms);
            if (term && dropLoremIpsum && line.Contains(LoremIpsum, StringComparison.OrdinalIgnoreCase))
                reason ??= "c4_lorem_ipsum";
            if (term && removeJavascript && line.Contains(Javascript, StringComparison.OrdinalIgnoreCase))
                continue;
            if (dropCurlyBracket && line.Contains('{'))
                reason ??= "c4_curly_bracket";
            if (reason is not null)
                break;
            if (term && removePolicies && line.ContainsAny(PolicyTerms))
                continue;
            sentences += countSentences is null ? TextView.CountSentences(line, words) : countSentences(line.ToString());
            kept.Append(line).Append('\n');
        }
        string joined = kept.ToString();
        Slice stripped = TextView.Strip(joined, new Slice(0, joined.Length));
        return new Outcome(reason, sentences, joined.Substring(stripped.Start, stripped.Length));
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
