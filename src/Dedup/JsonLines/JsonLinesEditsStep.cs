using System.Globalization;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Dedup.Steps;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.JsonLines;

/// <summary>The end of a run that also cuts texts: reads the input lines beside the documents that are left, and writes a changed text into its line.</summary>
/// <param name="labels">Labels of all kinds.</param>
/// <param name="sources">The sources, a file each.</param>
/// <param name="withText">The line of a record with another text.</param>
/// <param name="rehydration">How often a line is written by the size of its cluster; null for once.</param>
/// <param name="settings">Settings for the summary.</param>
internal sealed class JsonLinesEditsStep(IReadOnlyList<string> labels, IReadOnlyList<Source> sources, JsonLinesDedup.LineWithText withText, Rehydration? rehydration, string settings)
    : Step(JsonLinesDedup.OutputStep, ArtifactKind.Other, settings)
{
    public override IReadOnlyList<StepTask> Tasks(Run run) =>
        [new JsonLinesEditsTask(run, [.. sources.SelectMany(source => source.Files().Select(file => (source, file)))], labels, withText, rehydration, Settings)];
}

internal sealed class JsonLinesEditsTask(
    Run run, IReadOnlyList<(Source Source, InputFile File)> files, IReadOnlyList<string> labels, JsonLinesDedup.LineWithText withText, Rehydration? rehydration, string settings)
    : StepTask("all", [.. files.Select(file => new FileEntry(file.File.Path, file.File.Bytes)), .. Made(run).SelectMany(made => made.Manifest.Files.Select(file => file with { Path = made.PathOf(file) }))])
{
    private readonly SortedDictionary<string, long> _removedBy = new(StringComparer.Ordinal), _unreadable = new(StringComparer.Ordinal);
    private long _read, _kept, _copies, _edited;

    public override long Weight => files.Sum(file => file.File.Bytes);

    public override void Execute(TaskContext context)
    {
        using (FileStream kept = Create(context, JsonLinesDedup.Kept), removed = Create(context, JsonLinesDedup.Removed), edits = Create(context, JsonLinesDedup.Edits))
        {
            using var rows = new CorpusRows(run, Made(run));
            foreach (((Source source, InputFile file), Artifact ingested) in files.Zip(run.Made.Where(made => made.Manifest.Makes == ArtifactKind.Ingested)))
            {
                using var dropped = new Following<DroppedDocument>(ingested.Files("dropped").SelectMany(ledger => DropLedger.Read(ledger.Path)));
                string name = ingested.Manifest.Step[(ingested.Manifest.Step.IndexOf('.') + 1)..];
                foreach (RawRecord record in InputRecords.Of(source, file, context.Cancel))
                {
                    _read++;
                    if (dropped.TryTake(row => row.Record == record.Origin.Record, out DroppedDocument? reason))
                        _unreadable[reason.Reason] = _unreadable.GetValueOrDefault(reason.Reason) + 1;
                    else
                        Write(rows, source, record, $"{name}:{record.Origin.File}#{record.Origin.Record}", kept, removed, edits);
                }
                context.Advance(file.Bytes);
            }
        }
        ManifestJson.Write(context.NewFile(JsonLinesDedup.Summary), Summary());
        context.Describe(JsonLinesDedup.Kept, _kept);
    }

    private void Write(CorpusRows rows, Source source, RawRecord record, string id, FileStream kept, FileStream removed, FileStream edits)
    {
        string? name = null;
        string Name() => name ??= JsonLinesDedup.NameOf(source.Parse(record).Document!);
        bool changed = false;
        while (rows.TakeCut(id) is { } cut)
        {
            changed = true;
            Line(edits, $"{{\"id\": {Name()}, \"kind\": \"{cut.Kind}\", \"start\": {cut.Start}, \"end\": {cut.End}}}\n");
        }
        if (rows.TakeDocument(id) is { } document)
        {
            byte[]? line = changed ? withText(source, record, document.Text) : null;
            int copies = rehydration is not null && document.Metadata.GetValueOrDefault(SurvivorsStep.CopiesKey) is { } number ? int.Parse(number, CultureInfo.InvariantCulture) : 1;
            for (int copy = 0; copy < copies; copy++)
            {
                kept.Write(line is null ? record.Content.Span : line);
                kept.WriteByte((byte)'\n');
            }
            _kept++;
            _copies += copies - 1;
            _edited += changed ? 1 : 0;
        }
        else
        {
            Removal removal = rows.TakeRemoval(id) ?? throw new InputException($"{id} is neither kept nor removed: the file was changed while it was read; run again");
            string survivor = removal.Survivor.Length == 0 ? "null" : removal.Survivor, cluster = removal.Cluster < 0 ? "null" : removal.Cluster.ToString(CultureInfo.InvariantCulture);
            Line(removed, string.Create(CultureInfo.InvariantCulture,
                $"{{\"id\": {Name()}, \"survivor\": {survivor}, \"cluster\": {cluster}, \"similarity\": {removal.Similarity:0.######}, \"kind\": \"{removal.Kind}\"}}\n"));
            _removedBy[$"{removal.Kind}_duplicate"] = _removedBy.GetValueOrDefault($"{removal.Kind}_duplicate") + 1;
        }
    }

    private DedupSummary Summary()
    {
        StepManifest? clusters = run.Made.FirstOrDefault(made => made.Manifest.Step == ClustersStep.StepName)?.Manifest;
        return new DedupSummary(
            labels, settings, [.. files.Select(file => file.File.Path)], _read, _kept, _copies, _removedBy.Values.Sum(), _removedBy, _unreadable, _edited,
            Made(run).Sum(made => EditedShards.Fact(made.Manifest, EditedShards.CutFact)),
            (long)(clusters?.Number(ClustersStep.CountFact) ?? 0), (long)(clusters?.Number(ClustersStep.LargestFact) ?? 0), clusters is null ? [] : new TopClusters(run).All, JsonLinesTask.Sizes(clusters, labels));
    }

    private static Artifact[] Made(Run run) => [.. run.Made.Where(made => made.Manifest.Makes == ArtifactKind.Documents)];

    private static void Line(FileStream file, string line) => file.Write(Encoding.UTF8.GetBytes(line));

    private static FileStream Create(TaskContext context, string name) => new(context.NewFile(name), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
}

/// <summary>What the steps left of a corpus, taken in its order.</summary>
internal sealed class CorpusRows(Run run, Artifact[] made) : IDisposable
{
    private readonly Following<Document> _documents = new(run.Documents.SelectMany(shard => DocumentShard.Read(shard.Path)));
    private readonly Following<Removal>[] _removals = [.. made.Select(step => new Following<Removal>(step.Files(RemovedLedger.Role).SelectMany(file => RemovedLedger.Read(file.Path))))];
    private readonly Following<TextCut>[] _cuts = [.. made.Select(step => new Following<TextCut>(step.Files(EditLedger.Role).SelectMany(file => EditLedger.Read(file.Path))))];

    /// <summary>The document if it is the next that stays.</summary>
    public Document? TakeDocument(string id) => _documents.TryTake(document => document.Id == id, out Document? document) ? document : null;

    /// <summary>Its removal if it is the next of a step.</summary>
    public Removal? TakeRemoval(string id)
    {
        foreach (Following<Removal> step in _removals)
        {
            if (step.TryTake(row => row.Id == id, out Removal? removal))
                return removal;
        }
        return null;
    }

    /// <summary>A range cut from it if it is the next of a step.</summary>
    public TextCut? TakeCut(string id)
    {
        foreach (Following<TextCut> step in _cuts)
        {
            if (step.TryTake(row => row.Id == id, out TextCut? cut))
                return cut;
        }
        return null;
    }

    public void Dispose()
    {
        _documents.Dispose();
        foreach (IDisposable step in _removals.Concat<IDisposable>(_cuts))
            step.Dispose();
    }
}

/// <summary>Rows read one behind another, each when it is asked for by what it is.</summary>
internal sealed class Following<T> : IDisposable where T : class
{
    private readonly IEnumerator<T> _rows;
    private bool _more;

    public Following(IEnumerable<T> rows)
    {
        _rows = rows.GetEnumerator();
        _more = _rows.MoveNext();
    }

    /// <summary>Takes the next row if it is the one wanted.</summary>
    public bool TryTake(Func<T, bool> wanted, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? row)
    {
        row = _more && wanted(_rows.Current) ? _rows.Current : null;
        if (row is not null)
            _more = _rows.MoveNext();
        return row is not null;
    }

    public void Dispose() => _rows.Dispose();
}
