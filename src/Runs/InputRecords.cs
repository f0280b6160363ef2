using DataPipeline.Core;

namespace DataPipeline.Runs;

/// <summary>The records of an input file as a run counts them.</summary>
public static class InputRecords
{
    /// <summary>What the source finds, or one unreadable record where it finds nothing: a file that gives no document is never passed over in silence.</summary>
    public static IEnumerable<RawRecord> Of(Source source, InputFile file, CancellationToken cancel = default)
    {
        bool found = false;
        foreach (RawRecord record in source.Read(file, cancel))
        {
            found = true;
            yield return record;
        }
        // Behind the start of a file a range may hold no start of a record: one long member, say.
        if (found || file.From > 0)
            yield break;
        yield return file.Bytes == 0
            ? RawRecord.Unreadable(new Origin(file.Path, 0, 0), "empty_file", "the file has no bytes")
            : RawRecord.Unreadable(new Origin(file.Path, 0, 0), "no_records", $"the file has {file.Bytes} bytes, but nothing in them that this source reads");
    }
}
