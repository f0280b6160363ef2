using System.Globalization;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Dedup.Files;
using DataPipeline.Dedup.Steps;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.JsonLines;

/// <summary>Reads the input lines again and writes those that stay as they were, in their order, and a line for each that was removed.</summary>
internal sealed class JsonLinesStep(KindList kinds, IReadOnlyList<Source> sources, Rehydration? rehydration, string settings) : Step(JsonLinesDedup.OutputStep, ArtifactKind.Other, settings)
{
    public override IReadOnlyList<StepTask> Tasks(Run run) =>
        [new JsonLinesTask(run, [.. sources.SelectMany(source => source.Files().Select(file => (source, file)))], kinds, rehydration, Settings)];
}

internal sealed class JsonLinesTask(Run run, IReadOnlyList<(Source Source, InputFile File)> files, KindList kinds, Rehydration? rehydration, string settings)
    : StepTask("all", [.. files.Select(file => new FileEntry(file.File.Path, file.File.Bytes)), .. run.Output(ClustersStep.StepName).Files(ClustersStep.DecisionRole), .. run.Output(ClustersStep.StepName).Files(ClustersStep.SizeRole), .. run.Output(KeysStep.StepName).Files("ids")])
{
    private readonly Artifact[] _ingested = [.. run.Made.Where(made => made.Manifest.Makes == ArtifactKind.Ingested)];
    private readonly SortedDictionary<string, long> _removedBy = new(StringComparer.Ordinal), _unreadable = new(StringComparer.Ordinal);
    private long _first = TopClusters.FirstOf(run);
    private readonly TopClusters _top = new(run);
    private long _read, _kept, _copies;

    public override long Weight => files.Sum(file => file.File.Bytes);

    public override void Execute(TaskContext context)
    {
        IReadOnlyList<FileEntry> decisions = run.Output(ClustersStep.StepName).Files(ClustersStep.DecisionRole), idFiles = run.Output(KeysStep.StepName).Files("ids");
        using (FileStream kept = Create(context, JsonLinesDedup.Kept), removed = Create(context, JsonLinesDedup.Removed))
        {
            for (int i = 0; i < files.Count; i++)
            {
                using var ids = new IdFile(idFiles[i].Path);
                using var sizes = new Following<SizedRow>(SizedRow.Of(run, i));
                Write(context, files[i], [.. _ingested[i].Files("dropped")], decisions[i], ids, sizes, kept, removed);
                _first += new KeyFile(run.Output(KeysStep.StepName).Files("keys")[i].Path).Rows;
            }
        }
        ManifestJson.Write(context.NewFile(JsonLinesDedup.Summary), Summary());
        context.Describe(JsonLinesDedup.Kept, _kept);
    }

    private void Write(TaskContext context, (Source Source, InputFile File) input, FileEntry[] ledgers, FileEntry decisions, IdFile ids, Following<SizedRow> sizes, FileStream kept, FileStream removed)
    {
        using IEnumerator<Decision> next = DecisionFile.Read(decisions.Path).GetEnumerator();
        using IEnumerator<DroppedDocument> dropped = ledgers.SelectMany(ledger => DropLedger.Read(ledger.Path)).GetEnumerator();
        bool hasDecision = next.MoveNext(), hasDropped = dropped.MoveNext();
        long at = 0;
        int row = 0;
        foreach (RawRecord record in InputRecords.Of(input.Source, input.File, context.Cancel))
        {
            _read++;
            if (hasDropped && dropped.Current.Record == record.Origin.Record)
            {
                _unreadable[dropped.Current.Reason] = _unreadable.GetValueOrDefault(dropped.Current.Reason) + 1;
                hasDropped = dropped.MoveNext();
                continue;
            }
            if (hasDecision && next.Current.Row == row)
            {
                removed.Write(Encoding.UTF8.GetBytes(Line(ids[row], next.Current)));
                string reason = kinds[next.Current.Kind].Reason;
                _removedBy[reason] = _removedBy.GetValueOrDefault(reason) + 1;
                hasDecision = next.MoveNext();
            }
            else
            {
                int copies = sizes.TryTake(sized => sized.Row == row, out SizedRow? size) && rehydration is not null ? rehydration.Copies(size.Size) : 1;
                for (int copy = 0; copy < copies; copy++)
                {
                    kept.Write(record.Content.Span);
                    kept.WriteByte((byte)'\n');
                }
                _kept++;
                _copies += copies - 1;
                if (_top.Wants(_first + row))
                    _top.Take(_first + row, input.Source.Parse(record).Document!.Text);
            }
            row++;
            if (record.Origin.Offset > at && record.Origin.Offset <= input.File.Bytes)
            {
                context.Advance(record.Origin.Offset - at);
                at = record.Origin.Offset;
            }
        }
        context.Advance(input.File.Bytes - at);
        if (hasDecision)
            throw new InputException($"{input.File.Path} has {row} documents, but {decisions.Path} removes row {next.Current.Row}: the file was changed while it was read; run again");
    }

    private string Line(string id, Decision decision) => string.Create(CultureInfo.InvariantCulture,
        $"{{\"id\": {id}, \"survivor\": {decision.Survivor}, \"cluster\": {decision.Cluster}, \"similarity\": {decision.Similarity:0.######}, \"kind\": \"{kinds.Label(decision.Kind)}\"}}\n");

    private DedupSummary Summary()
    {
        StepManifest clusters = run.Output(ClustersStep.StepName).Manifest;
        return new DedupSummary(
            [.. Enumerable.Range(0, kinds.Count).Select(kinds.Label)], settings, [.. files.Select(file => file.File.Path)],
            _read, _kept, _copies, _removedBy.Values.Sum(), _removedBy, _unreadable, Edited: 0, CutCharacters: 0,
            (long)clusters.Number(ClustersStep.CountFact), (long)clusters.Number(ClustersStep.LargestFact), _top.All,
            Sizes(clusters, [.. Enumerable.Range(0, kinds.Count).Select(kinds.Label)]));
    }

    /// <summary>Histograms of cluster sizes by kind.</summary>
    internal static SortedDictionary<string, IReadOnlyDictionary<int, long>> Sizes(StepManifest? clusters, IEnumerable<string> labels)
    {
        var sizes = new SortedDictionary<string, IReadOnlyDictionary<int, long>>(StringComparer.Ordinal);
        foreach (string label in labels)
        {
            if (clusters?.Fact($"{label}_cluster_sizes") is { } histogram)
                sizes[label] = ManifestJson.Value<SortedDictionary<int, long>>(histogram);
        }
        return sizes;
    }

    private static FileStream Create(TaskContext context, string name) => new(context.NewFile(name), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
}
