using System.Text.RegularExpressions;
using DataPipeline.Core;

namespace DataPipeline.Ingest.Remote;

/// <summary>Files of a crawl of Common Crawl: which there are, and some of them by chance.</summary>
/// <param name="id">Such as <c>CC-MAIN-2024-10</c>, or <c>CC-NEWS/2024/01</c>.</param>
/// <param name="kind"><c>warc</c>, <c>wet</c> or <c>wat</c>.</param>
/// <param name="site">Its server or a mirror, without a slash at the end.</param>
public sealed partial class CommonCrawl(string id, string kind, string site)
{
    /// <summary>Common Crawl's own server.</summary>
    public const string Site = "https://data.commoncrawl.org";

    /// <summary>The list of the crawl's files, itself a file to fetch.</summary>
    public FetchAddress List => new($"{site}/crawl-data/{id}/{kind}.paths.gz", [], Path: $"{id.Replace('/', '-')}.{kind}.paths.gz");

    /// <summary>True for what can be the name of a crawl.</summary>
    public static bool IsId(string id) => Id().IsMatch(id);

    /// <summary>Some of the files that a list names, in its order.</summary>
    /// <remarks>By seed, a file is among the chosen by the hash of its path alone: more files contain fewer, and neither the order of the list nor its length matters.</remarks>
    /// <param name="listPath">The list as fetched.</param>
    /// <param name="files">How many.</param>
    /// <param name="seed">Chooses them; null for the first ones.</param>
    /// <exception cref="InputException">The list is damaged, or a line is no path of a crawl.</exception>
    public IReadOnlyList<FetchAddress> Choose(string listPath, int files, Seed? seed)
    {
        var paths = new List<string>();
        foreach (string line in FetchList.Lines(listPath))
        {
            string path = line.TrimEnd('\r');
            if (path.Length == 0)
                continue;
            // The list is what a server sent: its lines must not lead to another host, nor up.
            if (!RelativePath().IsMatch(path) || path.Split('/').Any(segment => segment is "" or "." or ".."))
                throw new InputException($"{listPath}: line {paths.Count + 1} is no path of a crawl; remove the file and fetch it again");
            paths.Add(path);
        }
        if (paths.Count < files)
            throw new InputException($"{listPath} names {paths.Count:N0} files, {files:N0} are asked for");
        IEnumerable<int> chosen = Enumerable.Range(0, paths.Count);
        if (seed is { } from)
            chosen = chosen.OrderBy(i => from.For(paths[i]).Value).ThenBy(i => paths[i], StringComparer.Ordinal);
        return [.. chosen.Take(files).Order().Select(i => new FetchAddress($"{site}/{paths[i]}", []))];
    }

    [GeneratedRegex("^[A-Z0-9][A-Z0-9-]{0,63}(/[0-9]{4}/[0-9]{2})?$")]
    private static partial Regex Id();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._/=-]{0,1023}$")]
    private static partial Regex RelativePath();
}
