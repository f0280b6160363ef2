using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Ingest.Compression;

namespace DataPipeline.Ingest.Web;

/// <summary>Finds the records of a web archive. A record that lies about its length, or is cut off, costs itself alone: reading goes on at the next
/// place where a record starts, or at the next compressed member.</summary>
/// <remarks>Linear. Memory: the largest record allowed, twice while it is copied out.</remarks>
/// <param name="flow">The bytes.</param>
/// <param name="file">Path, for origins.</param>
/// <param name="maxRecordBytes">Largest content of a record.</param>
/// <param name="firstNumber">Number of the first record found; those behind count on.</param>
internal abstract class ArchiveReader(ByteFlow flow, string file, int maxRecordBytes, long firstNumber = 0)
{
    protected const int MaxHeaderBytes = 1 << 20;
    private long _number = firstNumber;
    // The header of the record being read; none between records.
    private byte[] _header = [];

    /// <summary>A reader for what the file holds: ARC if its first record says <c>filedesc:</c>, else WARC.</summary>
    /// <param name="flow">The bytes, from the start or from a later member of the file.</param>
    /// <param name="file">Path.</param>
    /// <param name="maxRecordBytes">Largest content of a record.</param>
    /// <param name="from">Where the flow begins in the file.</param>
    public static ArchiveReader Of(ByteFlow flow, string file, int maxRecordBytes, long from = 0)
    {
        using ByteFlow? start = from > 0 ? ByteFlow.Open(file, double.MaxValue) : null;
        return ArcReader.Begins(start ?? flow) ? new ArcReader(flow, file, maxRecordBytes, from) : new WarcReader(flow, file, maxRecordBytes, from);
    }

    /// <summary>The format's name in drop reasons: <c>bad_warc_header</c>, <c>warc_lying_length</c>.</summary>
    protected abstract string Format { get; }

    /// <summary>Bytes that may have to stay at hand while the next start is searched for.</summary>
    protected abstract int LongestStart { get; }

    /// <summary>True when a record starts with these bytes, false when none does, null when more bytes must tell.</summary>
    protected abstract bool? Starts(ReadOnlySpan<byte> bytes);

    /// <summary>Index of the first line that starts a record; -1 if there is none.</summary>
    /// <param name="bytes">What to search.</param>
    /// <param name="atStart">The first byte begins a line.</param>
    protected abstract int NextRecord(ReadOnlySpan<byte> bytes, bool atStart);

    /// <summary>Bytes of the header that is at hand from its first byte to what ends it; -1 if that is not there yet.</summary>
    /// <param name="bytes">What is at hand.</param>
    /// <param name="from">Where to go on searching; moved forward.</param>
    protected abstract int HeaderLength(ReadOnlySpan<byte> bytes, ref int from);

    /// <summary>The header's fields in lower case, named as in WARC: <c>warc-type</c>, <c>warc-target-uri</c>, <c>content-length</c>, ...</summary>
    protected abstract Dictionary<string, string> Fields(ReadOnlySpan<byte> header);

    /// <summary>True when the bytes behind a content are the mark that ends a record, whatever follows; false where the format has none.</summary>
    protected abstract bool IsEnd(ReadOnlySpan<byte> after);

    /// <summary>All records in order, the unreadable ones too. Those of types that <paramref name="wanted"/> refuses are numbered, and come without their content.</summary>
    public IEnumerable<ArchiveEntry> Read(Func<string, bool> wanted)
    {
        while (true)
        {
            SkipLineEnds();
            if (flow.Ensure(1))
            {
                if (Next(flow.Offset, wanted) is { } entry)
                    yield return entry;
                continue;
            }
            if (flow.Damage is not { } damage)
                yield break;
            // Bytes that break behind a header that was read are that record's damage.
            yield return Broken(damage.Offset, damage.Reason, damage.Detail);
            flow.Resume();
        }
    }

