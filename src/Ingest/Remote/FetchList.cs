using System.Globalization;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Ingest.Compression;
using DataPipeline.Ingest.Remote.S3;

namespace DataPipeline.Ingest.Remote;

/// <summary>An address to fetch, as a list or a server names it.</summary>
/// <param name="Url">http, https or s3.</param>
/// <param name="Checksums">What the bytes have to hash to.</param>
/// <param name="Bytes">Their number, where it is known.</param>
/// <param name="Path">A name in the output folder to ask for, as a listing gives it; null for the last part of the address.</param>
public sealed record FetchAddress(string Url, IReadOnlyList<Checksum> Checksums, long? Bytes = null, string? Path = null);

/// <summary>Lists of addresses: a line <c>URL</c>, perhaps followed by <c>sha256:HEX</c>, <c>md5:HEX</c> (or any checksum of <see cref="Checksum"/>) and a size in bytes;
/// empty lines and lines that begin with <c>#</c> do not count.</summary>
public static class FetchList
{
    private const int MaxLines = 20_000_000, MaxMistakes = 20;
    private const double MaxExpansion = 1000;

    /// <summary>Reads a list, plain or compressed.</summary>
    /// <exception cref="ConfigurationException">All mistakes, as <c>file:line: message</c>; at most twenty are shown.</exception>
    public static IReadOnlyList<FetchAddress> Read(string path)
    {
        var addresses = new List<FetchAddress>();
        var mistakes = new List<string>();
        int number = 0;
        foreach (string line in Lines(path))
        {
            number++;
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0].StartsWith('#'))
                continue;
            if (Mistake(words[0]) is { } mistake)
                mistakes.Add($"{path}:{number}: {mistake}");
            else if (words.Skip(1).FirstOrDefault(word => Checksum.Parse(word) is null && !IsSize(word)) is { } wrong)
                mistakes.Add($"{path}:{number}: '{Shown(wrong)}' is neither a checksum such as sha256:HEX nor a size in bytes");
            else
                addresses.Add(new FetchAddress(words[0], [.. words.Skip(1).Select(Checksum.Parse).OfType<Checksum>()], words.Skip(1).Where(IsSize).Select(Size).FirstOrDefault()));
        }
        if (mistakes.Count > MaxMistakes)
            mistakes = [.. mistakes.Take(MaxMistakes), $"... and {mistakes.Count - MaxMistakes:N0} more"];
        if (mistakes.Count > 0)
            throw new ConfigurationException(string.Join('\n', mistakes));
        return addresses.Count > 0 ? addresses : throw new ConfigurationException($"{path} names no address");
    }

    /// <summary>What is wrong with an address; null when it can be fetched.</summary>
    public static string? Mistake(string url)
    {
        if (url.Length > RemoteClient.MaxUrlChars)
            return $"an address of {url.Length:N0} characters, more than {RemoteClient.MaxUrlChars:N0}";
        if (url.StartsWith("s3://", StringComparison.OrdinalIgnoreCase))
            return S3Address.Parse(url) is null ? $"'{Shown(url)}' is not s3://BUCKET/KEY" : null;
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
            return $"'{Shown(url)}' is no http, https or s3 address";
        return uri.UserInfo.Length > 0 ? "an address with a user or password in it, which would stand in fetch.json: leave it out" : null;
    }

    /// <summary>The lines of a file or stream, decompressed in bounded memory.</summary>
    internal static IEnumerable<string> Lines(string path)
    {
        if (!File.Exists(path))
            throw new ConfigurationException($"{path}: no such file");
        using ByteFlow flow = ByteFlow.Open(path, MaxExpansion);
        for (int lines = 0; ; lines++)
        {
            int end, from = 0;
            while ((end = flow.Buffered[from..].IndexOf((byte)'\n')) < 0 && flow.Buffered.Length <= 8 * RemoteClient.MaxUrlChars)
            {
                from = flow.Buffered.Length;
                if (!flow.Fill())
                    break;
            }
            if (flow.Damage is { } damage)
                throw new InputException($"{path}: {damage.Detail}; remove it and fetch it again");
            if (end < 0 && flow.Buffered.Length > 8 * RemoteClient.MaxUrlChars || lines > MaxLines)
                throw new InputException($"{path}:{lines + 1}: more than {MaxLines:N0} lines, or a line of more than {8 * RemoteClient.MaxUrlChars:N0} bytes: this is no list of addresses");
            if (end < 0 && flow.Buffered.IsEmpty)
                yield break;
            int length = end < 0 ? flow.Buffered.Length : from + end;
            yield return Encoding.UTF8.GetString(flow.Buffered[..length]).TrimStart('\uFEFF');
            flow.Advance(end < 0 ? length : length + 1);
        }
    }

    private static bool IsSize(string word) => long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static long? Size(string word) => long.Parse(word, NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Shown(string text) => new([.. text.Take(100).Select(c => char.IsControl(c) ? '?' : c)]);
}
