using System.Buffers;

namespace DataPipeline.Filters;

/// <summary>A form of tokens that an issuer publishes, so that leaked ones can be found.</summary>
/// <param name="Prefix">How they begin.</param>
/// <param name="Characters">What stands behind the prefix.</param>
/// <param name="Shortest">Fewest characters behind the prefix.</param>
/// <param name="Longest">Most characters behind the prefix.</param>
internal sealed record TokenFormat(string Prefix, SearchValues<char> Characters, int Shortest, int Longest)
{
    private const string Upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", Lower = "abcdefghijklmnopqrstuvwxyz";
    private const int FewestDifferent = 6;

    private static readonly SearchValues<char> UpperAndDigits = SearchValues.Create(Upper), Alphanumeric = SearchValues.Create(Upper + Lower),
        WithUnderscore = SearchValues.Create(Upper + Lower + "_"), WithHyphen = SearchValues.Create(Upper + Lower + "_-"), Hex = SearchValues.Create("0123456789abcdef"),
        WithPoint = SearchValues.Create(Upper + Lower + "_-.");

    /// <summary>Every form known.</summary>
    public static IReadOnlyList<TokenFormat> All { get; } =
    [
        // Amazon Web Services: access key ids.
        new("AKIA", UpperAndDigits, 16, 16), new("ASIA", UpperAndDigits, 16, 16),
        // GitHub, GitLab
        new("ghp_", Alphanumeric, 36, 36), new("gho_", Alphanumeric, 36, 36), new("ghu_", Alphanumeric, 36, 36), new("ghs_", Alphanumeric, 36, 36),
        new("ghr_", Alphanumeric, 36, 76), new("github_pat_", WithUnderscore, 60, 100), new("glpat-", WithHyphen, 20, 60),
        // Slack
        new("xoxa-", WithHyphen, 10, 250), new("xoxb-", WithHyphen, 10, 250), new("xoxp-", WithHyphen, 10, 250), new("xoxr-", WithHyphen, 10, 250),
        new("xoxs-", WithHyphen, 10, 250), new("xapp-", WithHyphen, 20, 250),
        // Google: API keys, OAuth secrets and tokens.
        new("AIza", WithHyphen, 35, 35), new("GOCSPX-", WithHyphen, 28, 28), new("ya29.", WithHyphen, 30, 500),
        // Stripe
        new("sk_live_", Alphanumeric, 16, 250), new("sk_test_", Alphanumeric, 16, 250), new("rk_live_", Alphanumeric, 16, 250), new("rk_test_", Alphanumeric, 16, 250),
        new("pk_live_", Alphanumeric, 16, 250), new("pk_test_", Alphanumeric, 16, 250), new("whsec_", Alphanumeric, 24, 64),
        // Models: OpenAI (also with project and service names), Anthropic, Hugging Face.
        new("sk-proj-", WithHyphen, 20, 250), new("sk-svcacct-", WithHyphen, 20, 250), new("sk-ant-", WithHyphen, 20, 250), new("sk-", Alphanumeric, 32, 64), new("hf_", Alphanumeric, 30, 40),
        // Packages, mail, clouds, shops.
        new("npm_", Alphanumeric, 36, 36), new("pypi-AgE", WithHyphen, 50, 1000), new("SG.", WithPoint, 60, 70),
        new("dop_v1_", Hex, 64, 64), new("shpat_", Hex, 32, 32), new("shpss_", Hex, 32, 32), new("LTAI", Alphanumeric, 12, 20), new("AKID", Alphanumeric, 32, 32),
    ];

    /// <summary>The prefixes to look for: of two that begin alike the shorter one. All have three characters or more, which makes the search for them quick.</summary>
    public static IEnumerable<string> Markers => All.Select(format => format.Prefix).Where(prefix => !All.Any(other => other.Prefix != prefix && prefix.StartsWith(other.Prefix, StringComparison.Ordinal)));

    /// <summary>Place behind a token that begins at a place, or -1.</summary>
    public int EndAt(ReadOnlySpan<char> text, int start)
    {
        if (!text[start..].StartsWith(Prefix))
            return -1;
        ReadOnlySpan<char> rest = text[(start + Prefix.Length)..];
        rest = rest[..Math.Min(rest.Length, Longest + 1)];
        int length = rest.IndexOfAnyExcept(Characters);
        length = length < 0 ? rest.Length : length;
        // Something longer is something else; "xxxxxxxx" is a place to fill in.
        if (length < Shortest || length > Longest || PiiText.IsWord(PiiText.At(rest, length)) || Different(rest[..length]) < FewestDifferent)
            return -1;
        return start + Prefix.Length + length;
    }

    private static int Different(ReadOnlySpan<char> text)
    {
        UInt128 seen = 0;
        foreach (char c in text)
            seen |= UInt128.One << (c & 127);
        return (int)UInt128.PopCount(seen);
    }
}
