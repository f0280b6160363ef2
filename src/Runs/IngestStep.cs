using System.Buffers;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Runs;

/// <summary>Reads one source, passes every document through its stages, and writes the document shards and the ledger of what was dropped.</summary>
public sealed class IngestStep(string source, SourceSection section, string settings) : Step($"ingest.{source}", ArtifactKind.Ingested, settings)
{
    /// <summary>A task takes consecutive files until it holds this many stored bytes or files; fixed, since outputs depend on it.</summary>
    private const long TaskBytes = 256L << 20;

    private const int TaskFiles = 4096;

    /// <inheritdoc/>
    public override IEnumerable<Type> Code =>
        [GetType(), section.Read.GetType(), .. section.Stages.Select(stage => (stage is PartFilter part ? part.Inner : stage).GetType())];

    /// <inheritdoc/>
    public override IEnumerable<string> Summary(StepManifest manifest) =>
        manifest.Sources.Values.SelectMany(counts => counts.Found ?? []).Select(set => $"{Name}: {FoundCounts.Say(set.Key, set.Value)}");

    /// <inheritdoc/>
    public override IReadOnlyList<StepTask> Tasks(Run run)
    {
        var tasks = new List<StepTask>();
        var files = new List<InputFile>();
        foreach (InputFile file in section.Read.Files())
        {
            if (files.Count > 0 && (files.Count == TaskFiles || files.Sum(f => f.RangeBytes) + file.RangeBytes > TaskBytes))
                Close();
            files.Add(file);
        }
        Close();
        return tasks;

        void Close()
        {
            if (files.Count > 0)
                tasks.Add(new IngestTask($"{tasks.Count:D5}", source, section, [.. files]));
            files.Clear();
        }
    }
}

/// <summary>Some files of a source: read in order, judged on every core, written in order.</summary>
internal sealed class IngestTask(string name, string source, SourceSection section, IReadOnlyList<InputFile> files)
    : StepTask(name, [.. files.Select(file => new FileEntry(file.Path, file.Bytes)), .. OfStages(section)])
{
    private readonly DocumentJudge _judge = new(source, section);

    public override long Weight => files.Sum(file => file.RangeBytes);

    public override void Execute(TaskContext context)
    {
        string documents = $"documents-{Name}.parquet", dropped = $"dropped-{Name}.parquet", found = $"found-{Name}.jsonl", samples = $"samples-{Name}.md";
        SourceCounts counts = context.Tally[source];
        using var shard = new DocumentShardWriter(context.NewFile(documents));
        using var ledger = new DropLedgerWriter(context.NewFile(dropped), section.KeepDropped);
        counts.Found = FoundCounts.Of(section.Stages);
        using FileStream? list = counts.Found is null ? null : File.Create(context.NewFile(found));
        var lines = new ArrayBufferWriter<byte>();
        long findings = 0;
        var shown = new DropSamples();
        IEnumerable<Judgement> judged = Flow.Ordered(Records(context), _judge.Judge, context.Threads, context.Batch,
            record => record.Content.Length, cancel: context.Cancel);
        foreach (Judgement judgement in judged)
        {
            counts.Read++;
            if (judgement.Verdict.Findings is { Count: > 0 } met)
            {
                FoundCounts.Count(counts.Found!, met);
                FoundLines.Write(lines, writer => writer.WriteStringValue($"{source}:{judgement.Origin.File}#{judgement.Origin.Record}"), judgement.Verdict.IsKept, met);
                list!.Write(lines.WrittenSpan);
                lines.ResetWrittenCount();
                findings += met.Count;
            }
            if (judgement.Verdict.Document is { } document)
            {
                counts.Kept++;
                counts.Characters += document.CodePoints;
                shard.Add(document);
            }
            else
            {
                counts.Drop(judgement.Stage, judgement.Verdict.Reason!);
                ledger.Add(source, judgement);
                shown.Add($"{source}:{judgement.Origin.File}#{judgement.Origin.Record}", judgement.Stage, judgement.Verdict, judgement.Subject);
            }
        }
        shard.Finish();
        ledger.Finish();
        context.Describe(documents, shard.Rows);
        context.Describe(dropped, ledger.Rows, role: "dropped");
        if (!shown.IsEmpty)
        {
            shown.Write(context.NewFile(samples));
            context.Describe(samples, 0, role: "samples");
        }
        if (list is not null)
            context.Describe(found, findings, role: "found");
    }

    private static IEnumerable<FileEntry> OfStages(SourceSection section) =>
        section.Stages.SelectMany(stage => stage.FilesRead).Distinct().Select(path => new FileEntry(path, new FileInfo(path).Length));

    private IEnumerable<RawRecord> Records(TaskContext context)
    {
        foreach (InputFile file in files)
        {
            long at = file.From, end = file.From + file.RangeBytes;
            foreach (RawRecord record in InputRecords.Of(section.Read, file, context.Cancel))
            {
                if (record.Origin.Offset > at && record.Origin.Offset <= end)
                {
                    context.Advance(record.Origin.Offset - at);
                    at = record.Origin.Offset;
                }
                yield return record;
            }
            context.Advance(end - at);
        }
    }
}

