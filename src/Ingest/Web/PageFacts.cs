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
    private const int MaxDepth = 32, LabelAndDate = 12;
    private static readonly SearchValues<string> DateLabels = SearchValues.Create(["发布时间", "发表时间", "发布日期", "发布于", "发表于"], StringComparison.Ordinal);

    /// <summary>Collects the facts of a page; damaged ones are left out.</summary>
    public static PageFacts Of(Page page)
    {
        Linked linked = Linked.Of(page.LinkedData);
        string? site = First(page.Meta.GetValueOrDefault("og:site_name"), linked.Publisher, page.Meta.GetValueOrDefault("application-name"));
        string? url = First(page.Canonical, page.Meta.GetValueOrDefault("og:url"));
        return new PageFacts(
            First(page.Meta.GetValueOrDefault("og:title"), linked.Headline, page.Title) is { } title ? WithoutSite(title, site) : null,
            First(linked.Author, PageAuthor.Of(page)),
            First(Date(page.Meta.GetValueOrDefault("article:published_time")), Date(linked.Published), Date(page.Meta.GetValueOrDefault("datepublished")),
                Date(page.Meta.GetValueOrDefault("dc.date")), Date(page.Meta.GetValueOrDefault("dcterms.created")), Date(page.Meta.GetValueOrDefault("date")),
                Date(page.Meta.GetValueOrDefault("pubdate")), Date(page.Meta.GetValueOrDefault("publishdate")),
                Date(page.Meta.GetValueOrDefault("og:article:published_time")), Date(page.Meta.GetValueOrDefault("og:published_time")), Date(page.Meta.GetValueOrDefault("dc.date.issued")),
                Date(page.Meta.GetValueOrDefault("sailthru.date")), Date(page.Meta.GetValueOrDefault("parsely-pub-date")), Date(page.Time)) ?? DateInText(page),
            site, url is not null && url.StartsWith("http", StringComparison.OrdinalIgnoreCase) ? url : null,
            First(page.Language, page.Meta.GetValueOrDefault("og:locale"), linked.Language)?.Replace('_', '-'));
    }

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

    // Chinese pages write the date beside its name, and for people alone. The zone is not said, so the day must do.
    private static string? DateInText(Page page)
    {
        int at = page.Text.IndexOfAny(DateLabels);
        return at < 0 ? null : Day(page.Text[at..]);
    }

    /// <summary>A day of year, month and day in digits that begins within a few characters.</summary>
    private static string? Day(ReadOnlySpan<char> text)
    {
        int digit = text[..Math.Min(text.Length, LabelAndDate)].IndexOfAnyInRange('0', '9');
        if (digit < 0)
            return null;
        text = text[digit..];
        Span<int> parts = stackalloc int[3];
        for (int i = 0; i < parts.Length; i++)
        {
            int length = text.IndexOfAnyExceptInRange('0', '9');
            length = length < 0 ? text.Length : length;
            if (length != (i == 0 ? 4 : 2) && (i == 0 || length != 1) || i < 2 && (text.Length == length || text[length] is not ('-' or '/' or '.' or '年' or '月')))
                return null;
            parts[i] = int.Parse(text[..length], CultureInfo.InvariantCulture);
            text = text[Math.Min(text.Length, length + 1)..].TrimStart();
        }
        return Date(string.Create(CultureInfo.InvariantCulture, $"{parts[0]:0000}-{parts[1]:00}-{parts[2]:00}"));
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
        // Descriptions refer to people by @id; their names may stand behind.
        private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
        private string? _authorId;

        public static Linked Of(IEnumerable<string> blocks)
        {
            var found = new Linked();
            foreach (string block in blocks)
            {
                try
                {
                    using JsonDocument json = JsonDocument.Parse(Bare(block), new JsonDocumentOptions { MaxDepth = MaxDepth, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
                    found.Take(json.RootElement);
                }
                catch (JsonException)
                {
                    // Pages hold much that is no JSON; the other facts remain.
                }
            }
            found.Author ??= found._authorId is not null ? found._names.GetValueOrDefault(found._authorId) : null;
            return found;
        }

        /// <summary>The JSON without the marks that hide a script from old readers, and without line ends, which stand in strings too.</summary>
        private static string Bare(string block)
        {
            int start = block.IndexOf("<![CDATA[", StringComparison.Ordinal), end = block.LastIndexOf("]]>", StringComparison.Ordinal);
            if (start >= 0 && end > start)
                block = block[(start + 9)..end].TrimEnd('/', '*', ' ', '\n', '\r', '\t').TrimStart('*', '/');
            return string.Create(block.Length, block, (line, from) =>
            {
                for (int i = 0; i < line.Length; i++)
                    line[i] = char.IsControl(from[i]) ? ' ' : from[i];
            });
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
            if (element.TryGetProperty("@id", out JsonElement id) && Text(id) is { } key && element.TryGetProperty("name", out JsonElement itself) && PageAuthor.Name(Text(itself)) is { } known)
                _names.TryAdd(key, known);
            // Products, breadcrumbs and organisations have names too, but are not the page.
            if (!element.TryGetProperty("headline", out JsonElement headline) && !element.TryGetProperty("datePublished", out _))
                return;
            Headline ??= Text(headline);
            if (Author is null && element.TryGetProperty("author", out JsonElement author))
            {
                Author = Names(author);
                _authorId ??= author.ValueKind == JsonValueKind.Object && author.TryGetProperty("@id", out JsonElement reference) ? Text(reference) : null;
            }
            Published ??= element.TryGetProperty("datePublished", out JsonElement date) ? Text(date) : null;
            Publisher ??= element.TryGetProperty("publisher", out JsonElement publisher) ? Names(publisher) : null;
            Language ??= element.TryGetProperty("inLanguage", out JsonElement language) ? Text(language) : null;
        }

        private static string? Text(JsonElement element) => element.ValueKind == JsonValueKind.String ? Whitespace.Collapse(Entities.Decode(element.GetString())) : null;

        private static string? Names(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.String => PageAuthor.Name(Text(element)),
            JsonValueKind.Object when element.TryGetProperty("name", out JsonElement name) => PageAuthor.Name(name.ValueKind == JsonValueKind.Array ? Names(name) : Text(name)),
            JsonValueKind.Array => string.Join(", ", element.EnumerateArray().Take(10).Select(Names).Where(name => !string.IsNullOrEmpty(name))) is { Length: > 0 } all ? all : null,
            _ => null,
        };
    }
}
