using System.ComponentModel.DataAnnotations;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Dedup.Files;
using DataPipeline.Dedup.Steps;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Substring;

// The bytes that a suffix array would mark, those inside a string of at least N bytes that occurs twice, are just the bytes of all windows of N bytes that
// occur twice, and windows can be told apart by 128-bit hashes. Hashing every window would make 20 bytes of keys for a byte of text, so anchors come first:
// every window has one (see Anchors), equal windows have equal anchors, and only windows whose anchor occurs twice are hashed. Both passes are keys,
// partitions and groups like every other kind, in bounded memory. A suffix array was refused: 5 to 9 bytes of memory for a byte of text, all of it at once
// or with parts to merge, and one thread; what it finds is the same.

/// <summary>Cuts strings that occur elsewhere in the corpus, byte for byte (Lee et al. 2022): at least so many bytes of UTF-8, cut at whole characters.</summary>
/// <param name="minBytes">Bytes of the shortest string that counts; 100 are the 50 tokens of the paper.</param>
/// <param name="keepFirst">Leaves the first occurrence in the corpus, and counts one that overlaps it as the same; false cuts every occurrence, as the paper does.</param>
/// <param name="minWords">Fewest words left in a document that lost something, else it is dropped.</param>
/// <param name="minCharacters">Fewest characters left in such a document.</param>
/// <param name="parts">Roles of the parts to compare and cut. Left out: all.</param>
[Stage("substring")]
public sealed class SubstringDedup(
    [Range(8, 1 << 20)] int minBytes = 100, bool keepFirst = true, [Range(0, 1 << 20)] int minWords = 1, [Range(0, 1 << 20)] int minCharacters = 1,
    IReadOnlyList<string>? parts = null) : EditingDedup(parts)
{
    /// <inheritdoc/>
    public override Verdict Left(Document document)
    {
        int words = document.View.Words.Length;
        if (words < minWords)
            return Verdict.Drop("substring_too_few_words_left", words, minWords);
        long characters = document.CodePoints;
        return characters < minCharacters ? Verdict.Drop("substring_too_few_characters_left", characters, minCharacters) : Verdict.Keep(document);
    }

    internal override IReadOnlyList<Step> Steps(string label, string settings, long memoryBytes)
    {
        string anchors = $"dedup.{label}.anchors", repeated = $"dedup.{label}.repeated", windows = $"dedup.{label}.windows", groups = $"dedup.{label}.groups";
        return
        [
            new ItemKeysStep(anchors, settings, GetType(), AnchorKeys),
            new ItemGroupsStep(repeated, settings, anchors, keepsFirst: false, memoryBytes),
            new ItemKeysStep(windows, settings, GetType(), (run, shard, context) => WindowKeys(run, shard, anchors, repeated, context), anchors, repeated),
            new ItemGroupsStep(groups, settings, windows, keepFirst, memoryBytes),
            new EditStep($"dedup.{label}", settings, GetType(), label, windows, groups, Left, (run, shard, flags, context) => Edits(run, shard, anchors, repeated, flags, context), anchors, repeated),
        ];
    }

    private IEnumerable<UInt128[]> AnchorKeys(Run run, int shard, TaskContext context) =>
        Flow.Ordered(Documents(run, shard), document => Texts(document).SelectMany(text => Anchors.Of(text, minBytes)).Select(anchor => anchor.Key).ToArray(),
            context.Threads, context.Batch, Weigh, cancel: context.Cancel);

    private IEnumerable<UInt128[]> WindowKeys(Run run, int shard, string anchors, string repeated, TaskContext context) =>
        Flow.Ordered(Candidates(run, shard, anchors, repeated, context), found => found.Texts.SelectMany(text => text.Windows(minBytes).Select(window => window.Key)).ToArray(),
            context.Threads, context.Batch, found => Weigh(found.Document), cancel: context.Cancel);

    private IEnumerable<DocumentEdit> Edits(Run run, int shard, string anchors, string repeated, bool[] flags, TaskContext context)
    {
        int at = 0;
        IEnumerable<(CandidateDocument Found, bool[] Flags)> flagged = Candidates(run, shard, anchors, repeated, context).Select(found =>
        {
            int count = found.Texts.Sum(text => text.WindowCount);
            bool[] own = flags[at..(at + count)];
            at += count;
            return (found, own);
        });
        return Flow.Ordered(flagged, pair => Edit(pair.Found, pair.Flags), context.Threads, context.Batch, pair => Weigh(pair.Found.Document), cancel: context.Cancel);
    }

    private DocumentEdit Edit(CandidateDocument found, bool[] flags)
    {
        var cuts = new IReadOnlyList<Slice>[found.Document.Parts.Count];
        Array.Fill(cuts, []);
        int at = 0, text = 0;
        for (int part = 0; part < cuts.Length; part++)
        {
            if (!TakesPart(found.Document.Parts[part]))
                continue;
            CandidateText candidate = found.Texts[text++];
            bool[] own = flags[at..(at + candidate.WindowCount)];
            at += own.Length;
            if (own.Contains(true))
                cuts[part] = Characters.Of(found.Document.Parts[part].Text, candidate.Duplicates(minBytes, own, keepFirst));
        }
        return new DocumentEdit(found.Document, cuts);
    }

    /// <summary>The documents of a shard with the windows whose anchor occurs more than once.</summary>
    private IEnumerable<CandidateDocument> Candidates(Run run, int shard, string anchorStep, string repeatedStep, TaskContext context)
    {
        long[] firsts = ItemKeysStep.Firsts(run.Output(anchorStep));
        bool[] repeated = NumberFile.Flags(run.Output(repeatedStep).Files(ItemGroupsStep.Role), firsts[shard], firsts[shard + 1]);
        int at = 0;
        foreach ((Document document, (byte[] Text, List<Anchor> Anchors)[] texts) in Flow.Ordered(
            Documents(run, shard), document => (document, Texts(document).Select(text => (text, Anchors.Of(text, minBytes))).ToArray()),
            context.Threads, context.Batch, Weigh, cancel: context.Cancel))
        {
            var candidates = new CandidateText[texts.Length];
            for (int i = 0; i < texts.Length; i++)
            {
                int first = at;
                candidates[i] = new CandidateText(texts[i].Text, [.. texts[i].Anchors.Where((_, anchor) => repeated[first + anchor])]);
                at += texts[i].Anchors.Count;
            }
            yield return new CandidateDocument(document, candidates);
        }
    }

    private static IEnumerable<Document> Documents(Run run, int shard) => DocumentShard.Read(run.Documents[shard].Path);

    private IEnumerable<byte[]> Texts(Document document) => document.Parts.Where(TakesPart).Select(part => Encoding.UTF8.GetBytes(part.Text));

    private sealed record CandidateDocument(Document Document, CandidateText[] Texts);
}
