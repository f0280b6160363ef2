using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using DataPipeline.Core;

namespace DataPipeline.Ingest.Web;

/// <summary>What the standard (ISO 28500, WARC 1.0 and 1.1) asks of one record, its recommendations too.</summary>
internal static partial class WarcRules
{
    private const string AnyBlock = "request response resource conversion revisit metadata warcinfo";

    // Field, form of its value, types that must have it, types that may (empty: all).
    private static readonly (string Name, Func<string, bool> IsRight, string Must, string May)[] Known =
    [
        ("warc-type", IsToken, "*", ""),
        ("warc-record-id", IsBracketedUri, "*", ""),
        ("warc-date", IsDate, "*", ""),
        ("content-length", value => IsNumber(value, 0), "*", ""),
        ("content-type", IsMediaType, "", ""),
        ("warc-concurrent-to", IsBracketedUri, "", "request response resource metadata revisit"),
        ("warc-block-digest", IsDigest, "", ""),
        ("warc-payload-digest", IsDigest, "", ""),
        ("warc-ip-address", value => IPAddress.TryParse(value, out _), "", "request response resource metadata revisit"),
        ("warc-refers-to", IsBracketedUri, "", "conversion revisit metadata"),
        ("warc-refers-to-target-uri", IsUri, "", "revisit"),
        ("warc-refers-to-date", IsDate, "", "revisit"),
        ("warc-target-uri", IsUri, "request response resource conversion revisit continuation", "request response resource conversion revisit continuation metadata"),
        ("warc-truncated", IsToken, "", ""),
        ("warc-warcinfo-id", IsBracketedUri, "", ""),
        ("warc-filename", value => value.Length > 0, "", "warcinfo"),
        ("warc-profile", IsUri, "revisit", "revisit"),
        ("warc-identified-payload-type", IsMediaType, "", ""),
        ("warc-segment-origin-id", IsBracketedUri, "continuation", "continuation"),
        ("warc-segment-number", value => IsNumber(value, 1), "continuation", ""),
        ("warc-segment-total-length", value => IsNumber(value, 0), "", "continuation"),
    ];

    /// <summary>Sentences about what is wrong; none for a valid record.</summary>
    public static IEnumerable<string> Problems(ArchiveEntry entry)
    {
        string header = System.Text.Encoding.Latin1.GetString(entry.Header);
        string version = header[..header.IndexOf('\n')].TrimEnd('\r');
        if (version.ToUpperInvariant() is not ("WARC/0.17" or "WARC/0.18" or "WARC/1.0" or "WARC/1.1"))
            yield return $"no version known: {version}";
        if (Enumerable.Range(0, header.Length).Any(i => header[i] == '\n' && (i == 0 || header[i - 1] != '\r')))
            yield return "a line of the header ends without a carriage return";
        if (!entry.EndsWell)
            yield return "two line ends should stand behind the content";
        List<(string Name, string Value)> fields = Headers.Fields(entry.Header, skipFirstLine: true);
        foreach ((_, string line) in fields.Where(field => field.Name.Length == 0))
            yield return $"no field: {line}";
        foreach (string problem in Known.SelectMany(rule => OfField(rule.Name, rule.IsRight, rule.Must, rule.May, fields)).Concat(OfType(entry, fields)))
            yield return problem;
        if (entry.Record is { Problem: null } record && RecordDigest.Problem(record) is { } wrong)
            yield return wrong.Detail;
    }

    private static IEnumerable<string> OfField(string name, Func<string, bool> isRight, string must, string may, List<(string Name, string Value)> fields)
    {
        string[] values = [.. fields.Where(field => field.Name == name).Select(field => field.Value)];
        string type = Value(fields, "warc-type")?.ToLowerInvariant() ?? "";
        if (values.Length == 0 && (must == "*" || must.Split(' ').Contains(type)))
            yield return $"{name} is missing";
        if (values.Length > 0 && may.Length > 0 && AnyBlock.Contains(type, StringComparison.Ordinal) && !may.Split(' ').Contains(type))
            yield return $"{name} does not belong into a record of type {type}";
        if (values.Length > 1 && name != "warc-concurrent-to")
            yield return $"{name} stands there {values.Length} times";
        foreach (string value in values.Where(value => !isRight(value)))
            yield return $"{name} cannot be '{value}'";
    }

    private static IEnumerable<string> OfType(ArchiveEntry entry, List<(string Name, string Value)> fields)
    {
        string type = Value(fields, "warc-type")?.ToLowerInvariant() ?? "", content = Value(fields, "content-type") ?? "";
        string mediaType = WebPage.ContentType(content).MediaType, uri = Value(fields, "warc-target-uri") ?? "";
        if (content.Length == 0 && entry.Length > 0 && type != "continuation")
            yield return "content-type is missing, and the content is not empty";
        if (type == "warcinfo" && content.Length > 0 && mediaType != "application/warc-fields")
            yield return $"content-type of warcinfo should be application/warc-fields, not {content}";
        if (type is "request" or "response" && mediaType == "application/http" && MessageType().Match(content) is { Success: true } said
            && !said.Groups[1].Value.Equals(type, StringComparison.OrdinalIgnoreCase))
            yield return $"content-type says msgtype={said.Groups[1].Value}, the record is a {type}";
        if (type is "request" or "response" && uri.StartsWith("http", StringComparison.OrdinalIgnoreCase) && content.Length > 0 && mediaType != "application/http")
            yield return $"content-type should be application/http; msgtype={type}, not {content}";
        if (long.TryParse(Value(fields, "warc-segment-number"), NumberStyles.None, CultureInfo.InvariantCulture, out long segment)
            && (type == "continuation" ? segment < 2 : segment != 1))
            yield return $"warc-segment-number of a {type} cannot be {segment}";
    }

    private static string? Value(List<(string Name, string Value)> fields, string name) => fields.Where(field => field.Name == name).Select(field => field.Value).FirstOrDefault();

    private static bool IsToken(string value) => Token().IsMatch(value);

    private static bool IsNumber(string value, long least) => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least;

    private static bool IsMediaType(string value) => MediaType().IsMatch(value);

    private static bool IsDigest(string value) => Digest().IsMatch(value);

    private static bool IsUri(string value) => Scheme().IsMatch(value.Length > 1 && value[0] == '<' && value[^1] == '>' ? value[1..^1] : value);

    private static bool IsBracketedUri(string value) => value.Length > 2 && value[0] == '<' && value[^1] == '>' && Scheme().IsMatch(value[1..^1]);

    // WARC 1.0 has seconds; 1.1 also less (a year, a day) and fractions.
    private static bool IsDate(string value) => DateForm().IsMatch(value)
        && DateTime.TryParse(value.Length == 4 ? value + "-01-01" : value, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out _);

    [GeneratedRegex(@"^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z)?)?)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex DateForm();

    [GeneratedRegex(@"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
    private static partial Regex Token();

    [GeneratedRegex(@"^[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+\s*(;.*)?$", RegexOptions.Singleline)]
    private static partial Regex MediaType();

    [GeneratedRegex(@"^[!#$%&'*+.^_`|~0-9A-Za-z-]+:\S+$")]
    private static partial Regex Digest();

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9+.-]*:\S")]
    private static partial Regex Scheme();

    [GeneratedRegex(@"msgtype\s*=\s*""?([^\s"";]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex MessageType();
}
