using System.Buffers;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Keys and secrets: tokens that begin as their issuers publish (<see cref="TokenFormat"/>), JSON Web Tokens, private keys in PEM, and what is assigned to
/// a name such as <c>api_key</c> or <c>password</c> and looks as if drawn by chance.</summary>
internal sealed class SecretScanner : PiiScanner
{
    private const string Pem = "-----BEGIN ", PemEnd = "-----END ", Dashes = "-----", Jwt = "eyJ";
    // A key of 16384 bits has 12,800 characters.
    private const int LongestKey = 16_000, LongestTitle = 48, ShortestKeyLine = 24, LongestHeader = 2000, LongestPayload = 20_000;

    private static readonly SearchValues<char> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");
    private static readonly SearchValues<char> Base64Url = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    public override string Kind => "secret";

    public override int Rank => 10;

    public override IReadOnlyList<string> StandIns { get; } = ["<SECRET>"];

    public override string Anchors => ":=";

    public override IReadOnlyList<string> Markers { get; } = [Pem, Jwt, .. TokenFormat.Markers];

    public override Slice Match(ReadOnlySpan<char> text, int at, int floor)
    {
        char c = PiiText.At(text, at);
        if (c is ':' or '=')
            return SecretAssignment.Match(text, at, floor);
        if (text[at..].StartsWith(Pem))
            return PrivateKey(text, at);
        if (PiiText.IsWord(PiiText.At(text, at - 1)))
            return default;
        if (text[at..].StartsWith(Jwt))
            return WebToken(text, at);
        foreach (TokenFormat format in TokenFormat.All)
        {
            int end = format.EndAt(text, at);
            if (end > 0)
                return Between(at, end);
        }
        return default;
    }

    // From the first line to the last, or as many lines as look like a key where the last is missing.
    private static Slice PrivateKey(ReadOnlySpan<char> text, int at)
    {
        ReadOnlySpan<char> rest = text[at..Math.Min(text.Length, at + LongestKey)];
        ReadOnlySpan<char> line = rest[Pem.Length..Math.Min(rest.Length, Pem.Length + LongestTitle)];
        int title = line.IndexOf(Dashes);
        if (title < 0 || !line[..title].Contains("PRIVATE KEY", StringComparison.Ordinal))
            return default;
        int body = Pem.Length + title + Dashes.Length, last = rest[body..].IndexOf(PemEnd);
        if (last >= 0)
        {
            int close = body + last + PemEnd.Length, dashes = rest[close..].IndexOf(Dashes);
            return new Slice(at, dashes is < 0 or > LongestTitle ? close : close + dashes + Dashes.Length);
        }
        int end = body;
        for (int next = end; next < rest.Length;)
        {
            next += rest[next..].IndexOfAnyExcept(" \r\n") is var skipped and >= 0 ? skipped : rest.Length - next;
            int length = rest[next..].IndexOfAnyExcept(Base64);
            length = length < 0 ? rest.Length - next : length;
            if (length < ShortestKeyLine)
                break;
            end = next += length;
        }
        return end > body ? new Slice(at, end) : default;
    }

    // header.payload.signature (RFC 7519); header and payload begin with {" in base64.
    private static Slice WebToken(ReadOnlySpan<char> text, int at)
    {
        int header = RunEnd(text, at, LongestHeader);
        if (header - at < 10 || PiiText.At(text, header) != '.' || !text[(header + 1)..].StartsWith(Jwt))
            return default;
        int payload = RunEnd(text, header + 1, LongestPayload);
        if (PiiText.At(text, payload) != '.')
            return default;
        int signature = RunEnd(text, payload + 1, LongestHeader);
        return signature - payload > 10 ? Between(at, signature) : default;
    }

    // Bounded, so that many beginnings in one long run stay cheap.
    private static int RunEnd(ReadOnlySpan<char> text, int start, int longest)
    {
        ReadOnlySpan<char> run = text[start..Math.Min(text.Length, start + longest)];
        int length = run.IndexOfAnyExcept(Base64Url);
        return start + (length < 0 ? run.Length : length);
    }
}
