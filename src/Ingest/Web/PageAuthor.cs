using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using DataPipeline.Ingest.Web.Html;

namespace DataPipeline.Ingest.Web;

/// <summary>Who wrote a page, by what its elements say: <c>meta</c>, then elements that name the author (the surer kinds first), then the Chinese label before a name.</summary>
/// <remarks>No name is better than a wrong one: boxes of other stories, readers' comments, and texts too long for a name are passed over.</remarks>
internal static class PageAuthor
{
    private const int LongestName = 120, LongestInText = 60, MostWords = 8, LongestLabelled = 12;
    private static readonly SearchValues<char> BehindName = SearchValues.Create("0123456789|•·@丨");
    private static readonly SearchValues<char> NotInNames = SearchValues.Create("?!:;{}");
    private static readonly SearchValues<char> BehindLabelled = SearchValues.Create(" \t\r\n\u3000\u00a0，,。；;|丨/／（(【[0123456789<");
    private static readonly string[] Meta =
        ["author", "article:author", "og:article:author", "dc.creator", "dc:creator", "dcterms.creator", "parsely-author", "sailthru.author", "byl"];
    private static readonly string[] Before =
    [
        "about the author", "article by ", "artikel von ", "beitrag von ", "text von ", "video von ", "geschrieben von ", "verfasst von ", "veröffentlicht von ", "written by ", "posted by ", "reported by ", "published by ", "story by ", "text by ", "by ", "by: ", "author: ", "author ", "autor ", "vom ", "von ", "par ", "por ", "di ", "autor: ", "auteur : ",
        "作者：", "作者:", "文/", "文／", "文｜", "文丨", "撰文：", "本报记者", "记者：", "记者",
    ];
    private static readonly string[] Behind = [" - ", " – ", " — ", " edited by ", " posted ", " published ", " updated ", " last updated", " in ", " on ", " for "];
    private static readonly char[] Around = [.. " ,-–—:：/("];
    private static readonly FrozenSet<string> Nobody = FrozenSet.ToFrozenSet(["author", "authors", "by", "admin", "administrator", "unknown", "guest", "anonymous", "webmaster", "editor", "view profile"], StringComparer.OrdinalIgnoreCase);
    private static readonly string[] Labels = ["作者：", "作者:", "撰文：", "记者："];

    /// <summary>Names, joined with commas; null when the page names nobody.</summary>
    public static string? Of(Page page)
    {
        foreach (string key in Meta)
        {
            if (page.Meta.GetValueOrDefault(key) is { } said && Name(WithoutBefore(said)) is { } name)
                return name;
        }
        for (AuthorTrust trust = AuthorTrust.Named; trust <= AuthorTrust.Author; trust++)
        {
            if (InElements(page, trust) is { } name)
                return name;
        }
        return InText(page.Text);
    }

    /// <summary>A text that may be a name: no address, no biography.</summary>
    public static string? Name(string? text) => string.IsNullOrWhiteSpace(text) || text.Length > LongestName || text.Contains("://", StringComparison.Ordinal) ? null : text;

    private static string? InElements(Page page, AuthorTrust trust)
    {
        List<string> names = [];
        int parent = -1;
        foreach ((int node, AuthorTrust kind) in page.Authors)
        {
            // Of several who are named by rel or itemprop, those side by side wrote together; bylines side by side are a list of stories.
            if (kind != trust || names.Count > 0 && (trust != AuthorTrust.Named || page.Nodes[node].Parent != parent) || IsElsewhere(page, node, trust))
                continue;
            if (Bare(TextOf(page, node)) is { } name && IsNameLike(name, trust) && !names.Contains(name))
                names.Add(name);
            if (names.Count == 1)
                parent = page.Nodes[node].Parent;
        }
        return names.Count == 0 ? null : string.Join(", ", names);
    }

