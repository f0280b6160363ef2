namespace DataPipeline.Parquet;

/// <summary>One node of the schema as the footer lists it: depth first, each group followed by its children.</summary>
internal sealed class SchemaElement
{
    public string Name { get; set; } = "";

    public PhysicalType? Type { get; set; }

    public int TypeLength { get; set; }

    public Repetition Repetition { get; set; }

    public int ChildCount { get; set; }

    public ConvertedType Converted { get; set; } = ConvertedType.None;

    public LogicalType? Logical { get; set; }

    public int Scale { get; set; }

    public int Precision { get; set; }

    public bool IsRoot { get; set; }
}
