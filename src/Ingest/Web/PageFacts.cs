using System.Buffers;
using System.Globalization;
using System.Text.Json;
using DataPipeline.Ingest.Web.Html;

namespace DataPipeline.Ingest.Web;

/// <summary>What a page says about itself, by order of trust: JSON for search engines (schema.org), <c>meta</c> elements, the page's own elements.</summary>
/// <param name="Title">Title, without the name of the site where that is known.</param>
/// <param name="Author">Names, joined with commas.</param>
/// <param name="Published">When it was published, ISO 8601: a date, or a date and time.</param>
/// <param name="Site">Name of the site.</param>
/// <param name="Url">The address that it gives as its own.</param>
/// <param name="Language">Language tag of the page.</param>
internal sealed record PageFacts(string? Title, string? Author, string? Published, string? Site, string? Url, string? Language)
{
    private const int LongestName = 120, MaxDepth = 32;
    private static readonly SearchValues<char> BehindName = SearchValues.Create("0123456789|•·");

    /// <summary>Collects the facts of a page; damaged ones are left out.</summary>
    public static PageFacts Of(Page page)
    {
        Linked linked = Linked.Of(page.LinkedData);
        string? site = First(page.Meta.GetValueOrDefault("og:site_name"), linked.Publisher, page.Meta.GetValueOrDefault("application-name"));
        string? url = First(page.Canonical, page.Meta.GetValueOrDefault("og:url"));
        return new PageFacts(
            First(page.Meta.GetValueOrDefault("og:title"), linked.Headline, page.Title) is { } title ? WithoutSite(title, site) : null,
            AuthorOf(page, linked),
            First(Date(page.Meta.GetValueOrDefault("article:published_time")), Date(linked.Published), Date(page.Meta.GetValueOrDefault("datepublished")),
                Date(page.Meta.GetValueOrDefault("dc.date")), Date(page.Meta.GetValueOrDefault("dcterms.created")), Date(page.Meta.GetValueOrDefault("date")),
                Date(page.Meta.GetValueOrDefault("pubdate")), Date(page.Meta.GetValueOrDefault("publishdate")), Date(page.Time)),
            site, url is not null && url.StartsWith("http", StringComparison.OrdinalIgnoreCase) ? url : null,
            First(page.Language, page.Meta.GetValueOrDefault("og:locale"), linked.Language)?.Replace('_', '-'));
    }

    private static string? AuthorOf(Page page, Linked linked)
    {
        if (First(linked.Author, Name(page.Meta.GetValueOrDefault("author")), Name(page.Meta.GetValueOrDefault("article:author")), Name(page.Meta.GetValueOrDefault("dc.creator")),
            Name(page.Meta.GetValueOrDefault("parsely-author"))) is { } said)
            return said;
        if (page.AuthorNode < 0)
            return null;
        var text = new System.Text.StringBuilder();
        for (int i = page.AuthorNode; i < page.Nodes[page.AuthorNode].End && text.Length <= LongestName; i++)
        {
            if (page.Nodes[i].Tag == Tag.Text)
                text.Append(page.TextOf(page.Nodes[i])).Append(' ');
        }
        string name = Whitespace.Collapse(text.ToString());
        foreach (string before in (string[])["written by ", "by ", "von ", "par ", "por ", "di ", "作者：", "作者:", "文/", "记者 "])
            name = (name + " ").StartsWith(before, StringComparison.OrdinalIgnoreCase) ? (name + " ")[before.Length..].Trim() : name;
        // A date often stands behind the name.
        int end = name.AsSpan().IndexOfAny(BehindName);
        return Name(WithoutMonth((end < 0 ? name : name[..end]).Split(" - ")[0].Trim(" ,-–—:/(".ToCharArray())));
    }

    private static string WithoutMonth(string name)
    {
        int last = name.LastIndexOf(' ');
        return last > 0 && CultureInfo.InvariantCulture.DateTimeFormat.MonthNames.Concat(CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames)
            .Contains(name[(last + 1)..].TrimEnd('.'), StringComparer.OrdinalIgnoreCase) ? name[..last].TrimEnd(' ', ',') : name;
    }

