using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>A filter that cuts parts out of a text, and drops a document of which nothing is left.</summary>
/// <param name="nothingLeft">The reason of that drop.</param>
public abstract class CuttingFilter(string nothingLeft) : Filter
{
    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        Document cut = document.MapText(Cut);
        return ReferenceEquals(cut, document) || !string.IsNullOrWhiteSpace(cut.Text) ? Verdict.Keep(cut) : Verdict.Drop(nothingLeft, 0, 1);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Measurement> Measure(Document document)
    {
        bool kept = Judge(document).IsKept;
        return [new(nothingLeft, kept ? 1 : 0, 1, kept)];
    }

    /// <summary>The text without what is cut; the same string where nothing is.</summary>
    private protected abstract string Cut(string text);
}
