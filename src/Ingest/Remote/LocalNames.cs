using System.Globalization;
using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Ingest.Remote;

/// <summary>Names of files in the output folder for names that servers and lists give: each stays inside, and no two addresses share one.</summary>
/// <remarks>A segment that had to be changed carries eight hexadecimal digits of its address's hash, so that it does not depend on what else is fetched.
/// A segment never begins with a point: neither <c>..</c> nor the folder of unfinished files can be meant.</remarks>
internal sealed class LocalNames
{
    /// <summary>Most UTF-8 bytes of a segment; file systems allow 255.</summary>
    public const int MaxSegmentBytes = 200;

    private const int MaxSegments = 16, MaxExtensionChars = 24;
    private const string Refused = "/\\:*?\"<>|";

    private static readonly HashSet<string> Devices = new(
        ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$", .. from port in new[] { "com", "lpt" } from digit in "0123456789¹²³" select port + digit], StringComparer.OrdinalIgnoreCase);

    // Folders are names too: a file must not stand where another address needs a folder.
    private readonly Dictionary<string, string?> _takenBy = new(StringComparer.OrdinalIgnoreCase) { [FetchManifest.FileName] = "" };

    /// <summary>Keeps a name for an address that has it from an earlier run.</summary>
    public void Keep(string name, string url) => TryTake(name, url);

    /// <summary>The name of a file for the last segment of an address's path.</summary>
    public string ForUrl(string url)
    {
        // A key of S3 is not escaped; of the others the path is, and the query tells files apart.
        string path = url, query = "";
        bool isS3 = url.StartsWith("s3://", StringComparison.OrdinalIgnoreCase);
        if (!isS3)
        {
            var uri = new Uri(url);
            (path, query) = (uri.AbsolutePath, uri.Query);
        }
        string last = path[(path.LastIndexOf('/') + 1)..];
        return Take(Segment(isS3 ? last : Uri.UnescapeDataString(last), url, mark: query.Length > 0), url);
    }

    /// <summary>The name, with folders, for a path relative to a listed prefix.</summary>
    public string ForPath(string relative, string url)
    {
        string[] segments = relative.Split('/');
        if (segments.Length > MaxSegments)
            segments = [.. segments[..(MaxSegments - 1)], string.Join('_', segments[(MaxSegments - 1)..])];
        return Take(string.Join('/', segments.Select(segment => Segment(segment, url, mark: false))), url);
    }

    /// <summary>A segment that is harmless on Linux, macOS and Windows.</summary>
    public static string Segment(string text, string url, bool mark)
    {
        var safe = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool refused = rune == Rune.ReplacementChar || rune.IsAscii && Refused.Contains((char)rune.Value, StringComparison.Ordinal)
                || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            safe.Append(refused ? "_" : rune.ToString());
        }
        if (safe.Length == 0)
            safe.Append("index");
        if (safe[0] is '.' or ' ' or '~' or '-')
            safe.Insert(0, '_');
        while (safe[^1] is '.' or ' ')
            safe[^1] = '_';
        string name = safe.ToString();
        if (Devices.Contains(name.Split('.')[0].TrimEnd()))
            name = "_" + name;
        if (Encoding.UTF8.GetByteCount(name) > MaxSegmentBytes)
            return Marked(Cut(name), url);
        return mark || name != text ? Marked(name, url) : name;
    }

    private string Take(string name, string url)
    {
        if (TryTake(name, url))
            return name;
        int slash = name.LastIndexOf('/') + 1;
        string marked = name[..slash] + Marked(name[slash..], url);
        // Where a file stands in the place of a folder, the path becomes one name.
        for (int i = 2; !TryTake(marked, url); i++)
            marked = Segment(name.Replace('/', '_'), $"{url} {i}", mark: true);
        return marked;
    }

    private bool TryTake(string name, string url)
    {
        if (_takenBy.TryGetValue(name, out string? owner))
            return owner == url;
        var folders = new List<string>();
        for (int slash = name.IndexOf('/'); slash >= 0; slash = name.IndexOf('/', slash + 1))
            folders.Add(name[..slash]);
        if (folders.Any(folder => _takenBy.GetValueOrDefault(folder) is not null))
            return false;
        foreach (string folder in folders)
            _takenBy[folder] = null;
        _takenBy[name] = url;
        return true;
    }

    // Before the first point, since ".warc.gz" says what the file is.
    private static string Marked(string name, string url)
    {
        int point = name.IndexOf('.', 1);
        if (point < 0)
            point = name.Length;
        return $"{name[..point]}-{(uint)Hash.Of(url):x8}{name[point..]}";
    }

    private static string Cut(string name)
    {
        int point = name.IndexOf('.', Math.Max(1, name.Length - MaxExtensionChars));
        string extension = point < 0 ? "" : name[point..];
        var stem = new StringBuilder();
        int left = MaxSegmentBytes - 16 - Encoding.UTF8.GetByteCount(extension);
        foreach (Rune rune in name[..(name.Length - extension.Length)].Replace('.', '_').EnumerateRunes())
        {
            if ((left -= rune.Utf8SequenceLength) < 0)
                break;
            stem.Append(rune.ToString());
        }
        return stem + extension;
    }
}
