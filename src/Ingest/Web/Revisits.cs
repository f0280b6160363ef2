using DataPipeline.Core;
using DataPipeline.Ingest.Compression;

namespace DataPipeline.Ingest.Web;

/// <summary>What becomes of <c>revisit</c> records, which say that a page was the same as when it was archived before.</summary>
public enum RevisitMode
{
    /// <summary>Dropped and counted: as documents they would be duplicates.</summary>
    Count,

    /// <summary>Given the content of the record that they refer to, where the same file holds it before them.</summary>
    Resolve,
}

/// <summary>The records of one archive that revisits may refer to: by record id, by address and date, or by the digest of the payload.</summary>
/// <remarks>Some hundred bytes for each response; a revisit that finds its record reads it a second time from the file. In a compressed file only records that begin a
/// member can be found again.</remarks>
internal sealed class Revisits(string path, int maxRecordBytes, double maxExpansion)
{
    private readonly Dictionary<ulong, long> _offsets = [];
    private long _memberOffset = -1;

    /// <summary>The record, or what it refers to under its own address and date. Must see all records of the file in order.</summary>
    public RawRecord? Resolve(ArchiveEntry entry)
    {
        bool beginsMember = entry.Origin.Offset != _memberOffset;
        _memberOffset = entry.Origin.Offset;
        if (entry.Record is not { Problem: null } record)
            return entry.Record;
        if (record.Fields.GetValueOrDefault("warc-type", "").Equals("revisit", StringComparison.OrdinalIgnoreCase))
            return Referred(record.Fields).Select(key => Original(record, key)).FirstOrDefault(found => found is not null) ?? record;
        if (beginsMember)
        {
            foreach (string key in Names(record.Fields))
                _offsets.TryAdd(Hash.Of(key), record.Origin.Offset);
        }
        return record;
    }

    private RawRecord? Original(RawRecord revisit, string key)
    {
        if (!_offsets.TryGetValue(Hash.Of(key), out long offset) || ReadAt(offset) is not { Problem: null } original || !Names(original.Fields).Contains(key))
            return null;
        var fields = new Dictionary<string, string>(original.Fields, StringComparer.Ordinal);
        foreach (string own in (string[])["warc-target-uri", "warc-date"])
        {
            if (revisit.Fields.TryGetValue(own, out string? value))
                fields[own] = value;
        }
        return new RawRecord(revisit.Origin, original.Content, fields) { Name = revisit.Name };
    }

    private RawRecord? ReadAt(long offset)
    {
        using ByteFlow flow = ByteFlow.IsCompressedFile(path) ? ByteFlow.Open(path, maxExpansion, offset)
            : new ByteFlow(new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read }) { Position = offset }, maxExpansion);
        return new WarcReader(flow, path, maxRecordBytes).Read(_ => true).FirstOrDefault()?.Record;
    }

    private static IEnumerable<string> Names(IReadOnlyDictionary<string, string> fields) =>
        Keys(fields.GetValueOrDefault("warc-record-id"), fields.GetValueOrDefault("warc-target-uri"), fields.GetValueOrDefault("warc-date"), fields.GetValueOrDefault("warc-payload-digest"));

    private static IEnumerable<string> Referred(IReadOnlyDictionary<string, string> fields) =>
        Keys(fields.GetValueOrDefault("warc-refers-to"), fields.GetValueOrDefault("warc-refers-to-target-uri"), fields.GetValueOrDefault("warc-refers-to-date"),
            fields.GetValueOrDefault("warc-payload-digest"));

    private static IEnumerable<string> Keys(string? id, string? url, string? date, string? digest)
    {
        if (id is not null)
            yield return "id " + id;
        if (url is not null && date is not null)
            yield return $"page {date} {url.Trim('<', '>')}";
        if (digest is not null)
            yield return "payload " + digest;
    }
}
