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
    public override IReadOnlyList<StepTask> Tasks(Run run)
    {
        // A file that went through document shards is one of them; without them it has a shard of keys for each range.
        FileEntry[][] ledgers = [.. run.Made.Where(made => made.Manifest.Makes == ArtifactKind.Ingested).Select(made => made.Files("dropped").ToArray())];
        IReadOnlyList<LineRange> ranges = ledgers.Length > 0 ? LineRange.Whole(sources) : LineRange.All(sources);
        if (ledgers.Length == 0)
            ledgers = [.. run.Output(KeysStep.StepName).Files("dropped").Select(file => new[] { file })];
        return [new JsonLinesTask(run, ranges, ledgers, kinds, rehydration, Settings)];
    }
}

internal sealed class JsonLinesTask(Run run, IReadOnlyList<LineRange> ranges, FileEntry[][] ledgers, KindList kinds, Rehydration? rehydration, string settings)
    : StepTask("all", [.. ranges.Select(range => range.File).Distinct().Select(file => new FileEntry(file.Path, file.Bytes)), .. run.Output(ClustersStep.StepName).Files(ClustersStep.DecisionRole), .. run.Output(ClustersStep.StepName).Files(ClustersStep.SizeRole), .. run.Output(KeysStep.StepName).Files("ids")])
{
    private readonly SortedDictionary<string, long> _removedBy = new(StringComparer.Ordinal), _unreadable = new(StringComparer.Ordinal);
    private long _first = TopClusters.FirstOf(run);
    private readonly TopClusters _top = new(run);
    private long _read, _kept, _copies;

    public override long Weight => ranges.Sum(range => range.To - range.From);

    public override bool ChecksumsInputs => false;

    public override void Execute(TaskContext context)
    {
        IReadOnlyList<FileEntry> decisions = run.Output(ClustersStep.StepName).Files(ClustersStep.DecisionRole), idFiles = run.Output(KeysStep.StepName).Files("ids");
        using (FileStream kept = Create(context, JsonLinesDedup.Kept), removed = Create(context, JsonLinesDedup.Removed))
        {
            for (int i = 0; i < ranges.Count; i++)
            {
                using var ids = new IdFile(idFiles[i].Path);
                using var fates = new Fates(ledgers[i], decisions[i], SizedRow.Of(run, i));
                Write(context, ranges[i], fates, ids, kept, removed);
                if (fates.Removal is { } left)
                    throw new InputException($"{ranges[i].File.Path} has {fates.Row} documents, but {decisions[i].Path} removes row {left.Row}: the file was changed while it was read; run again");
                _first += fates.Row;
            }
        }
        ManifestJson.Write(context.NewFile(JsonLinesDedup.Summary), Summary());
        context.DescribeResult(JsonLinesDedup.Kept, _kept);
        context.DescribeResult(JsonLinesDedup.Removed, _removedBy.Values.Sum());
        context.DescribeResult(JsonLinesDedup.Summary, 0);
    }

    private void Write(TaskContext context, LineRange range, Fates fates, IdFile ids, FileStream kept, FileStream removed)
    {
        long at = range.From;
        if (range.IsLines)
        {
            foreach (LineBlock block in range.Blocks())
            {
                Write(range, block, fates, ids, kept, removed);
                context.Advance(block.Length);
                at += block.Length;
                block.Return();
                context.Cancel.ThrowIfCancellationRequested();
            }
            return;
        }
        foreach (RawRecord record in InputRecords.Of(range.Source, range.File, context.Cancel))
        {
            for (int copies = Copies(range.Source, record, fates, ids, removed); copies > 0; copies--)
                Write(kept, record.Content.Span);
            if (record.Origin.Offset > at && record.Origin.Offset <= range.To)
            {
                context.Advance(record.Origin.Offset - at);
                at = record.Origin.Offset;
            }
        }
        context.Advance(range.To - at);
    }

    /// <summary>Lines that stay one behind another are written at once.</summary>
    private void Write(LineRange range, LineBlock block, Fates fates, IdFile ids, FileStream kept, FileStream removed)
    {
        ReadOnlySpan<byte> bytes = block.Bytes.Span;
        int start = 0, end = 0, index = 0;
        foreach (BlockLine line in block.Lines)
        {
            int copies = Copies(range.Source, block.Record(range.File.Path, line, index++), fates, ids, removed);
            if (copies == 1 && line.Bare && line.Start == end)
            {
                end = line.End;
                continue;
            }
            kept.Write(bytes[start..end]);
            start = end = line.End;
            if (copies == 1 && line.Bare)
                start = line.Start;
            else
            {
                for (; copies > 0; copies--)
                    Write(kept, bytes.Slice(line.Start, line.Length));
            }
        }
        kept.Write(bytes[start..end]);
    }

    private static void Write(FileStream kept, ReadOnlySpan<byte> line)
    {
        kept.Write(line);
        kept.WriteByte((byte)'\n');
    }

    /// <summary>Counts a record, and says how often it is written.</summary>
    private int Copies(Source source, RawRecord record, Fates fates, IdFile ids, FileStream removed)
    {
        _read++;
        if (fates.TakeUnreadable(record.Origin.Record) is { } unreadable)
        {
            _unreadable[unreadable.Reason] = _unreadable.GetValueOrDefault(unreadable.Reason) + 1;
            return 0;
        }
        int row = fates.Row, copies = fates.TakeSize() is { } size && rehydration is not null ? rehydration.Copies(size) : 1;
        if (fates.TakeRow() is { } removal)
        {
            removed.Write(Encoding.UTF8.GetBytes(Line(ids[row], removal)));
            string reason = kinds[removal.Kind].Reason;
            _removedBy[reason] = _removedBy.GetValueOrDefault(reason) + 1;
            return 0;
        }
        _kept++;
        _copies += copies - 1;
        if (_top.Wants(_first + row))
            _top.Take(_first + row, source.Parse(record).Document!.Text);
        return copies;
    }

    private string Line(string id, Decision decision) => string.Create(CultureInfo.InvariantCulture,
        $"{{\"id\": {id}, \"survivor\": {decision.Survivor}, \"cluster\": {decision.Cluster}, \"similarity\": {decision.Similarity:0.######}, \"kind\": \"{kinds.Label(decision.Kind)}\"}}\n");

    private DedupSummary Summary()
    {
        StepManifest clusters = run.Output(ClustersStep.StepName).Manifest;
        return new DedupSummary(
            [.. Enumerable.Range(0, kinds.Count).Select(kinds.Label)], settings, [.. ranges.Select(range => range.File.Path).Distinct()],
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

/// <summary>What was decided about the records of one shard, in their order.</summary>
internal sealed class Fates : IDisposable
{
    private readonly IEnumerator<DroppedDocument> _unreadable;
    private readonly IEnumerator<Decision> _removals;
    private readonly IEnumerator<SizedRow> _sizes;
    private bool _hasUnreadable, _hasRemoval, _hasSize;

    /// <summary>Opens the files.</summary>
    /// <param name="ledgers">Ledgers of what could not be read.</param>
    /// <param name="decisions">The removed rows.</param>
    /// <param name="sizes">Rows that stand for others.</param>
    public Fates(IEnumerable<FileEntry> ledgers, FileEntry decisions, IEnumerable<SizedRow> sizes)
    {
        _unreadable = ledgers.SelectMany(ledger => DropLedger.Read(ledger.Path)).GetEnumerator();
        _removals = DecisionFile.Read(decisions.Path).GetEnumerator();
        _sizes = sizes.GetEnumerator();
        (_hasUnreadable, _hasRemoval, _hasSize) = (_unreadable.MoveNext(), _removals.MoveNext(), _sizes.MoveNext());
    }

    /// <summary>Documents taken.</summary>
    public int Row { get; private set; }

    /// <summary>The next removal.</summary>
    public Decision? Removal => _hasRemoval ? _removals.Current : null;

    /// <summary>Why a record is no document; null when it is one.</summary>
    public DroppedDocument? TakeUnreadable(long record)
    {
        if (!_hasUnreadable || _unreadable.Current.Record != record)
            return null;
        DroppedDocument dropped = _unreadable.Current;
        _hasUnreadable = _unreadable.MoveNext();
        return dropped;
    }

    /// <summary>Size of the cluster of the document at <see cref="Row"/>; null when it stands for itself alone.</summary>
    public int? TakeSize()
    {
        if (!_hasSize || _sizes.Current.Row != Row)
            return null;
        int size = _sizes.Current.Size;
        _hasSize = _sizes.MoveNext();
        return size;
    }

    /// <summary>Goes to the next document; the removal of this one, or null when it stays.</summary>
    public Decision? TakeRow()
    {
        int row = Row++;
        if (!_hasRemoval || _removals.Current.Row != row)
            return null;
        Decision removal = _removals.Current;
        _hasRemoval = _removals.MoveNext();
        return removal;
    }

    public void Dispose()
    {
        _unreadable.Dispose();
        _removals.Dispose();
        _sizes.Dispose();
    }
}
