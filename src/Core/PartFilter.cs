namespace DataPipeline.Core;

/// <summary>A filter that sees only the parts of one role, such as the <c>chosen</c> answer of a preference; what <c>part:</c> in YAML makes.</summary>
/// <param name="inner">The filter that judges.</param>
/// <param name="role">Role of the parts it sees; a document without such a part is kept untouched.</param>
public sealed class PartFilter(Filter inner, string role) : Filter
{
    /// <summary>The filter that judges.</summary>
    public Filter Inner => inner;

    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        if (Narrow(document) is not { } narrow)
            return Verdict.Keep(document);
        Verdict verdict = inner.Judge(narrow);
        if (verdict.Document is not { } judged)
            return verdict;
        if (ReferenceEquals(judged, narrow))
            return Verdict.Keep(document).With(verdict.Findings);
        var edited = new Queue<Part>(judged.Parts);
        return Verdict.Keep(document with
        {
            Parts = [.. document.Parts.Select(part => part.Is(role) ? edited.Dequeue() : part)],
            Metadata = judged.Metadata,
        }).With(verdict.Findings);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Measurement> Measure(Document document) => Narrow(document) is { } narrow ? inner.Measure(narrow) : [];

    /// <inheritdoc/>
    public override IReadOnlyList<string> FilesRead => inner.FilesRead;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, long> Wanted => inner.Wanted;

    private Document? Narrow(Document document)
    {
        Part[] parts = [.. document.Parts.Where(part => part.Is(role))];
        return parts.Length == 0 ? null : document with { Parts = parts };
    }
}
