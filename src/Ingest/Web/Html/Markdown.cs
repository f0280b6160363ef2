using System.Globalization;
using System.Text;

namespace DataPipeline.Ingest.Web.Html;

/// <summary>Blocks as Markdown (CommonMark, tables as GitHub has them). Links, pictures and emphasis are not written: the text is what a reader sees.</summary>
internal static class Markdown
{
    private static readonly string[] Marks = ["#", ">", "- ", "+ ", "* ", "```", "~~~", "===", "---", "    "];

    public static string Of(IReadOnlyList<PageBlock> blocks)
    {
        var text = new StringBuilder();
        for (int i = 0; i < blocks.Count; i++)
        {
            PageBlock block = blocks[i];
            PageBlock? before = i > 0 ? blocks[i - 1] : null;
            string quote = string.Concat(Enumerable.Repeat("> ", block.Quote));
            if (before is { } previous)
                text.Append('\n').Append(IsTight(previous, block) ? "" : string.Concat(Enumerable.Repeat("> ", Math.Min(previous.Quote, block.Quote))).TrimEnd() + "\n");
            bool inTable = before is { Kind: BlockKind.Row } row && row.Table == block.Table;
            Write(text, block, quote, block.Kind != BlockKind.Row || inTable ? 0 : Columns(blocks, i));
        }
        return text.ToString();
    }

    /// <summary>Cells of the widest of the rows from <paramref name="first"/> on: a table is cut off where its first row ends.</summary>
    private static int Columns(IReadOnlyList<PageBlock> blocks, int first)
    {
        int most = 0;
        for (int i = first; i < blocks.Count && blocks[i].Kind == BlockKind.Row && blocks[i].Table == blocks[first].Table; i++)
            most = Math.Max(most, blocks[i].Text.AsSpan().Count('\t') + 1);
        return most;
    }

    // Items of a list and rows of a table stand line under line.
    private static bool IsTight(PageBlock before, PageBlock block) =>
        before.Quote == block.Quote && before.Kind == block.Kind && (block.Kind == BlockKind.Item || block.Kind == BlockKind.Row && before.Table == block.Table);

    private static void Write(StringBuilder text, PageBlock block, string quote, int columns)
    {
        string indent = quote + new string(' ', 2 * Math.Max(0, block.Kind is BlockKind.Heading or BlockKind.Row ? 0 : block.Level - (block.Kind == BlockKind.Item ? 1 : 0)));
        switch (block.Kind)
        {
            case BlockKind.Heading:
                text.Append(indent).Append('#', block.Level).Append(' ').Append(block.Text);
                break;
            case BlockKind.Item:
                text.Append(indent).Append(block.Number > 0 ? string.Create(CultureInfo.InvariantCulture, $"{block.Number}. ") : "- ").Append(Escaped(block.Text));
                break;
            case BlockKind.Code:
                string fence = Fence(block.Text);
                text.Append(indent).Append(fence);
                foreach (string line in block.Text.Split('\n'))
                    text.Append('\n').Append(indent).Append(line.TrimEnd('\r'));
                text.Append('\n').Append(indent).Append(fence);
                break;
            case BlockKind.Row:
                string[] cells = block.Text.Split('\t');
                text.Append(indent).Append("| ").AppendJoin(" | ", cells.Select(Cell)).Append(" |").Insert(text.Length, "  |", Math.Max(0, columns - cells.Length));
                if (columns > 0)
                    text.Append('\n').Append(indent).Append('|').Insert(text.Length, " --- |", columns);
                break;
            default:
                text.Append(indent).Append(Escaped(block.Text));
                break;
        }
    }

    private static string Cell(string text) =>
        text.Replace("|", "\\|", StringComparison.Ordinal).Replace("\n", "<br>", StringComparison.Ordinal).Trim();

    /// <summary>A text whose start would be taken for a mark, made plain.</summary>
    private static string Escaped(string text)
    {
        if (Marks.Any(mark => text.StartsWith(mark, StringComparison.Ordinal)))
            return "\\" + text;
        int digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        bool numbered = digits is > 0 and < 10 && text.Length > digits + 1 && text[digits] is '.' or ')' && text[digits + 1] == ' ';
        return numbered ? $"{text[..digits]}\\{text[digits..]}" : text;
    }

    /// <summary>More backticks than stand one behind another anywhere in the code, at least three.</summary>
    private static string Fence(string code)
    {
        int longest = 2, run = 0;
        foreach (char c in code)
            longest = Math.Max(longest, run = c == '`' ? run + 1 : 0);
        return new string('`', longest + 1);
    }
}
