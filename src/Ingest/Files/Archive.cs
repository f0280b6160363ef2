using System.Formats.Tar;
using System.IO.Compression;
using DataPipeline.Core;
using DataPipeline.Ingest.Compression;

namespace DataPipeline.Ingest.Files;

/// <summary>The files of an archive (tar in any known compression, zip) or the one file that an input is, told apart by their bytes.</summary>
/// <remarks>Memory: one entry. Entries that lead outside (<c>..</c>, absolute paths) and links are refused as <c>unsafe_path</c>; sizes are
/// believed only as far as bytes arrive.</remarks>
internal sealed class Archive(InputFile file, int maxEntryBytes, double maxExpansion, CancellationToken cancel = default)
{
    private const int TarBlockBytes = 512;

    /// <summary>All files in stored order whose path inside passes <paramref name="wanted"/>; others are not read. The path of a plain file always
    /// passes.</summary>
    public IEnumerable<Entry> Read(Func<string, bool> wanted)
    {
        if (IsZip(file.Path))
            return ReadZip(wanted);
        return ReadFlow(wanted);
    }

    /// <summary>True when the file is a zip or a tar in any compression.</summary>
    public static bool IsArchive(string path, double maxExpansion)
    {
        if (IsZip(path))
            return true;
        using ByteFlow flow = ByteFlow.Open(path, maxExpansion);
        return flow.Ensure(TarBlockBytes) && IsTar(flow.Buffered);
    }

    /// <summary>Decompresses an entry that is itself a compressed file; other bytes pass unchanged.</summary>
    public static Entry Unpack(Entry entry, int maxEntryBytes, double maxExpansion)
    {
        if (entry.Problem is not null)
            return entry;
        using var flow = new ByteFlow(new MemoryStream(entry.Content.ToArray(), false), maxExpansion);
        if (!flow.IsCompressed)
            return entry;
        bool more = flow.Ensure(maxEntryBytes + 1);
        if (flow.Damage is { } damage)
            return entry with { Problem = damage with { Offset = entry.Offset } };
        return more ? entry with { Problem = TooLarge(entry.Name, entry.Offset, maxEntryBytes) } : entry with { Content = flow.Buffered.ToArray() };
    }

    /// <summary>True when a path inside an archive stays inside wherever it is unpacked.</summary>
    public static bool IsSafe(string path)
    {
        string slashed = path.Replace('\\', '/');
        return slashed.Length > 0 && slashed[0] != '/' && !(slashed.Length > 1 && slashed[1] == ':') && !slashed.Split('/').Contains("..")
            && !slashed.Contains('\0', StringComparison.Ordinal);
    }