    // A profile's address or a whole biography is no name.
    private static string? Name(string? text) => string.IsNullOrWhiteSpace(text) || text.Length > LongestName || text.Contains("://", StringComparison.Ordinal) ? null : text;

    private static string WithoutSite(string title, string? site)
    {
        if (site is null)
            return title;
        foreach (string mark in (string[])[" | ", " - ", " – ", " — ", " :: ", " · ", "_", "－", "｜"])
        {
            if (title.Length > site.Length + mark.Length && title.EndsWith(mark + site, StringComparison.OrdinalIgnoreCase))
                return title[..^(mark.Length + site.Length)].TrimEnd();
        }
        return title;
    }

    /// <summary>A date in any of the forms that pages use for machines, as ISO 8601; null for what is none.</summary>
    private static string? Date(string? text)
    {
        if (text is null || text.Length is < 4 or > 64)
            return null;
        text = text.Trim();
        if (text.Length == 10 && DateOnly.TryParseExact(text.Replace('/', '-').Replace('.', '-'), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day))
            return day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) && time.Year is > 1900 and < 2200
            ? time.ToString(time.TimeOfDay == TimeSpan.Zero && !text.Contains(':', StringComparison.Ordinal) ? "yyyy-MM-dd" : "yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture).Replace("+00:00", "Z", StringComparison.Ordinal)
            : null;
    }

    private static string? First(params ReadOnlySpan<string?> values)
    {
        foreach (string? value in values)
        {
            if (!string.IsNullOrWhiteSpace(value))
                return value.Trim();
        }
        return null;
    }

    /// <summary>What the first description of an article says.</summary>
    private sealed class Linked
    {
        public string? Headline, Author, Published, Publisher, Language;

        public static Linked Of(IEnumerable<string> blocks)
        {
            var found = new Linked();
            foreach (string block in blocks)
            {
                try
                {
                    using JsonDocument json = JsonDocument.Parse(block, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
                    found.Take(json.RootElement);
                }
                catch (JsonException)
                {
                    // Pages hold much that is no JSON; the other facts remain.
                }
            }
            return found;
        }

        private void Take(JsonElement element)
        {
            if (element.ValueKind == JsonValueKind.Array)
            {
                foreach (JsonElement item in element.EnumerateArray())
                    Take(item);
                return;
            }
            if (element.ValueKind != JsonValueKind.Object)
                return;
            if (element.TryGetProperty("@graph", out JsonElement graph))
                Take(graph);
            // Products, breadcrumbs and organisations have names too, but are not the page.
            if (!element.TryGetProperty("headline", out JsonElement headline) && !element.TryGetProperty("datePublished", out _))
                return;
            Headline ??= Text(headline);
            Author ??= element.TryGetProperty("author", out JsonElement author) ? Names(author) : null;
            Published ??= element.TryGetProperty("datePublished", out JsonElement date) ? Text(date) : null;
            Publisher ??= element.TryGetProperty("publisher", out JsonElement publisher) ? Names(publisher) : null;
            Language ??= element.TryGetProperty("inLanguage", out JsonElement language) ? Text(language) : null;
        }

        private static string? Text(JsonElement element) => element.ValueKind == JsonValueKind.String ? Whitespace.Collapse(Entities.Decode(element.GetString())) : null;

        private static string? Names(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.String => Name(Text(element)),
            JsonValueKind.Object when element.TryGetProperty("name", out JsonElement name) => Name(name.ValueKind == JsonValueKind.Array ? Names(name) : Text(name)),
            JsonValueKind.Array => string.Join(", ", element.EnumerateArray().Take(10).Select(Names).Where(name => !string.IsNullOrEmpty(name))) is { Length: > 0 } all ? all : null,
            _ => null,
        };
    }
}
