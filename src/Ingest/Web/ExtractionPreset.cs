namespace DataPipeline.Ingest.Web;

/// <summary>What to risk where it is not certain that a part of a page belongs to its main text.</summary>
public enum ExtractionPreset
{
    /// <summary>The best of both on whole pages.</summary>
    Balanced,

    /// <summary>Rather too little: paragraphs that are no sentences go too.</summary>
    Precision,

    /// <summary>Rather too much: comments, captions, teasers and lists of other stories stay.</summary>
    Recall,
}

/// <summary>How the main text of a page is written.</summary>
public enum PageFormat
{
    /// <summary>A line for each paragraph, heading, item and row.</summary>
    Text,

    /// <summary>Markdown: headings, lists, quotations, tables and code marked; links and emphasis as plain words.</summary>
    Markdown,
}
