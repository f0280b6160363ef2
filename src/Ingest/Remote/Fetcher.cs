using System.Net;
using DataPipeline.Core;
using DataPipeline.Ingest.Remote.S3;

namespace DataPipeline.Ingest.Remote;

/// <summary>Brings files from servers into a folder: several at a time, each whole and verified or not at all, and none twice.</summary>
/// <remarks>The bytes of a file depend on its server alone, fetch.json on the files alone; connections and rates change neither.</remarks>
public sealed class Fetcher : IDisposable
{
    private readonly string _folder;
    private readonly FetchOptions _options;
    private readonly TimeProvider _time;
    private readonly FetchProgress _progress;
    private readonly FetchLedger _ledger;
    private readonly LocalNames _names = new();

    /// <summary>Opens the folder, which is made if it is not there.</summary>
    /// <param name="folder">Where files go.</param>
    /// <param name="options">How they are fetched.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="time">The clock of waits and rates.</param>
    public Fetcher(string folder, FetchOptions options, FetchProgress progress, TimeProvider time) : this(folder, options, progress, time, null)
    {
    }

    internal Fetcher(string folder, FetchOptions options, FetchProgress progress, TimeProvider time, Func<IPAddress, bool>? isPrivate)
    {
        (_folder, _options, _progress, _time) = (folder, options, progress, time);
        _ledger = new FetchLedger(folder);
        foreach (FetchedFile file in _ledger.Files)
            _names.Keep(file.Name, file.Url);
        Client = new RemoteClient(options, time, isPrivate);
    }

    internal RemoteClient Client { get; }

    internal string WorkFolder => Path.Combine(_folder, FetchLedger.WorkFolder);

    /// <summary>Addresses with the objects below each <c>s3://BUCKET/PREFIX/</c> in its place.</summary>
    /// <exception cref="InputException">A prefix cannot be listed.</exception>
    public async Task<IReadOnlyList<FetchAddress>> ExpandAsync(IReadOnlyList<FetchAddress> addresses, CancellationToken cancel)
    {
        var expanded = new List<FetchAddress>();
        foreach (FetchAddress address in addresses)
        {
            if (S3Address.Parse(address.Url) is not { IsPrefix: true } prefix)
            {
                expanded.Add(address);
                continue;
            }
            try
            {
                expanded.AddRange(await S3Listing.ReadAsync(Client, _options, _time, prefix, cancel).ConfigureAwait(false));
            }
            catch (FetchException error)
            {
                throw new InputException($"{address.Url}: {error.Message}", error);
            }
        }
        return expanded;
    }

    /// <summary>The files of addresses of a list, each once, with names in the folder: those of an earlier run, else made from the last part of the address.</summary>
    public IReadOnlyList<FetchItem> Plan(IEnumerable<FetchAddress> addresses)
    {
        var items = new List<FetchItem>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (FetchAddress address in addresses)
        {
            if (!seen.Add(address.Url))
                continue;
            string name = _ledger.Find(address.Url)?.Name
                ?? (address.Path is { } path ? _names.ForPath(path, address.Url) : _names.ForUrl(address.Url));
            items.Add(new FetchItem(address.Url, name, address.Checksums, address.Bytes));
        }
        return items;
    }

    /// <summary>Fetches what is not there yet.</summary>
    /// <returns>What failed, in the order of the items.</returns>
    public async Task<FetchResult> FetchAsync(IReadOnlyList<FetchItem> items, CancellationToken cancel)
    {
        FetchItem[] missing = [.. items.Where(item => !IsThere(item, cancel))];
        long bytes = 0;
        _progress.Begin(missing.Length, items.Count - missing.Length);
        FailedFile?[] failed = await EachAsync(missing, item => item.Url, item => item.Name, async (item, token) =>
        {
            FetchedFile file = await new Download(Client, _options, _time, _folder, _progress).RunAsync(item, token).ConfigureAwait(false);
            _ledger.Add(file);
            new PartFile(WorkFolder, item.Url).Discard();
            Interlocked.Add(ref bytes, file.Bytes);
        }, cancel).ConfigureAwait(false);
        return new FetchResult(items.Count - missing.Length, missing.Length - failed.Count(failure => failure is not null), bytes, [.. failed.OfType<FailedFile>()]);
    }

