using System.Buffers;
using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>RefinedWeb's corrections line by line (Penedo et al. 2023, arXiv 2306.01116, appendix G.2): lines of menus, counters and shouting go, and a document
/// goes that loses too much by it. Words are those between white space.</summary>
/// <param name="maxUppercase">Remove lines with a larger share of upper-case letters among their characters.</param>
/// <param name="minWordsPerLine">Remove lines of fewer words.</param>
/// <param name="maxPhraseLineWords">Phrases of sites ("items in cart", a leading "sign-in", a trailing "read more...") are cut from lines of at most so many words.</param>
/// <param name="maxRemovedWords">Drop documents that lose a larger share of their words.</param>
[Stage("refinedweb_lines")]
public sealed class RefinedWebLines(
    [Range(0.0, 1.0)] double maxUppercase = 0.5, [Range(0, 1000)] int minWordsPerLine = 2, [Range(0, 1000)] int maxPhraseLineWords = 10,
    [Range(0.0, 1.0)] double maxRemovedWords = 0.05) : Filter
{
    private const string TooMuch = "refinedweb_too_many_words_removed", Empty = "refinedweb_empty";
    private static readonly string[] Leading = ["sign-in", "sign in", "log in", "login"], Trailing = ["read more...", "read more…", "read more"], Anywhere = ["items in cart", "item in cart"];
    private static readonly SearchValues<char> Number = SearchValues.Create("0123456789.,");
    private static readonly SearchValues<string> Counted = SearchValues.Create(
        ["likes", "like", "shares", "share", "comments", "comment", "views", "view", "followers", "retweets", "reposts", "upvotes", "downvotes", "downloads", "replies"],
        StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        (string? reason, double share, Document edited) = Edit(document);
        return reason is null ? Verdict.Keep(edited) : Verdict.Drop(reason, share, reason == Empty ? 1 : maxRemovedWords);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Measurement> Measure(Document document)
    {
        (string? reason, double share, _) = Edit(document);
        return [new(Empty, reason == Empty ? share : 1, 1, reason != Empty), new(TooMuch, reason == Empty ? 0 : share, maxRemovedWords, reason != TooMuch)];
    }

    private (string? Reason, double Share, Document Edited) Edit(Document document)
    {
        long before = 0, after = 0;
        Document edited = document.MapText(text =>
        {
            var view = new TextView(text);
            var kept = new KeptLines(text);
            before += view.CountsBy(WordRule.Whitespace).Words;
            foreach (Slice whole in view.Lines)
            {
                int words = view.CountWords(WordRule.Whitespace, whole);
                ReadOnlySpan<char> line = view[whole];
                // An empty line parts paragraphs and says nothing.
                if (words == 0)
                {
                    kept.Add(whole);
                    continue;
                }
                string? cut = words <= maxPhraseLineWords ? CutPhrases(line) : null;
                int left = cut is null ? words : new TextView(cut).CountsBy(WordRule.Whitespace).Words;
                if (left < minWordsPerLine || IsNoise(cut ?? line))
                    continue;
                after += left;
                if (cut is null)
                    kept.Add(whole);
                else
                    kept.Add(cut);
            }
            return kept.Join();
        });
        if (before == 0 || after == 0)
            return (Empty, 0, document);
        double share = (before - after) / (double)before;
        return (share > maxRemovedWords ? TooMuch : null, share, edited);
    }

    private bool IsNoise(ReadOnlySpan<char> line)
    {
        line = line.Trim();
        int upper = 0, digits = 0;
        foreach (char c in line)
        {
            upper += char.IsUpper(c) ? 1 : 0;
            digits += char.IsDigit(c) ? 1 : 0;
        }
        return upper > maxUppercase * line.Length || digits == line.Length || IsCounter(line);
    }

    // "3 likes", "1.2K Views": one number and what is counted.
    private static bool IsCounter(ReadOnlySpan<char> line)
    {
        int number = line.IndexOfAnyExcept(Number);
        if (number <= 0 || !line[..number].ContainsAnyInRange('0', '9'))
            return false;
        ReadOnlySpan<char> rest = line[number..];
        if (rest[0] is 'K' or 'k' or 'M' or 'm' or 'B' or 'b')
            rest = rest[1..];
        ReadOnlySpan<char> noun = rest.Trim();
        return noun.Length < rest.Length && Counted.Contains(noun.TrimEnd(".!").ToString());
    }

    // The line without phrases, or null where it has none.
    private static string? CutPhrases(ReadOnlySpan<char> line)
    {
        ReadOnlySpan<char> left = line.Trim();
        int length = left.Length;
        foreach (string phrase in Leading)
        {
            if (left.StartsWith(phrase, StringComparison.OrdinalIgnoreCase) && !char.IsLetterOrDigit(left.Length > phrase.Length ? left[phrase.Length] : ' '))
                left = left[phrase.Length..].Trim();
        }
        foreach (string phrase in Trailing)
        {
            if (left.EndsWith(phrase, StringComparison.OrdinalIgnoreCase))
                left = left[..^phrase.Length].Trim();
        }
        string? cut = left.Length == length ? null : left.ToString();
        foreach (string phrase in Anywhere)
        {
            if (left.Contains(phrase, StringComparison.OrdinalIgnoreCase))
                cut = (cut ?? left.ToString()).Replace(phrase, "", StringComparison.OrdinalIgnoreCase).Trim();
        }
        return cut;
    }
}
