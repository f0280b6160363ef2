using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Dedup;

/// <summary>A document and the ranges of its parts that are duplicates.</summary>
/// <param name="Document">As it came.</param>
/// <param name="Cuts">For each part the ranges to cut, ascending and apart from each other.</param>
internal readonly record struct DocumentEdit(Document Document, IReadOnlyList<Slice>[] Cuts)
{
    /// <summary>True when something is cut.</summary>
    public bool CutsAny => Cuts.Any(cuts => cuts.Count > 0);

    /// <summary>The document without the ranges.</summary>
    public Document Apply()
    {
        IReadOnlyList<Slice>[] cuts = Cuts;
        return Document with
        {
            Parts = [.. Document.Parts.Select((part, i) => cuts[i].Count == 0 ? part : part with { Text = EditingDedup.Without(part.Text, cuts[i]) })],
        };
    }

    /// <summary>Share of the characters that are cut, 0 to 1.</summary>
    public double Share
    {
        get
        {
            long cut = Cuts.Sum(cuts => cuts.Sum(slice => (long)slice.Length)), all = Document.Parts.Sum(part => (long)part.Text.Length);
            return all == 0 ? 0 : (double)cut / all;
        }
    }

    /// <summary>The ranges as bytes of the part's UTF-8.</summary>
    public static IEnumerable<(long Start, long End)> Utf8(string text, IReadOnlyList<Slice> cuts)
    {
        int at = 0;
        long bytes = 0;
        foreach (Slice cut in cuts)
        {
            long start = bytes += Encoding.UTF8.GetByteCount(text.AsSpan(at, cut.Start - at));
            bytes += Encoding.UTF8.GetByteCount(text.AsSpan(cut.Start, cut.Length));
            yield return (start, bytes);
            at = cut.End;
        }
    }
}