    /// <summary>Comments have authors of their own, and what is not said by <c>rel</c> or <c>itemprop</c> may stand in a box about another page.</summary>
    private static bool IsElsewhere(Page page, int node, AuthorTrust trust)
    {
        Hint elsewhere = trust switch { AuthorTrust.Named => Hint.Comments, AuthorTrust.Byline => Hint.Comments | Hint.Teaser, _ => Hint.Comments | Hint.Teaser | Hint.Boilerplate };
        for (; node > 0; node = page.Nodes[node].Parent)
        {
            if ((page.Nodes[node].Hint & elsewhere) != 0 || trust == AuthorTrust.Author && page.Nodes[node].Tag is Tag.Nav or Tag.Footer or Tag.Aside)
                return true;
        }
        return false;
    }

    private static string TextOf(Page page, int node)
    {
        var text = new StringBuilder();
        for (int i = node; i < page.Nodes[node].End && text.Length <= 2 * LongestName; i++)
        {
            if (page.Nodes[i].Tag == Tag.Text)
                text.Append(page.TextOf(page.Nodes[i])).Append(' ');
        }
        return Whitespace.Collapse(text.ToString());
    }

    /// <summary>A name without what pages write before and behind it; null when nothing is left.</summary>
    private static string? Bare(string text)
    {
        string name = WithoutBefore(text);
        int end = name.AsSpan().IndexOfAny(BehindName);
        name = end < 0 ? name : name[..end];
        foreach (string behind in Behind)
        {
            int at = name.IndexOf(behind, StringComparison.OrdinalIgnoreCase);
            name = at > 0 ? name[..at] : name;
        }
        return Name(WithoutDate(name.Trim(Around)));
    }

    private static string WithoutBefore(string name)
    {
        for (bool again = true; again;)
        {
            again = false;
            foreach (string before in Before)
            {
                if (!(name + " ").StartsWith(before, StringComparison.OrdinalIgnoreCase))
                    continue;
                name = (name + " ")[before.Length..].Trim(Around);
                again = true;
            }
        }
        return name;
    }

    // A date often stands behind the name.
    private static string WithoutDate(string name)
    {
        int last = name.LastIndexOf(' ');
        DateTimeFormatInfo names = CultureInfo.InvariantCulture.DateTimeFormat;
        return last > 0 && names.MonthNames.Concat(names.AbbreviatedMonthNames).Concat(names.DayNames).Concat(names.AbbreviatedDayNames)
            .Contains(name[(last + 1)..].TrimEnd('.', ','), StringComparer.OrdinalIgnoreCase) ? name[..last].TrimEnd(' ', ',') : name;
    }

    private static bool IsNameLike(string name, AuthorTrust trust)
    {
        string[] words = name.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (name.Length is < 2 or > LongestInText || !char.IsLetter(name[0]) || words.Length > MostWords || name.AsSpan().IndexOfAny(NotInNames) >= 0 || Nobody.Contains(name))
            return false;
        if (trust != AuthorTrust.Author)
            return true;
        // What is only called after the author is much else besides: two words or more, and none but "von", "de", "and" without a capital.
        return name[0] >= '\u2e80' ? name.Length <= LongestLabelled
            : words.Count(word => char.IsUpper(word[0])) > 1 && words[^1].Length > 1 && words.All(word => word.Length <= 3 || char.IsUpper(word[0]));
    }

    /// <summary>The name behind a label of its own, as Chinese pages have it in a line of facts.</summary>
    private static string? InText(ReadOnlySpan<char> text)
    {
        foreach (string label in Labels)
        {
            int at = text.IndexOf(label);
            if (at < 0)
                continue;
            ReadOnlySpan<char> rest = text[(at + label.Length)..];
            rest = rest[..Math.Min(rest.Length, 64)].TrimStart();
            int end = rest.IndexOfAny(BehindLabelled);
            ReadOnlySpan<char> name = end < 0 ? rest : rest[..end];
            if (name.Length is >= 2 and <= LongestLabelled && char.IsLetter(name[0]))
                return name.ToString();
        }
        return null;
    }
}
