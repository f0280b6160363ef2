using System.Text;
using DataPipeline.Core;
using DataPipeline.Runs;

namespace DataPipeline.Dedup;

/// <summary>A way of being a duplicate of a part of a text: duplicates are cut from their documents, and a document left with too little is dropped.</summary>
public abstract class EditingDedup : DedupKind
{
    /// <summary>A kind that looks at whole documents, or their parts of some roles.</summary>
    /// <param name="parts">Roles to compare; null for all.</param>
    private protected EditingDedup(IReadOnlyList<string>? parts) : base(parts)
    {
    }

    /// <summary>Why a document is dropped once its duplicates are cut; asked of documents that lost something.</summary>
    public abstract Verdict Left(Document document);

    /// <summary>The steps behind those that remove whole documents; the last writes the corpus anew.</summary>
    internal abstract IReadOnlyList<Step> Steps(string label, string settings, long memoryBytes);

    /// <summary>A view of each part that takes part; null for the others.</summary>
    internal TextView?[] Views(Document document) =>
        [.. document.Parts.Select(part => !TakesPart(part) ? null : document.Parts.Count == 1 ? document.View : new TextView(part.Text))];

    /// <summary>Bytes that a document holds in memory.</summary>
    internal static long Weigh(Document document) => document.Parts.Sum(part => 2L * part.Text.Length);

/// <summary>A text without some ranges.</summary>
    internal static string Without(string text, IReadOnlyList<Slice> cuts)
    {
        var left = new StringBuilder(text.Length);
        int at = 0;
        foreach (Slice cut in cuts)
        {
            left.Append(text, at, cut.Start - at);
            at = cut.End;
        }
        return left.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>Joins ranges that overlap or touch.</summary>
    internal static List<Slice> Merged(IEnumerable<Slice> ascending)
    {
        var merged = new List<Slice>();
        foreach (Slice slice in ascending)
        {
            if (merged is [.., var last] && slice.Start <= last.End)
                merged[^1] = new Slice(last.Start, Math.Max(last.End, slice.End) - last.Start);
            else
                merged.Add(slice);
        }
        return merged;
    }
}
