namespace DataPipeline.Core;

/// <summary>A kind of input: lists files, reads their records one after another, and turns a record into a document.</summary>
/// <remarks><see cref="Read"/> runs on one thread a file and does the least that finds the record boundaries;
/// <see cref="Parse"/> is pure and runs on every core. Mark it with <see cref="Config.StageAttribute"/>: its constructor is its YAML.</remarks>
public abstract class Source
{
    /// <summary>True when its documents are preference pairs: no mix takes them, preference training does.</summary>
    public virtual bool GivesPreferences => false;

    /// <summary>The input files in a fixed order (ordinal by path), found before anything is read.</summary>
    /// <exception cref="ConfigurationException">A pattern of the pipeline file names nothing.</exception>
    public abstract IReadOnlyList<InputFile> Files();

    /// <summary>The records of one file in order, in bounded memory. What cannot be read comes as <see cref="RawRecord.Unreadable"/>, never as an exception,
    /// and reading goes on behind it where that is possible.</summary>
    public abstract IEnumerable<RawRecord> Read(InputFile file, CancellationToken cancel = default);

    /// <summary>The document of one record, or a drop with the reason it is none. Never called for an unreadable record.</summary>
    public abstract Verdict Parse(RawRecord record);
}

/// <summary>A file to read, or a range of one that several tasks share.</summary>
/// <param name="Path">How to open it.</param>
/// <param name="Bytes">Its size in bytes as stored.</param>
/// <param name="From">Where the range begins: records that start before it belong to the range before.</param>
/// <param name="To">Where the range ends: records that start at it or behind belong to the next.</param>
public sealed record InputFile(string Path, long Bytes, long From = 0, long To = long.MaxValue)
{
    /// <summary>Stored bytes of the range.</summary>
    public long RangeBytes => Math.Min(Bytes, To) - From;
}

/// <summary>One record as found in a file, before anything is decoded.</summary>
public sealed class RawRecord
{
    /// <summary>A record with its bytes.</summary>
    public RawRecord(Origin origin, ReadOnlyMemory<byte> content, IReadOnlyDictionary<string, string>? fields = null)
    {
        Origin = origin;
        Content = content;
        Fields = fields ?? NoFields;
    }

    private static readonly Dictionary<string, string> NoFields = [];

    /// <summary>Where it was found.</summary>
    public Origin Origin { get; }

    /// <summary>The bytes; owned by this record and valid as long as it lives.</summary>
    public ReadOnlyMemory<byte> Content { get; }

    /// <summary>What the reader knows beside the bytes (a record's headers, an archive entry's path).</summary>
    public IReadOnlyDictionary<string, string> Fields { get; }

    /// <summary>What a person may call it before it is parsed (a url), if the reader knows.</summary>
    public string? Name { get; init; }

    /// <summary>Why there is nothing to parse; null for a good record.</summary>
    public string? Problem { get; private init; }

    /// <summary>A sentence for people about <see cref="Problem"/>.</summary>
    public string? Detail { get; private init; }

    /// <summary>A place where no record could be read: counted under <paramref name="reason"/>.</summary>
    /// <param name="origin">File, record number and offset.</param>
    /// <param name="reason">snake_case, such as <c>truncated_gzip</c>; never renamed.</param>
    /// <param name="detail">What was found, for people.</param>
    public static RawRecord Unreadable(Origin origin, string reason, string detail) =>
        new(origin, default) { Problem = reason, Detail = detail };
}
