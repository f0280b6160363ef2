using DataPipeline.Core;
using DataPipeline.Ingest.Compression;

namespace DataPipeline.Ingest.Web;

/// <summary>What a web archive holds, record by record; for people, beside the documents that <see cref="WarcSource"/> makes of it.</summary>
public static class WebArchive
{
    /// <summary>True when a file's first bytes, decompressed, begin a WARC or ARC file; false for a pattern or folder.</summary>
    public static bool Is(string path)
    {
        if (!File.Exists(path))
            return false;
        using ByteFlow flow = ByteFlow.Open(path, Files.FileSource.DefaultMaxExpansion);
        return ArcReader.Begins(flow) || flow.Ensure(5) && flow.Buffered.StartsWith("WARC/"u8);
    }

    /// <summary>Lists a WARC or ARC file in bounded memory, each record or unreadable place once.</summary>
    /// <param name="path">The file, plain or compressed.</param>
    /// <param name="check">Holds each record against the standard and its digests.</param>
    /// <param name="maxRecordBytes">Largest record that is looked into; a larger one is listed and, with <paramref name="check"/>, a problem.</param>
    /// <exception cref="InputException">There is no such file.</exception>
    public static IEnumerable<ArchivedRecord> List(string path, bool check = false, int maxRecordBytes = 1 << 30)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: there is no such file");
        using ByteFlow flow = ByteFlow.Open(path, Files.FileSource.DefaultMaxExpansion);
        ArchiveReader reader = ArchiveReader.Of(flow, path, maxRecordBytes);
        foreach (ArchiveEntry entry in reader.Read(_ => true))
        {
            RawRecord record = entry.Record!;
            if (record.Problem is not null)
            {
                yield return new ArchivedRecord(entry.Origin.Offset, "", null, null, 0, 0, "", [$"{record.Problem}: {record.Detail}"]);
                continue;
            }
            string type = record.Fields.GetValueOrDefault("warc-type", "").ToLowerInvariant(), mediaType = WebPage.ContentType(record.Fields.GetValueOrDefault("content-type")).MediaType;
            int status = 0;
            if (mediaType == "application/http" && type is "response" or "revisit")
                (status, mediaType) = HttpResponse.Facts(record.Content.Span);
            yield return new ArchivedRecord(entry.Origin.Offset, type, record.Name, record.Fields.GetValueOrDefault("warc-date"), record.Content.Length, status, mediaType,
                check && reader is WarcReader ? [.. WarcRules.Problems(entry)] : []);
        }
    }
}

/// <summary>A record of a web archive, or a place where none could be read.</summary>
/// <param name="Offset">Byte in the file as stored: of the record, or of the compressed member that holds it.</param>
/// <param name="Type"><c>response</c>, <c>request</c>, <c>warcinfo</c>, ...; empty where nothing could be read.</param>
/// <param name="Url">What was asked for.</param>
/// <param name="Date">When, as the file says it.</param>
/// <param name="Length">Bytes of the content, HTTP headers included.</param>
/// <param name="Status">HTTP status; 0 when there is none.</param>
/// <param name="MediaType">Of the HTTP body, else of the content; lower case.</param>
/// <param name="Problems">Why it cannot be read, or what the standard asks for in vain.</param>
public sealed record ArchivedRecord(long Offset, string Type, string? Url, string? Date, long Length, int Status, string MediaType, IReadOnlyList<string> Problems);