/// <summary>What became of one record, and the stage that decided.</summary>
/// <param name="Origin">Where the record was read.</param>
/// <param name="Stage">The stage that dropped it: <c>read</c>, <c>parse</c> or a filter's name; the last one when it was kept.</param>
/// <param name="Verdict">The document, or why there is none.</param>
/// <param name="Subject">The document as it came to that stage; null when there was none yet.</param>
/// <param name="Name">What a person may call the record, if its reader knows.</param>
public readonly record struct Judgement(Origin Origin, string Stage, Verdict Verdict, Document? Subject = null, string? Name = null);

/// <summary>Turns a record of a source into a document and passes it through the stages; pure, so <c>explain</c> calls it again.</summary>
public sealed class DocumentJudge(string source, SourceSection section)
{
    private readonly (string Name, Filter Filter)[] _stages = [.. section.Stages.Select(stage => (StageName(stage), stage))];

    /// <summary>The stages with their names as drop reasons carry them.</summary>
    public IReadOnlyList<(string Name, Filter Filter)> Stages => _stages;

    /// <summary>The record's way through the source and all stages.</summary>
    public Judgement Judge(RawRecord record)
    {
        Judgement parsed = Parse(record);
        if (parsed.Verdict.Document is not { } document)
            return parsed;
        IReadOnlyList<Finding> findings = [];
        foreach ((string name, Filter stage) in _stages)
        {
            Verdict verdict = stage.Judge(document);
            findings = Join(findings, verdict.Findings);
            if (!verdict.IsKept)
                return new Judgement(record.Origin, name, verdict.With(findings), document);
            document = verdict.Document!;
        }
        return new Judgement(record.Origin, "stages", Verdict.Keep(document).With(findings));
    }

    /// <summary>What earlier stages found, then what the next did.</summary>
    internal static IReadOnlyList<Finding> Join(IReadOnlyList<Finding> earlier, IReadOnlyList<Finding> next) =>
        next.Count == 0 ? earlier : earlier.Count == 0 ? next : [.. earlier, .. next];

    /// <summary>The record's document before any stage, stamped with its source.</summary>
    public Judgement Parse(RawRecord record)
    {
        if (record.Problem is { } problem)
            return new Judgement(record.Origin, "read", Verdict.Drop(problem, detail: record.Detail), Name: record.Name);
        Verdict verdict = section.Read.Parse(record);
        return verdict.Document is { } document
            ? new Judgement(record.Origin, "parse", Verdict.Keep(document with { Source = source }))
            : new Judgement(record.Origin, "parse", verdict, Name: record.Name);
    }

    /// <summary>The name of a stage in YAML and in drop reasons.</summary>
    public static string StageName(Filter filter)
    {
        Filter named = filter is PartFilter part ? part.Inner : filter;
        return named.GetType().GetCustomAttributes(typeof(StageAttribute), false) is [StageAttribute stage] ? stage.Name : named.GetType().Name;
    }
}