    /// <summary>The next record; null when the flow broke in it.</summary>
    private ArchiveEntry? Next(long offset, Func<string, bool> wanted)
    {
        if (!StartsHere(0))
        {
            SkipToRecord();
            return flow.Damage is null ? Broken(offset, $"bad_{Format}_header", $"no {Format.ToUpperInvariant()} header where a record should start") : null;
        }
        int from = 0, headerBytes;
        while ((headerBytes = HeaderLength(flow.Buffered, ref from)) < 0 && flow.Buffered.Length <= MaxHeaderBytes && flow.Fill())
        {
        }
        if (headerBytes < 0)
        {
            flow.Advance(1);
            SkipToRecord();
            return flow.Damage is null ? Broken(offset, $"bad_{Format}_header", "the header has no end") : null;
        }
        _header = flow.Buffered[..headerBytes].ToArray();
        Dictionary<string, string> fields = Fields(_header);
        flow.Advance(headerBytes);
        if (!fields.TryGetValue("content-length", out string? length)
            || !long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out long claimed))
        {
            SkipToRecord();
            return Broken(offset, $"bad_{Format}_header", $"Content-Length is {(length is null ? "missing" : $"'{length}'")}");
        }
        return Content(offset, fields, claimed, wanted(fields.GetValueOrDefault("warc-type", "").ToLowerInvariant()));
    }

    private ArchiveEntry? Content(long offset, Dictionary<string, string> fields, long claimed, bool wanted)
    {
        if (claimed > maxRecordBytes)
            return SkipLarge(offset, claimed, wanted);
        int length = (int)claimed;
        bool whole = flow.Ensure(length);
        if (whole && EndsCleanly(length))
        {
            var origin = new Origin(file, _number++, offset);
            RawRecord? record = !wanted ? null : new RawRecord(origin, Copied(flow.Buffered[..length]), fields) { Name = fields.GetValueOrDefault("warc-target-uri")?.Trim('<', '>') };
            ArchiveEntry entry = Given(origin, record, claimed, IsEnd(flow.Buffered[length..]));
            flow.Advance(length);
            return entry;
        }
        if (flow.Damage is not null && !whole)
            return null;
        int next = NextRecord(flow.Buffered, atStart: false);
        long found = next >= 0 ? next : flow.Buffered.Length;
        if (next >= 0)
        {
            flow.Advance(next);
        }
        else
        {
            long before = flow.Position;
            SkipToRecord();
            found = flow.Position - before;
            if (flow.Damage is not null)
                return null;
        }
        return Broken(offset, $"{Format}_lying_length", $"Content-Length says {claimed} bytes, the next record or the end comes after {found}");
    }

    /// <summary>Passes a record above the limit, watching for the start of another one: a length of terabytes must not swallow the file.</summary>
    private ArchiveEntry? SkipLarge(long offset, long claimed, bool wanted)
    {
        long left = claimed;
        while (left > 0)
        {
            bool more = flow.Ensure(LongestStart);
            if (flow.Buffered.Length == 0)
                return flow.Damage is null ? Broken(offset, $"{Format}_lying_length", $"Content-Length says {claimed} bytes, the file ends {left} before") : null;
            int at = NextRecord(flow.Buffered, atStart: false);
            if (at >= 0 && at < left)
            {
                flow.Advance(at);
                return Broken(offset, $"{Format}_lying_length", $"Content-Length says {claimed} bytes, the next record comes {left - at} before");
            }
            int pass = (int)Math.Min(left, more ? Math.Max(1, flow.Buffered.Length - LongestStart) : flow.Buffered.Length);
            flow.Advance(pass);
            left -= pass;
        }
        if (wanted)
            return Broken(offset, "record_too_large", $"{claimed} bytes, the limit is {maxRecordBytes}: raise max_record_bytes to keep it");
        return Given(new Origin(file, _number++, offset), null, claimed, endsWell: true);
    }

    /// <summary>Believes a length when behind it come the bytes that end a record, or line ends and then a record or the end.</summary>
    private bool EndsCleanly(int length)
    {
        for (int look = length + 8; ; look += 64)
        {
            bool more = flow.Ensure(look);
            ReadOnlySpan<byte> after = flow.Buffered[length..];
            int text = after.IndexOfAnyExcept((byte)'\r', (byte)'\n');
            if (text >= 0)
                return IsEnd(after) || (text > 0 || flow.IsCompressed || length > 0 && flow.Buffered[length - 1] == '\n') && StartsHere(length + text);
            if (!more)
                return true;
        }
    }

    // Not cleared before: pages are large.
    private static byte[] Copied(ReadOnlySpan<byte> bytes)
    {
        byte[] copy = GC.AllocateUninitializedArray<byte>(bytes.Length);
        bytes.CopyTo(copy);
        return copy;
    }

    private bool StartsHere(int at)
    {
        bool? starts;
        while ((starts = Starts(flow.Buffered[at..])) is null && flow.Fill())
        {
        }
        return starts == true;
    }

    private void SkipLineEnds()
    {
        while (flow.Ensure(1))
        {
            ReadOnlySpan<byte> bytes = flow.Buffered;
            int text = bytes.IndexOfAnyExcept((byte)'\r', (byte)'\n');
            flow.Advance(text < 0 ? bytes.Length : text);
            if (text >= 0)
                return;
        }
    }

    /// <summary>Passes bytes up to the next line that starts a record, or to the end or damage.</summary>
    private void SkipToRecord()
    {
        while (true)
        {
            int at = NextRecord(flow.Buffered, atStart: false);
            if (at >= 0)
            {
                flow.Advance(at);
                return;
            }
            int keep = Math.Min(flow.Buffered.Length, LongestStart);
            flow.Advance(flow.Buffered.Length - keep);
            if (!flow.Fill())
            {
                flow.Advance(flow.Buffered.Length);
                return;
            }
        }
    }

    private ArchiveEntry Broken(long offset, string reason, string detail)
    {
        var origin = new Origin(file, _number++, offset);
        return Given(origin, RawRecord.Unreadable(origin, reason, detail), 0, endsWell: false);
    }

    private ArchiveEntry Given(Origin origin, RawRecord? record, long length, bool endsWell)
    {
        var entry = new ArchiveEntry(origin, record, _header, length, endsWell);
        _header = [];
        return entry;
    }
}

/// <summary>What a reader found at one place of an archive.</summary>
/// <param name="Origin">Where.</param>
/// <param name="Record">The record, perhaps an unreadable one; null when its type was not wanted.</param>
/// <param name="Header">The header's bytes; none where none was found.</param>
/// <param name="Length">Bytes of its content.</param>
/// <param name="EndsWell">The format's mark stands behind the content.</param>
internal sealed record ArchiveEntry(Origin Origin, RawRecord? Record, byte[] Header, long Length, bool EndsWell);
