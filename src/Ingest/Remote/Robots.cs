using System.Globalization;
using System.Text;

namespace DataPipeline.Ingest.Remote;

/// <summary>The rules of one robots.txt for one crawler (RFC 9309): the longest matching path decides, and between equal ones <c>Allow</c>.</summary>
/// <remarks><c>Crawl-delay</c>, no part of the RFC, is read too; like there, only <c>Allow</c> and <c>Disallow</c> end the list of names that a group is for.</remarks>
internal sealed class Robots
{
    /// <summary>What is read of a file: 500 KiB, as the RFC asks at least.</summary>
    public const int MaxBytes = 500 << 10;

    private const int MaxPatternChars = 4096;

    private readonly List<(bool Allow, string Pattern)> _rules;

    private Robots(List<(bool Allow, string Pattern)> rules, TimeSpan? crawlDelay) => (_rules, CrawlDelay) = (rules, crawlDelay);

    /// <summary>Where there is no robots.txt.</summary>
    public static Robots AllowAll { get; } = new([], null);

    /// <summary>Time asked for between two requests.</summary>
    public TimeSpan? CrawlDelay { get; }

    /// <summary>The name by which robots.txt knows a crawler: the letters, <c>_</c> and <c>-</c> that its user agent begins with.</summary>
    public static string ProductToken(string userAgent)
    {
        int end = userAgent.AsSpan().IndexOfAnyExcept(System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"));
        return end < 0 ? userAgent : userAgent[..end];
    }

    /// <summary>Reads any bytes.</summary>
    /// <param name="bytes">The file; what is behind <see cref="MaxBytes"/> does not count.</param>
    /// <param name="product">The crawler's name; groups of that name count, and if there are none those of <c>*</c>.</param>
    public static Robots Parse(ReadOnlySpan<byte> bytes, string product)
    {
        bytes = bytes[..Math.Min(bytes.Length, MaxBytes)];
        if (bytes.StartsWith("\uFEFF"u8))
            bytes = bytes[3..];
        var ours = new Group();
        var others = new Group();
        bool forUs = false, forAll = false, inRules = true;
        foreach (string line in Encoding.UTF8.GetString(bytes).Split('\r', '\n'))
        {
            int comment = line.IndexOf('#', StringComparison.Ordinal), colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || comment >= 0 && comment < colon)
                continue;
            string key = line[..colon].Trim().ToLowerInvariant(), value = (comment < 0 ? line[(colon + 1)..] : line[(colon + 1)..comment]).Trim();
            if (key == "user-agent")
            {
                if (inRules)
                    forUs = forAll = inRules = false;
                bool star = value.StartsWith('*') && (value.Length == 1 || char.IsWhiteSpace(value[1]));
                forAll |= star;
                bool named = !star && product.Length > 0 && ProductToken(value).Equals(product, StringComparison.OrdinalIgnoreCase);
                forUs |= named;
                ours.Exists |= named;
            }
            else if (key is "allow" or "disallow")
            {
                inRules = true;
                Add(group => group.Rules.Add((key == "allow", Normal(value, isPattern: true))), value.Length is > 0 and <= MaxPatternChars);
            }
            else if (key == "crawl-delay")
            {
                bool isNumber = double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && double.IsFinite(seconds);
                Add(group => group.Delay = Math.Max(group.Delay ?? 0, Math.Min(seconds, 1e9)), isNumber);
            }
        }
        Group chosen = ours.Exists ? ours : others;
        return new Robots(chosen.Rules, chosen.Delay is { } delay ? TimeSpan.FromSeconds(delay) : null);

        void Add(Action<Group> change, bool counts)
        {
            if (counts && forUs)
                change(ours);
            if (counts && forAll)
                change(others);
        }
    }

    /// <summary>True when a path with its query may be asked for.</summary>
    public bool Allows(string pathAndQuery)
    {
        if (pathAndQuery == "/robots.txt")
            return true;
        string path = Normal(pathAndQuery, isPattern: false);
        int longest = -1;
        bool allow = true;
        foreach ((bool allowed, string pattern) in _rules)
        {
            if (pattern.Length < longest || pattern.Length == longest && (allow || !allowed) || !Matches(pattern, path))
                continue;
            (longest, allow) = (pattern.Length, allowed);
        }
        return allow;
    }

    // Between stars the leftmost place is the best one, so nothing is ever tried twice.
    private static bool Matches(string pattern, string path)
    {
        bool toEnd = pattern.EndsWith('$');
        ReadOnlySpan<char> rest = toEnd ? pattern.AsSpan(0, pattern.Length - 1) : pattern;
        int at = 0;
        for (bool first = true; ; first = false)
        {
            int star = rest.IndexOf('*');
            ReadOnlySpan<char> piece = star < 0 ? rest : rest[..star];
            if (star < 0 && toEnd)
                return first ? path.AsSpan().SequenceEqual(piece) : path.Length - at >= piece.Length && path.AsSpan().EndsWith(piece, StringComparison.Ordinal);
            int found = first ? (path.AsSpan().StartsWith(piece, StringComparison.Ordinal) ? 0 : -1) : path.AsSpan(at).IndexOf(piece, StringComparison.Ordinal);
            if (found < 0)
                return false;
            if (star < 0)
                return true;
            at += found + piece.Length;
            rest = rest[(star + 1)..];
        }
    }

    /// <summary>One spelling for both sides: escapes of letters, digits and <c>-._~</c> undone, others in capitals, what is not ASCII escaped. Stars and dollar signs
    /// are escaped where they stand for themselves.</summary>
    private static string Normal(string text, bool isPattern)
    {
        var normal = new StringBuilder(text.Length);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte value = bytes[i];
            bool escaped = value == '%' && i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]);
            if (escaped)
            {
                value = byte.Parse(bytes.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                i += 2;
            }
            bool plain = char.IsAsciiLetterOrDigit((char)value) || value is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~';
            bool wildcard = !escaped && isPattern && (value == '*' || value == '$' && i == bytes.Length - 1);
            bool keep = plain || wildcard || !escaped && value < 0x80 && value is not ((byte)'*' or (byte)'$');
            if (keep)
                normal.Append((char)value);
            else
                normal.Append('%').Append(value.ToString("X2", CultureInfo.InvariantCulture));
        }
        return normal.ToString();
    }

    private sealed class Group
    {
        public bool Exists { get; set; }

        public List<(bool Allow, string Pattern)> Rules { get; } = [];

        public double? Delay { get; set; }
    }
}
