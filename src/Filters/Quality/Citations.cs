using System.Text;

namespace DataPipeline.Filters;

/// <summary>Takes the reference marks of wikis out of a line: <c>[12]</c>, <c>[]</c>, <c>[edit]</c>, <c>[citation needed]</c>.</summary>
internal static class Citations
{
    public static string Remove(ReadOnlySpan<char> line)
    {
        var left = new StringBuilder(line.Length);
        while (true)
        {
            int open = line.IndexOf('[');
            if (open < 0)
                return left.Append(line).ToString();
            left.Append(line[..open]);
            int length = MarkLength(line[open..]);
            if (length == 0)
                left.Append('[');
            line = line[(open + Math.Max(length, 1))..];
        }
    }

    private static int MarkLength(ReadOnlySpan<char> text)
    {
        int end = 1;
        while (end < text.Length && char.IsDigit(text[end]))
            end++;
        if (end < text.Length && text[end] == ']')
            return end + 1;
        if (text.StartsWith("[edit]"))
            return "[edit]".Length;
        return text.StartsWith("[citation needed]") ? "[citation needed]".Length : 0;
    }
}
