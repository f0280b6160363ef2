using DataPipeline.Core;
using DataPipeline.Dedup.Steps;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Bloom;

/// <summary>One task over all shards, since what the filter has seen depends on everything before.</summary>
internal sealed class BloomStep(string name, string settings, BloomDedup kind, string label) : Step(name, ArtifactKind.Documents, settings)
{
    public override IReadOnlyList<StepTask> Tasks(Run run) =>
        [new BloomTask(run.Documents, run.Corpus.Sum(made => made.Manifest.Sources.Values.Sum(counts => counts.Characters)), kind, label)];

    public override IEnumerable<string> Summary(StepManifest manifest) =>
        [$"{EditedShards.Line(Name, manifest)}; Bloom filter of {manifest.Number("filter_bytes") / (1 << 20):F1} MiB, false positives {manifest.Number("false_positives"):G3}"];
}

internal sealed class BloomTask(IReadOnlyList<FileEntry> shards, long characters, BloomDedup kind, string label) : StepTask("all", shards)
{
    public override void Execute(TaskContext context)
    {
        BloomFilter filter = kind.NewFilter(characters);
        for (int i = 0; i < Inputs.Count; i++)
        {
            string path = Inputs[i].Path;
            bool dropped = false;
            using var output = new EditedShard(context, $"{i:D5}", label, document => dropped ? Verdict.Drop("bloom_duplicate") : kind.Left(document));
            foreach ((Document document, List<BloomDedup.Paragraph> paragraphs) in Flow.Ordered(
                DocumentShard.Read(path), document => (document, kind.Paragraphs(document)), context.Threads, context.Batch, EditingDedup.Weigh, cancel: context.Cancel))
            {
                (DocumentEdit edit, dropped) = Decide(filter, document, paragraphs);
                output.Add(edit);
            }
            output.Finish();
            context.Advance(Inputs[i].Bytes);
        }
        context.Facts["filter_bytes"] = filter.Bytes;
        context.Facts["filter_functions"] = filter.Functions;
        context.Facts["ngrams_added"] = filter.Added;
        context.Facts["false_positives"] = filter.FalsePositives;
    }

    private (DocumentEdit Edit, bool Dropped) Decide(BloomFilter filter, Document document, List<BloomDedup.Paragraph> paragraphs)
    {
        var repeated = new List<BloomDedup.Paragraph>();
        long seen = 0, all = 0;
        foreach (BloomDedup.Paragraph paragraph in paragraphs)
        {
            int known = 0;
            foreach (ulong gram in paragraph.NGrams)
                known += filter.Add(gram) ? 1 : 0;
            seen += known;
            all += paragraph.NGrams.Length;
            if (known > kind.Threshold * paragraph.NGrams.Length)
                repeated.Add(paragraph);
        }
        bool dropped = seen > kind.Threshold * all;
        return (new DocumentEdit(document, BloomDedup.Cuts(document, dropped ? paragraphs : repeated)), dropped);
    }
}