    private static bool IsZip(string path)
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> head = stackalloc byte[4];
        return stream.ReadAtLeast(head, 4, false) == 4 && (head.SequenceEqual("PK\u0003\u0004"u8) || head.SequenceEqual("PK\u0005\u0006"u8));
    }

    private static bool IsTar(ReadOnlySpan<byte> head) => head[257..].StartsWith("ustar"u8);

    private IEnumerable<Entry> ReadFlow(Func<string, bool> wanted)
    {
        using ByteFlow flow = ByteFlow.Open(file.Path, maxExpansion, cancel: cancel);
        if (!flow.Ensure(TarBlockBytes) || !IsTar(flow.Buffered))
        {
            yield return Whole(flow);
            yield break;
        }
        using var tar = new TarReader(new FlowStream(flow), leaveOpen: true);
        while (true)
        {
            Entry? entry;
            try
            {
                TarEntry? next = tar.GetNextEntry();
                if (next is null)
                    break;
                entry = FromTar(next, flow.Position, wanted);
            }
            catch (Exception e) when (e is InvalidDataException or IOException or FormatException or ArgumentException or OverflowException
                or NotSupportedException)
            {
                entry = flow.Damage is not null ? null : Broken(file.Path, flow.Position, "corrupt_tar", e.Message);
            }
            if (entry is null && flow.Damage is null)
                continue;
            if (entry is not null)
                yield return entry;
            if (entry?.Problem?.Reason == "corrupt_tar" || flow.Damage is not null)
                break;
        }
        if (flow.Damage is { } damage)
            yield return new Entry(file.Path, file.Path, damage.Offset, default) { Problem = damage };
    }

    private Entry Whole(ByteFlow flow)
    {
        bool more = flow.Ensure(maxEntryBytes + 1);
        if (flow.Damage is { } damage)
            return new Entry(file.Path, file.Path, damage.Offset, default) { Problem = damage };
        return more ? new Entry(file.Path, file.Path, 0, default) { Problem = TooLarge(file.Path, 0) }
            : new Entry(file.Path, file.Path, 0, flow.Buffered.ToArray());
    }

    private Entry? FromTar(TarEntry entry, long offset, Func<string, bool> wanted)
    {
        if (entry.EntryType is TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes)
            return null;
        // tar writes "./a/b" when it packs a folder as ".".
        string name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
        string path = $"{file.Path}!/{name}";
        if (!IsSafe(name) || entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink)
            return Broken(path, offset, "unsafe_path", entry.LinkName is { Length: > 0 } link ? $"a link to '{link}'"
                : "the path leads outside the archive");
        if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile))
            return Broken(path, offset, "unsafe_path", $"a {entry.EntryType}, not a file");
        if (!wanted(name))
            return null;
        return entry.Length > maxEntryBytes ? new Entry(path, name, offset, default) { Problem = TooLarge(name, offset) }
            : FromStream(path, name, offset, entry.DataStream);
    }

    private IEnumerable<Entry> ReadZip(Func<string, bool> wanted)
    {
        using FileStream stream = File.OpenRead(file.Path);
        ZipArchive? zip = null;
        string? problem = null;
        try
        {
            zip = new ZipArchive(stream, ZipArchiveMode.Read);
            _ = zip.Entries.Count;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or ArgumentException or OverflowException)
        {
            problem = e.Message;
        }
        if (zip is null || problem is not null)
        {
            yield return Broken(file.Path, 0, "corrupt_zip", problem ?? "");
            yield break;
        }
        using (zip)
        {
            foreach (ZipArchiveEntry entry in zip.Entries)
            {
                if (entry.FullName.EndsWith('/') && entry.Length == 0)
                    continue;
                string path = $"{file.Path}!/{entry.FullName}";
                bool link = (entry.ExternalAttributes >> 16 & 0xF000) == 0xA000;
                if (!IsSafe(entry.FullName) || link)
                    yield return Broken(path, -1, "unsafe_path", link ? "a symbolic link" : "the path leads outside the archive");
                else if (wanted(entry.FullName))
                    yield return FromZip(entry, path);
            }
        }
    }

    private Entry FromZip(ZipArchiveEntry entry, string path)
    {
        try
        {
            using Stream data = entry.Open();
            Entry read = FromStream(path, entry.FullName, -1, data);
            return read.Problem is null && read.Content.Length > 1 << 20 && read.Content.Length > Math.Max(1, entry.CompressedLength) * maxExpansion
                ? Broken(path, -1, "decompression_bomb", $"the entry grew more than {maxExpansion} times")
                : read;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException)
        {
            return Broken(path, -1, "corrupt_zip", e.Message);
        }
    }

    private Entry FromStream(string path, string name, long offset, Stream? data)
    {
        var content = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        for (int read; data is not null && (read = data.Read(buffer)) > 0;)
        {
            content.Write(buffer, 0, read);
            if (content.Length > maxEntryBytes)
                return new Entry(path, name, offset, default) { Problem = TooLarge(name, offset) };
        }
        return new Entry(path, name, offset, content.GetBuffer().AsMemory(0, (int)content.Length));
    }

    private static Entry Broken(string path, long offset, string reason, string detail) =>
        new(path, path, offset, default) { Problem = new Damage(reason, offset, detail) };

    private Damage TooLarge(string name, long offset) => TooLarge(name, offset, maxEntryBytes);

    private static Damage TooLarge(string name, long offset, int limit) =>
        new("record_too_large", offset, $"'{name}' holds more than {limit} bytes: raise max_record_bytes to keep it");
}
