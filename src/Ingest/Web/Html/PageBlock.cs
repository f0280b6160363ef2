namespace DataPipeline.Ingest.Web.Html;

/// <summary>What a block of text is.</summary>
internal enum BlockKind : byte
{
    Paragraph, Heading, Item, Code, Row,
}

/// <summary>A block of a page's text: one line, or the lines of code.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text; the cells of a row with tabs between, and line ends where a cell has several lines.</param>
internal readonly record struct PageBlock(BlockKind Kind, string Text)
{
    /// <summary>Of a heading 1 to 6; else how many lists it stands in.</summary>
    public int Level { get; init; }

    /// <summary>Of an item in a numbered list, from 1; else 0.</summary>
    public int Number { get; init; }

    /// <summary>How many quotations it stands in.</summary>
    public int Quote { get; init; }

    /// <summary>Number of the table it stands in, from 1; 0 outside of tables.</summary>
    public int Table { get; init; }

    /// <summary>The blocks as plain text, a line for each; items begin with <c>- </c>.</summary>
    public static string PlainText(IReadOnlyList<PageBlock> blocks) =>
        string.Join('\n', blocks.Select(block => block.Kind switch
        {
            BlockKind.Item => "- " + block.Text,
            BlockKind.Row => block.Text.Replace('\n', ' '),
            _ => block.Text,
        })).TrimEnd('\n');
}
