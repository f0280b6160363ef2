using DataPipeline.Core;
using DataPipeline.Dedup.Steps;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.JsonLines;

/// <summary>Signs the documents of files of JSON lines as they are read; a task some 256 MB of a file, or all of one that is compressed.</summary>
/// <remarks>Document shards would carry every text once through Parquet only to be read again by the next step: that was two thirds of a run.</remarks>
/// <param name="signer">Who signs.</param>
/// <param name="sources">The sources, a file each.</param>
/// <param name="settings">Settings of the kinds.</param>
internal sealed class JsonLinesKeysStep(DocumentSigner signer, IReadOnlyDictionary<string, SourceSection> sources, string settings) : Step(KeysStep.StepName, ArtifactKind.Other, settings)
{
    public override IEnumerable<Type> Code => [GetType(), .. signer.Kinds.Types, .. sources.Values.Select(source => source.Read.GetType())];

    public override IReadOnlyList<StepTask> Tasks(Run run) =>
        [.. LineRange.All(sources.Values.Select(section => section.Read)).Select((range, i) => new JsonLinesKeysTask($"{i:D5}", range, signer, NameOf(range.Source), sources[NameOf(range.Source)]))];

    private string NameOf(Source source) => sources.First(pair => ReferenceEquals(pair.Value.Read, source)).Key;
}

/// <summary>What one task reads: a file, or a part of one.</summary>
/// <param name="Source">Its source.</param>
/// <param name="File">The file.</param>
/// <param name="From">First byte, where a line begins.</param>
/// <param name="To">Behind the last, where a line has ended.</param>
/// <param name="IsLines">True where <see cref="LineBlocks"/> reads it; else the source does.</param>
/// <param name="Before">Numbers of records before places of the file, as far as this process has counted them.</param>
internal sealed record LineRange(Source Source, InputFile File, long From, long To, bool IsLines, Dictionary<long, long> Before)
{
    /// <summary>The ranges of all files in order.</summary>
    public static IReadOnlyList<LineRange> All(IEnumerable<Source> sources) =>
        [.. sources.SelectMany(source => source.Files().SelectMany(file => Of(source, file)))];

    /// <summary>Each file as one range.</summary>
    public static IReadOnlyList<LineRange> Whole(IEnumerable<Source> sources) =>
        [.. sources.SelectMany(source => source.Files().Select(file => new LineRange(source, file, 0, file.Bytes, LineBlocks.Reads(file.Path), new Dictionary<long, long> { [0] = 0 })))];

    private static IEnumerable<LineRange> Of(Source source, InputFile file)
    {
        var before = new Dictionary<long, long> { [0] = 0 };
        return LineBlocks.Reads(file.Path)
            ? LineBlocks.Ranges(file.Path).Select(range => new LineRange(source, file, range.From, range.To, true, before))
            : [new LineRange(source, file, 0, file.Bytes, false, before)];
    }

    /// <summary>The blocks of a range of lines. A run that goes on behind a finished range counts its records first, since numbers stand for lines without id.</summary>
    public IEnumerable<LineBlock> Blocks()
    {
        if (!Before.TryGetValue(From, out long first))
            Before[From] = first = LineBlocks.Count(File.Path, 0, From);
        foreach (LineBlock block in LineBlocks.Read(File.Path, From, To, first))
        {
            first = block.FirstRecord + block.Records;
            yield return block;
        }
        Before[To] = first;
    }
}

internal sealed class JsonLinesKeysTask(string name, LineRange range, DocumentSigner signer, string source, SourceSection section)
    : StepTask(name, [new FileEntry(range.File.Path, range.File.Bytes)])
{
    private readonly DocumentJudge _judge = new(source, section);

    public override long Weight => range.To - range.From;

    public override bool ChecksumsInputs => false;

    public override void Execute(TaskContext context)
    {
        string droppedName = $"dropped-{Name}.parquet";
        using var signed = new SignedShardWriter(context, Name, signer);
        using var dropped = new DropLedgerWriter(context.NewFile(droppedName), keepTexts: false);
        SourceCounts counts = context.Tally[source];
        long at = range.From;
        foreach (SignedLines lines in range.IsLines
            ? Flow.Ordered(range.Blocks(), Sign, context.Threads, batch: 1, cancel: context.Cancel)
            : Flow.Ordered(InputRecords.Of(range.Source, range.File, context.Cancel), Sign, context.Threads, context.Batch, record => record.Content.Length, cancel: context.Cancel))
        {
            foreach (SignedDocument document in lines.Documents)
                signed.Add(document);
            foreach (Judgement judgement in lines.Dropped)
            {
                dropped.Add(source, judgement);
                counts.Drop(judgement.Stage, judgement.Verdict.Reason!);
            }
            counts.Read += lines.Documents.Count + lines.Dropped.Count;
            counts.Kept += lines.Documents.Count;
            if (lines.End > at && lines.End <= range.To)
            {
                context.Advance(lines.End - at);
                at = lines.End;
            }
        }
        context.Advance(range.To - at);
        signed.Finish();
        dropped.Finish();
        context.Describe(droppedName, dropped.Rows, role: "dropped");
    }

    private SignedLines Sign(LineBlock block)
    {
        var signed = new SignedLines([], [], block.Offset + block.Length);
        int index = 0;
        foreach (BlockLine line in block.Lines)
            Sign(block.Record(range.File.Path, line, index++), signed);
        block.Return();
        return signed;
    }

    private SignedLines Sign(RawRecord record)
    {
        var signed = new SignedLines([], [], record.Origin.Offset);
        Sign(record, signed);
        return signed;
    }

    private void Sign(RawRecord record, SignedLines signed)
    {
        Judgement judgement = _judge.Judge(record);
        if (judgement.Verdict.Document is { } document)
            signed.Documents.Add(signer.Sign(document));
        else
            signed.Dropped.Add(judgement);
    }

    private readonly record struct SignedLines(List<SignedDocument> Documents, List<Judgement> Dropped, long End);
}
