using System.Globalization;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Ingest.Web;

namespace DataPipeline.Ingest.Remote;

/// <summary>Pages into web archives: each page's requests and responses are kept as finished gzip members until all pages are there or given up, then joined in the order of the
/// list, so that the archive does not depend on which page came first.</summary>
internal sealed class PageArchiver(RemoteClient client, FetchOptions options, TimeProvider time, string folder, FetchProgress progress)
{
    /// <summary>Largest page.</summary>
    public const int MaxPageBytes = 32 << 20;

    /// <summary>An archive ends behind the page that reaches this size.</summary>
    private const long MaxArchiveBytes = 1L << 30;

    private readonly string _workFolder = Path.Combine(folder, FetchLedger.WorkFolder);

    /// <summary>Brings a page, unless an earlier run has.</summary>
    /// <returns>Its bytes, compressed.</returns>
    /// <exception cref="FetchException">It cannot be had.</exception>
    public async Task<long> FetchAsync(FetchAddress address, CancellationToken cancel)
    {
        if (!Uri.TryCreate(address.Url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
            throw new FetchException("bad_address", $"{address.Url} is no page: http and https addresses only");
        var part = new PartFile(_workFolder, address.Url);
        if (part.State?.Finished is { } ready && part.Length == ready.Bytes)
            return ready.Bytes;
        (byte[] members, string sha256, DateTimeOffset date) = await Retries.RunAsync(() => AttemptAsync(address, uri, cancel), options, time, client.PaceOf(uri), uri, cancel).ConfigureAwait(false);
        part.Begin(new PartState(address.Url, null, date.ToString("O", CultureInfo.InvariantCulture), members.Length, []));
        await using (FileStream stream = part.OpenToAppend())
            await part.AppendAsync(stream, members, cancel).ConfigureAwait(false);
        part.Finish(new FetchedFile("", address.Url, members.Length, sha256, null, null, []));
        return members.Length;
    }

    /// <summary>Joins the finished pages to archives, records them in fetch.json, and only then lets them appear.</summary>
    /// <exception cref="InputException">A file of the archive's name is there and is not ours.</exception>
    public void Join(IEnumerable<string> pages, FetchLedger ledger, string version, IReadOnlyList<FailedFile> failed)
    {
        var made = new List<PageArchive>();
        var open = new List<PartFile>();
        long bytes = 0;
        int number = ledger.Archives.Select(archive => Number(archive.Name) + 1).DefaultIfEmpty(0).Max();
        foreach (PartFile page in pages.Select(url => new PartFile(_workFolder, url)))
        {
            open.Add(page);
            if ((bytes += page.Length) >= MaxArchiveBytes)
                Close();
        }
        if (open.Count > 0)
            Close();
        foreach (PageArchive archive in made)
            ledger.Archives.Add(archive);
        ledger.Save(version, failed);
        foreach (PageArchive archive in made)
            Settle(archive);

        void Close()
        {
            made.Add(Write($"pages-{number++:00000}.warc.gz", open, version));
            open.Clear();
            bytes = 0;
        }
    }

    /// <summary>Moves an archive that fetch.json names to its place, where the program ended before it could; false where it is not whole.</summary>
    public bool Settle(PageArchive archive)
    {
        string path = Path.Combine(folder, archive.Name), waiting = Path.Combine(_workFolder, archive.Name);
        if (File.Exists(waiting) && new FileInfo(waiting).Length == archive.Bytes)
        {
            // The pages go first: as long as the archive waits, this is done again.
            foreach (string url in archive.Pages)
                new PartFile(_workFolder, url).Discard();
            File.Move(waiting, path, overwrite: true);
        }
        return File.Exists(path) && new FileInfo(path).Length == archive.Bytes && (!options.Verify || Checksum.OfFile(path, ["sha256"], default)["sha256"] == archive.Sha256);
    }

    private PageArchive Write(string name, List<PartFile> pages, string version)
    {
        if (Path.Exists(Path.Combine(folder, name)))
            throw new InputException($"{Path.Combine(folder, name)} is there, and {FetchManifest.FileName} does not know it: move it away and run the same command again");
        string path = Path.Combine(_workFolder, name);
        using (FileStream file = File.Create(path))
        {
            // No time of ours: the archive begins when its first page was captured.
            DateTimeOffset date = DateTimeOffset.Parse(pages[0].State!.LastModified!, CultureInfo.InvariantCulture);
            byte[] info = Encoding.UTF8.GetBytes($"software: DataPipeline/{version}\r\nformat: WARC File Format 1.1\r\nhttp-header-user-agent: {options.UserAgent}\r\nrobots: {(options.Robots == RobotsRule.Ignore ? "ignore" : "obey")}\r\n");
            file.Write(WarcWriter.Record("warcinfo", date, "application/warc-fields", info, [("WARC-Filename", name)]).Member);
            foreach (PartFile page in pages)
            {
                using FileStream members = File.OpenRead(page.BytesPath);
                members.CopyTo(file);
            }
            file.Flush(flushToDisk: true);
        }
        return new PageArchive(name, new FileInfo(path).Length, Checksum.OfFile(path, ["sha256"], default)["sha256"], [.. pages.Select(page => page.State!.Url)]);
    }

    private async Task<(byte[] Members, string Sha256, DateTimeOffset Date)> AttemptAsync(FetchAddress address, Uri uri, CancellationToken cancel)
    {
        using RemoteResponse response = await client.GetAsync(uri, [], sign: false, options.Robots, cancel).ConfigureAwait(false);
        if (response.Status is < 200 or > 299)
            throw Retries.Refusal(response, options, time);
        int limit = (int)Math.Min(address.Bytes ?? options.MaxFileBytes, Math.Min(options.MaxFileBytes, MaxPageBytes));
        byte[] body = await response.ReadAllAsync(limit, cancel).ConfigureAwait(false);
        if (response.ContentLength is { } stated && stated != body.Length)
            throw new FetchException("truncated", $"the body ended after {body.Length:N0} of {stated:N0} bytes", again: true);
        progress.Came(body.Length);
        Dictionary<string, string> found = Checksum.Of(new MemoryStream(body), address.Checksums.Select(sum => sum.Algorithm).Append("sha256"), cancel);
        if (address.Bytes is { } listed && listed != body.Length)
            throw new FetchException("size_mismatch", $"the page has {body.Length:N0} bytes, the list says {listed:N0}");
        if (address.Checksums.FirstOrDefault(sum => found[sum.Algorithm] != sum.Value) is { } wrong)
            throw new FetchException("checksum_mismatch", $"the page has {wrong.Algorithm} {found[wrong.Algorithm]}, not {wrong.Value}.");
        var members = new MemoryStream();
        for (int i = 0; i < response.Exchanges.Count; i++)
            Write(members, response.Exchanges[i], i == response.Exchanges.Count - 1 ? body : null);
        return (members.ToArray(), found["sha256"], response.Exchanges[0].Date ?? time.GetUtcNow());
    }

    private void Write(MemoryStream members, Exchange exchange, byte[]? body)
    {
        DateTimeOffset date = exchange.Date ?? time.GetUtcNow();
        string uri = exchange.Uri.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped), head = exchange.Response;
        // The chunks are gone: archives say so by another name of the field, and by the length there now is.
        if (exchange.IsChunked)
            head = head.Replace("\r\nTransfer-Encoding:", "\r\nX-Crawl-Transfer-Encoding:", StringComparison.OrdinalIgnoreCase) + (body is null ? "" : $"Content-Length: {body.Length}\r\n");
        var fields = new List<(string, string)> { ("WARC-Target-URI", uri), ("WARC-Payload-Digest", WarcWriter.Digest(body)) };
        if (body is null)
            fields.Add(("WARC-Truncated", "unspecified"));
        byte[] response = [.. Encoding.Latin1.GetBytes(head + "\r\n"), .. body ?? []];
        (string id, byte[] member) = WarcWriter.Record("response", date, "application/http; msgtype=response", response, fields);
        members.Write(WarcWriter.Record("request", date, "application/http; msgtype=request", Encoding.Latin1.GetBytes(exchange.Request + "\r\n"), [("WARC-Target-URI", uri), ("WARC-Concurrent-To", id)]).Member);
        members.Write(member);
    }

    private static int Number(string name) => int.Parse(name.AsSpan("pages-".Length, name.IndexOf('.', StringComparison.Ordinal) - "pages-".Length), NumberStyles.None, CultureInfo.InvariantCulture);
}
