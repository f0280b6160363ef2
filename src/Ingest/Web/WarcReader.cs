using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Ingest.Compression;

namespace DataPipeline.Ingest.Web;

/// <summary>Finds the records of a WARC file (0.18, 1.0, 1.1; ISO 28500). A record that lies about its length, or is cut off, costs itself alone:
/// reading goes on at the next line that starts with <c>WARC/</c>, or at the next compressed member.</summary>
/// <remarks>Linear. Memory: the largest record allowed, twice while it is copied out.</remarks>
internal sealed class WarcReader(ByteFlow flow, string file, int maxRecordBytes)
{
    private const int MaxHeaderBytes = 1 << 20;
    private long _number;

    /// <summary>All records in order, the unreadable ones too. Records whose type <paramref name="wanted"/> refuses are numbered but not
    /// given.</summary>
    public IEnumerable<RawRecord> Read(Func<string, bool> wanted)
    {
        while (true)
        {
            SkipLineEnds();
            if (!flow.Ensure(1))
            {
                if (flow.Damage is not { } damage)
                    yield break;
                yield return Broken(damage.Offset, damage.Reason, damage.Detail);
                flow.Resume();
                continue;
            }
            long offset = flow.Offset;
            if (Next(offset, wanted) is { } record)
                yield return record;
        }
    }

    private RawRecord? Next(long offset, Func<string, bool> wanted)
    {
        if (!flow.Ensure(5) || !IsMagic(flow.Buffered))
        {
            SkipToRecord();
            return flow.Damage is null ? Broken(offset, "bad_warc_header", "no line 'WARC/...' where a record should start") : null;
        }
        int headerBytes = HeaderLength();
        if (headerBytes < 0)
        {
            if (flow.Damage is not null)
                return null;
            flow.Advance(1);
            SkipToRecord();
            return flow.Damage is null ? Broken(offset, "bad_warc_header", "the header has no end") : null;
        }
        var fields = Headers.Parse(flow.Buffered[..headerBytes], skipFirstLine: true);
        if (!fields.TryGetValue("content-length", out string? length)
            || !long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out long claimed))
        {
            flow.Advance(headerBytes);
            SkipToRecord();
            return Broken(offset, "bad_warc_header", $"Content-Length is {(length is null ? "missing" : $"'{length}'")}");
        }
        flow.Advance(headerBytes);
        return Content(offset, fields, claimed, wanted(fields.GetValueOrDefault("warc-type", "").ToLowerInvariant()));
    }

    private RawRecord? Content(long offset, Dictionary<string, string> fields, long claimed, bool wanted)
    {
        if (claimed > maxRecordBytes)
            return SkipLarge(offset, claimed, wanted);
        int length = (int)claimed;
        bool whole = flow.Ensure(length);
        if (whole && EndsCleanly(length))
        {
            RawRecord? record = !wanted ? null : new RawRecord(new Origin(file, _number, offset), flow.Buffered[..length].ToArray(), fields)
            {
                Name = fields.GetValueOrDefault("warc-target-uri")?.Trim('<', '>'),
            };
            _number++;
            flow.Advance(length);
            return record;
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
        return Broken(offset, "warc_lying_length", $"Content-Length says {claimed} bytes, the next record or the end comes after {found}");
    }

    /// <summary>Passes a record above the limit, watching for the start of another one: a length of terabytes must not swallow the file.</summary>
    private RawRecord? SkipLarge(long offset, long claimed, bool wanted)
    {
        long left = claimed;
        while (left > 0)
        {
            if (!flow.Ensure(64) && flow.Buffered.Length == 0)
                return flow.Damage is null ? Broken(offset, "warc_lying_length", $"Content-Length says {claimed} bytes, the file ends {left} before")
                    : null;
            int at = NextRecord(flow.Buffered, atStart: false);
            if (at >= 0 && at < left)
            {
                flow.Advance(at);
                return Broken(offset, "warc_lying_length", $"Content-Length says {claimed} bytes, the next record comes {left - at} before");
            }
            int pass = (int)Math.Min(left, Math.Max(1, flow.Buffered.Length - 16));
            flow.Advance(pass);
            left -= pass;
        }
        if (wanted)
            return Broken(offset, "record_too_large", $"{claimed} bytes, the limit is {maxRecordBytes}: raise max_record_bytes to keep it");
        _number++;
        return null;
    }

    private bool EndsCleanly(int length)
    {
        int look = length + 8;
        while (true)
        {
            bool more = flow.Ensure(look);
            ReadOnlySpan<byte> after = flow.Buffered[length..];
            int text = after.IndexOfAnyExcept((byte)'\r', (byte)'\n');
            if (text < 0 && more)
            {
                look += 64;
                continue;
            }
            if (text < 0)
                return true;
            if (after.Length - text >= 5 || !more)
                return IsMagic(after[text..]) && (text > 0 || flow.IsCompressed);
            look = length + text + 5;
        }
    }

    /// <summary>Bytes of the header with its empty line; -1 when it does not end within the limit or the file.</summary>
    private int HeaderLength()
    {
        int from = 0;
        while (true)
        {
            ReadOnlySpan<byte> bytes = flow.Buffered;
            while (true)
            {
                int line = bytes[from..].IndexOf((byte)'\n');
                if (line < 0)
                    break;
                int next = from + line + 1;
                if (bytes.Length > next && bytes[next] == '\n')
                    return next + 1;
                if (bytes.Length > next + 1 && bytes[next] == '\r' && bytes[next + 1] == '\n')
                    return next + 2;
                if (bytes.Length <= next + 1)
                    break;
                from = next;
            }
            if (bytes.Length > MaxHeaderBytes || !flow.Fill())
                return -1;
        }
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
        bool atStart = false;
        while (true)
        {
            int at = NextRecord(flow.Buffered, atStart);
            if (at >= 0)
            {
                flow.Advance(at);
                return;
            }
            int keep = Math.Min(flow.Buffered.Length, 16);
            flow.Advance(flow.Buffered.Length - keep);
            if (!flow.Fill())
            {
                flow.Advance(flow.Buffered.Length);
                return;
            }
        }
    }

    /// <summary>Index of a line <c>WARC/digit.digit</c>; -1 if there is none.</summary>
    private static int NextRecord(ReadOnlySpan<byte> bytes, bool atStart)
    {
        for (int from = 0; ;)
        {
            ReadOnlySpan<byte> rest = bytes[from..];
            int at = rest.IndexOf("WARC/"u8), lower = rest.IndexOf("warc/"u8);
            if (at < 0 && lower < 0)
                return -1;
            at = from + (at < 0 || lower >= 0 && lower < at ? lower : at);
            if (bytes.Length < at + 8)
                return -1;
            bool lineStart = at == 0 ? atStart : bytes[at - 1] == '\n';
            if (lineStart && char.IsAsciiDigit((char)bytes[at + 5]) && bytes[at + 6] == '.' && char.IsAsciiDigit((char)bytes[at + 7]))
                return at;
            from = at + 5;
        }
    }

    // The standard allows "warc/1.0", and some writers use it.
    private static bool IsMagic(ReadOnlySpan<byte> bytes) => bytes.Length >= 5 && System.Text.Ascii.EqualsIgnoreCase(bytes[..5], "WARC/"u8);

    private RawRecord Broken(long offset, string reason, string detail) => RawRecord.Unreadable(new Origin(file, _number++, offset), reason, detail);
}
