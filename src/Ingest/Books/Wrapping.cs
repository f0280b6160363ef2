using System.Text;

namespace DataPipeline.Ingest.Books;

/// <summary>Undoes hard line ends: a paragraph whose lines are all nearly full, but for the last, becomes one line; verse and tables
/// stay.</summary>
internal static class Wrapping
{
    private const int FullLine = 45;
    private const int FullLineCjk = 25;

    /// <summary>The text with one blank line between paragraphs.</summary>
    public static string Join(ReadOnlySpan<string> lines, bool unwrap)
    {
        var text = new StringBuilder();
        for (int i = 0; i < lines.Length;)
        {
            if (string.IsNullOrWhiteSpace(lines[i]))
            {
                i++;
                continue;
            }
            int end = i;
            while (end < lines.Length && !string.IsNullOrWhiteSpace(lines[end]))
                end++;
            if (text.Length > 0)
                text.Append("\n\n");
            Paragraph(text, lines[i..end], unwrap);
            i = end;
        }
        return text.ToString();
    }

    private static void Paragraph(StringBuilder text, ReadOnlySpan<string> lines, bool unwrap)
    {
        bool joined = unwrap && IsWrapped(lines);
        for (int i = 0; i < lines.Length; i++)
        {
            string line = joined ? lines[i].Trim() : lines[i].TrimEnd();
            if (i > 0)
                text.Append(!joined ? "\n" : IsCjk(text[^1]) && line.Length > 0 && IsCjk(line[0]) ? "" : " ");
            text.Append(line);
        }
    }

    private static bool IsWrapped(ReadOnlySpan<string> lines)
    {
        if (lines.Length < 2)
            return false;
        foreach (string line in lines[..^1])
        {
            string trimmed = line.Trim();
            if (trimmed.Length < (IsCjk(trimmed[0]) ? FullLineCjk : FullLine) || trimmed.Contains("   ", StringComparison.Ordinal))
                return false;
        }
        return true;
    }

    private static bool IsCjk(char c) => c is >= '\u2e80' and <= '\u9fff' or >= '\uf900' and <= '\ufaff' or >= '\uff00' and <= '\uff60';
}
