using System.Reflection;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Dedup;

/// <summary>A way of being a duplicate, of whole documents (<see cref="DocumentDedup"/>) or of pieces of them. Mark it with
/// <see cref="StageAttribute"/>; its constructor is its YAML. Pure: any number of threads may ask at once.</summary>
public abstract class DedupKind
{
    private readonly IReadOnlyList<string>? _parts;

    /// <summary>A kind that compares whole documents, or their parts of some roles.</summary>
    /// <param name="parts">Roles to compare, such as <c>prompt</c>; null for the whole text. A document without such a part takes no part.</param>
    protected DedupKind(IReadOnlyList<string>? parts)
    {
        if (parts is { Count: 0 })
            throw new ArgumentException("names no role; leave it out to compare whole documents", nameof(parts));
        _parts = parts;
    }

    /// <summary>Name in YAML.</summary>
    public string Name => GetType().GetCustomAttribute<StageAttribute>()!.Name;

    /// <summary>Why its duplicates are dropped, such as <c>exact_duplicate</c>; never renamed.</summary>
    public string Reason => $"{Name}_duplicate";

    /// <summary>Digest of what decides its keys beside its settings, such as the content of a file that they name; empty for nothing.</summary>
    public virtual string FilesDigest => "";

    /// <summary>Number of the form of its keys, raised when a text gets others than before: an index of another form is refused.</summary>
    public virtual int KeyForm => 1;

    /// <summary>Types whose code decides its keys.</summary>
    public virtual IEnumerable<Type> Code => [GetType()];

    /// <summary>True for a part of one of the roles.</summary>
    internal bool TakesPart(Part part) => _parts is null || _parts.Any(role => part.Is(role));

    /// <summary>Prompt and answers of a preference pair that is compared as a whole; null for any other document.</summary>
    protected (TextView Prompt, TextView Answers)? Pair(Document document)
    {
        if (_parts is not null || document.Parts.Count < 2 || !document.Parts.Any(part => part.Is("prompt")) || !document.Parts.Any(part => part.Is("chosen")))
            return null;
        ILookup<bool, string> texts = document.Parts.ToLookup(part => part.Is("prompt"), part => part.Text);
        return (new TextView(string.Join('\n', texts[true])), new TextView(string.Join('\n', texts[false])));
    }

    /// <summary>The text to compare, or null when the document has none of the roles.</summary>
    protected TextView? Compared(Document document)
    {
        if (_parts is null)
            return document.View;
        Part[] parts = [.. document.Parts.Where(TakesPart)];
        return parts.Length == 0 ? null : new TextView(string.Join('\n', parts.Select(part => part.Text)));
    }
}

/// <summary>A way of being a duplicate of another document: which keys a document has. Documents that share a key are candidates of one cluster.</summary>
/// <remarks>Everything behind the keys (partitions, groups, survivors, ledger) is the same for every kind.</remarks>
public abstract class DocumentDedup : DedupKind
{
    /// <summary>A kind that compares whole documents, or their parts of some roles.</summary>
    /// <param name="parts">Roles to compare; null for the whole text.</param>
    protected DocumentDedup(IReadOnlyList<string>? parts) : base(parts)
    {
    }

    /// <summary>Bytes of every sketch, from which the similarity of two documents is estimated; 0 for kinds that need none.</summary>
    public virtual int SketchBytes => 0;

    /// <summary>Least similarity that two documents of one key need; 0 when sharing a key is enough.</summary>
    public virtual double Verify => 0;

    /// <summary>True when every pair of a group is compared, false when a document is compared with the first of each cluster in its group and the one
    /// before it: then the cost stays linear where thousands share a key and are not similar.</summary>
    public virtual bool VerifiesAllPairs => false;

    /// <summary>True when the similarity of candidates is that of <see cref="Texts"/>, made from the texts of the candidates alone.</summary>
    public virtual bool VerifiesTexts => false;

    /// <summary>True when <see cref="Texts"/> of every document are kept with its keys, so that later runs can compare with them; else they are made once more for the candidates
    /// of a run.</summary>
    public virtual bool KeepsTexts => false;

    /// <summary>The keys of a document, and its sketch; <see cref="Signature.None"/> when it takes no part.</summary>
    public abstract Signature Sign(Document document);

    /// <summary>Similarity of two documents by their sketches, 0 to 1.</summary>
    public virtual double Similarity(ReadOnlySpan<byte> sketch, ReadOnlySpan<byte> other) => 1;

    /// <summary>What the exact similarity of a candidate is computed from, of any length; asked where <see cref="VerifiesTexts"/>.</summary>
    public virtual byte[] Texts(Document document) => [];

    /// <summary>Exact similarity of two documents by <see cref="Texts"/>, 0 to 1.</summary>
    public virtual double TextSimilarity(ReadOnlySpan<byte> texts, ReadOnlySpan<byte> other) => 1;
}

/// <summary>What a kind of deduplication knows of one document.</summary>
/// <param name="Keys">Uniform 128-bit hashes; two documents with an equal key are candidates.</param>
/// <param name="Sketch">Exactly <see cref="DocumentDedup.SketchBytes"/> bytes, or empty for a document without keys.</param>
public readonly record struct Signature(UInt128[] Keys, byte[] Sketch)
{
    /// <summary>A document that cannot be a duplicate.</summary>
    public static readonly Signature None = new([], []);
}