    /// <summary>Fetches pages that no archive of the folder holds yet, and writes them into archives of WARC in the order of the list.</summary>
    /// <param name="addresses">http and https.</param>
    /// <param name="version">Of the program.</param>
    /// <param name="cancel">Ends it; finished pages are kept.</param>
    public async Task<FetchResult> ArchiveAsync(IReadOnlyList<FetchAddress> addresses, string version, CancellationToken cancel)
    {
        var archiver = new PageArchiver(Client, _options, _time, _folder, _progress);
        foreach (PageArchive broken in _ledger.Archives.Where(archive => !archiver.Settle(archive)).ToArray())
        {
            _ledger.Archives.Remove(broken);
            File.Delete(Path.Combine(_folder, broken.Name));
        }
        HashSet<string> there = _ledger.Archives.SelectMany(archive => archive.Pages).ToHashSet(StringComparer.Ordinal);
        FetchAddress[] all = [.. addresses.DistinctBy(address => address.Url)], missing = [.. all.Where(address => !there.Contains(address.Url))];
        long bytes = 0;
        _progress.Begin(missing.Length, all.Length - missing.Length);
        FailedFile?[] failed = await EachAsync(missing, address => address.Url, address => address.Url,
            async (address, token) => Interlocked.Add(ref bytes, await archiver.FetchAsync(address, token).ConfigureAwait(false)), cancel).ConfigureAwait(false);
        FailedFile[] failures = [.. failed.OfType<FailedFile>()];
        archiver.Join(missing.Where((_, i) => failed[i] is null).Select(address => address.Url), _ledger, version, failures);
        return new FetchResult(all.Length - missing.Length, missing.Length - failures.Length, bytes, failures);
    }

    /// <summary>Writes fetch.json.</summary>
    public void Finish(string version, IReadOnlyList<FailedFile> failed) => _ledger.Finish(version, failed);

    /// <inheritdoc/>
    public void Dispose()
    {
        Client.Dispose();
        _ledger.Dispose();
    }

    // Several at a time; what fails is noted in its place, and the others go on. Errors of the disk end all.
    private async Task<FailedFile?[]> EachAsync<T>(T[] items, Func<T, string> url, Func<T, string> name, Func<T, CancellationToken, Task> fetch, CancellationToken cancel)
    {
        var failed = new FailedFile?[items.Length];
        await Parallel.ForAsync(0, items.Length, new ParallelOptions { MaxDegreeOfParallelism = _options.Connections, CancellationToken = cancel }, async (i, token) =>
        {
            try
            {
                await fetch(items[i], token).ConfigureAwait(false);
            }
            catch (FetchException error)
            {
                failed[i] = new FailedFile(url(items[i]), error.Reason, error.Message);
            }
            _progress.Ended(name(items[i]), failed[i]?.Reason);
        }).ConfigureAwait(false);
        return failed;
    }

    private bool IsThere(FetchItem item, CancellationToken cancel)
    {
        if (_ledger.Find(item.Url) is not { } file)
            return false;
        string path = Path.Combine(_folder, file.Name);
        bool whole = File.Exists(path) && new FileInfo(path).Length == file.Bytes
            && (!_options.Verify || Checksum.OfFile(path, ["sha256"], cancel)["sha256"] == file.Sha256);
        if (!whole)
        {
            // It is ours, and not what it says: it goes, so that what comes can take its place.
            _ledger.Remove(item.Url);
            File.Delete(path);
        }
        return whole;
    }
}

/// <summary>How a fetch ended.</summary>
/// <param name="There">Files of earlier runs.</param>
/// <param name="Fetched">Files of this one.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Failed">What could not be had.</param>
public sealed record FetchResult(int There, int Fetched, long Bytes, IReadOnlyList<FailedFile> Failed);
