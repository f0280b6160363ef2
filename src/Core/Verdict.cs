namespace DataPipeline.Core;

/// <summary>What a stage decided about one document: kept, perhaps edited, or dropped for a named reason.</summary>
public readonly struct Verdict
{
    private readonly IReadOnlyList<Finding>? _findings;

    private Verdict(Document? document, string? reason, double measured, double limit, string? detail, IReadOnlyList<Finding>? findings = null)
    {
        _findings = findings;
        Document = document;
        Reason = reason;
        Measured = measured;
        Limit = limit;
        Detail = detail;
    }

    /// <summary>The document to go on with; null when dropped.</summary>
    public Document? Document { get; }

    /// <summary>Why it was dropped, in snake_case and never renamed (manifests hold it); null when kept.</summary>
    public string? Reason { get; }

    /// <summary>The number that decided; NaN when the reason has none.</summary>
    public double Measured { get; }

    /// <summary>The limit it was compared with; NaN when the reason has none.</summary>
    public double Limit { get; }

    /// <summary>A sentence for people, when the numbers do not say it all (an error of a reader).</summary>
    public string? Detail { get; }

    /// <summary>True when the document goes on.</summary>
    public bool IsKept => Reason is null;

    /// <summary>What the stage met in the document and wants listed, kept or dropped; mostly nothing.</summary>
    public IReadOnlyList<Finding> Findings => _findings ?? [];

    /// <summary>The same decision with things to list.</summary>
    public Verdict With(IReadOnlyList<Finding> findings) => new(Document, Reason, Measured, Limit, Detail, findings);

    /// <summary>The document goes on, as it came or edited.</summary>
    public static Verdict Keep(Document document) => new(document, null, double.NaN, double.NaN, null);

    /// <summary>The document ends here.</summary>
    /// <param name="reason">snake_case name of the rule, such as <c>gopher_too_few_words</c>.</param>
    /// <param name="measured">The number that decided.</param>
    /// <param name="limit">The limit it broke.</param>
    /// <param name="detail">A sentence for people, if the numbers do not say it all.</param>
    public static Verdict Drop(string reason, double measured = double.NaN, double limit = double.NaN, string? detail = null) =>
        new(null, reason, measured, limit, detail);
}

/// <summary>One number a filter looked at, whether it decided or not; what <c>explain</c> prints.</summary>
/// <param name="Rule">The drop reason this number belongs to.</param>
/// <param name="Value">The number measured.</param>
/// <param name="Limit">The limit it is compared with.</param>
/// <param name="Passed">False when this rule would drop the document.</param>
public readonly record struct Measurement(string Rule, double Value, double Limit, bool Passed);
