using DataPipeline.Core;
using DataPipeline.Dedup.Steps;
using DataPipeline.Runs;

namespace DataPipeline.Dedup;

/// <summary>A way of being a duplicate of a piece of text: lines, paragraphs or spans of sentences. Of equal pieces the first in the corpus stays; the others
/// are cut from their documents, and a document left with too little is dropped.</summary>
/// <remarks>Pieces go the way of documents: keys, partitions, groups; what a group means is all that differs.</remarks>
public abstract class PieceDedup : EditingDedup
{
    /// <summary>A kind that looks at whole documents, or their parts of some roles.</summary>
    /// <param name="parts">Roles to compare; null for all.</param>
    protected PieceDedup(IReadOnlyList<string>? parts) : base(parts)
    {
    }

    /// <summary>True when the first of equal pieces stays, false when all of them are cut.</summary>
    public virtual bool KeepsFirst => true;

    /// <summary>True when pieces of different sources are never equal.</summary>
    public virtual bool BySource => false;

    /// <summary>The pieces of one part of a document, in order.</summary>
    public abstract IReadOnlyList<Piece> Pieces(TextView view);

    /// <summary>The ranges to cut from a text when some of its pieces are duplicates: ascending, apart from each other.</summary>
    /// <param name="view">The text.</param>
    /// <param name="pieces">What <see cref="Pieces"/> gave.</param>
    /// <param name="duplicates">A flag for each.</param>
    public abstract IReadOnlyList<Slice> Cuts(TextView view, IReadOnlyList<Piece> pieces, ReadOnlySpan<bool> duplicates);

    internal override IReadOnlyList<Step> Steps(string label, string settings, long memoryBytes)
    {
        string keys = $"dedup.{label}.keys", groups = $"dedup.{label}.groups";
        return
        [
            new ItemKeysStep(keys, settings, GetType(), (run, shard, context) => Flow.Ordered(DocumentShard.Read(run.Documents[shard].Path), KeysOf, context.Threads, context.Batch, Weigh, cancel: context.Cancel)),
            new ItemGroupsStep(groups, settings, keys, KeepsFirst, memoryBytes),
            new EditStep($"dedup.{label}", settings, GetType(), label, keys, groups, Left, Edits),
        ];
    }

    private UInt128[] KeysOf(Document document)
    {
        UInt128 source = BySource ? Hash.Of(document.Source) : 0;
        return [.. Views(document).OfType<TextView>().SelectMany(Pieces).Select(piece => piece.Key ^ (source << 64 | source))];
    }

    private IEnumerable<DocumentEdit> Edits(Run run, int shard, bool[] flags, TaskContext context)
    {
        int at = 0;
        foreach ((Document document, IReadOnlyList<(TextView View, IReadOnlyList<Piece> Pieces)?> found) in Flow.Ordered(
            DocumentShard.Read(run.Documents[shard].Path), Find, context.Threads, context.Batch, Weigh, cancel: context.Cancel))
        {
            var cuts = new IReadOnlyList<Slice>[found.Count];
            for (int part = 0; part < cuts.Length; part++)
            {
                cuts[part] = [];
                if (found[part] is not { } pieces)
                    continue;
                ReadOnlySpan<bool> duplicates = flags.AsSpan(at, pieces.Pieces.Count);
                at += duplicates.Length;
                if (duplicates.Contains(true))
                    cuts[part] = Cuts(pieces.View, pieces.Pieces, duplicates);
            }
            yield return new DocumentEdit(document, cuts);
        }
    }

    private (Document, IReadOnlyList<(TextView, IReadOnlyList<Piece>)?>) Find(Document document) =>
        (document, [.. Views(document).Select(view => view is null ? ((TextView, IReadOnlyList<Piece>)?)null : (view, Pieces(view)))]);
}

/// <summary>A piece of a text that may occur again.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Key">Uniform 128-bit hash of what is compared.</param>
public readonly record struct Piece(Slice Place, UInt128 Key);
