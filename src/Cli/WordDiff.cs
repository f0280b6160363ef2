using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Cli;

/// <summary>The difference of two texts by words, for people: what both have is counted, what one has is shown.</summary>
/// <remarks>Myers' greedy algorithm (1986), linear in the texts for few differences; beyond a limit of differences the rest is said to differ.</remarks>
internal static class WordDiff
{
    private const int MostDifferences = 2000, LongestShown = 160;

    /// <summary>Lines such as <c>= 12 words</c>, <c>- only here</c>, <c>+ only there</c>.</summary>
    /// <param name="survivor">The text that stayed: its own words stand behind <c>-</c>.</param>
    /// <param name="removed">The text that went: its own words stand behind <c>+</c>.</param>
    public static IEnumerable<string> Lines(string survivor, string removed)
    {
        string[] a = Words(survivor), b = Words(removed);
        foreach ((char sign, int from, int count) in Runs(Edits(a, b)))
        {
            yield return sign switch
            {
                '=' => $"= {count:N0} {(count == 1 ? "word" : "words")} the same",
                '?' => $"? more than {MostDifferences:N0} differences; the rest is not compared",
                _ => $"{sign} {Shown(sign == '-' ? a.AsSpan(from, count) : b.AsSpan(from, count))}",
            };
        }
    }

    /// <summary>For each step of the way: its sign and the word it takes.</summary>
    internal static List<(char Sign, int Word)> Edits(ReadOnlySpan<string> a, ReadOnlySpan<string> b)
    {
        int bound = Math.Min(a.Length + b.Length, MostDifferences), furthest = 0;
        var v = new int[2 * bound + 2];
        var trace = new List<int[]>();
        int differences = -1;
        for (int d = 0; d <= bound && differences < 0; d++)
        {
            trace.Add(v[(bound - d)..(bound + d + 2)]);
            for (int k = -d; k <= d; k += 2)
            {
                int x = k == -d || k != d && v[bound + k - 1] < v[bound + k + 1] ? v[bound + k + 1] : v[bound + k - 1] + 1;
                while (x < a.Length && x - k < b.Length && a[x] == b[x - k])
                    x++;
                v[bound + k] = x;
                furthest = Math.Max(furthest, x);
                if (x >= a.Length && x - k >= b.Length)
                {
                    differences = d;
                    break;
                }
            }
        }
        var edits = new List<(char, int)>();
        if (differences < 0)
        {
            for (int i = 0; i < Math.Min(a.Length, b.Length) && a[i] == b[i]; i++)
                edits.Add(('=', i));
            edits.Add(('?', 0));
            return edits;
        }
        int atX = a.Length, atY = b.Length;
        for (int d = differences; d > 0; d--)
        {
            // trace[d] holds diagonals -d to d + 1 as they were before round d.
            int[] before = trace[d];
            int k = atX - atY, from = k == -d || k != d && before[k - 1 + d] < before[k + 1 + d] ? k + 1 : k - 1, x = before[from + d], y = x - from;
            while (atX > x && atY > y && (from == k + 1 ? atX > x : atX > x + 1))
                (atX, atY) = Same(edits, atX, atY);
            edits.Add(from == k + 1 ? ('+', y) : ('-', x));
            (atX, atY) = (x, y);
        }
        while (atX > 0)
            (atX, atY) = Same(edits, atX, atY);
        edits.Reverse();
        return edits;
    }

    private static (int, int) Same(List<(char, int)> edits, int x, int y)
    {
        edits.Add(('=', x - 1));
        return (x - 1, y - 1);
    }

    private static IEnumerable<(char Sign, int From, int Count)> Runs(List<(char Sign, int Word)> edits)
    {
        for (int start = 0, end; start < edits.Count; start = end)
        {
            for (end = start + 1; end < edits.Count && edits[end].Sign == edits[start].Sign;)
                end++;
            yield return (edits[start].Sign, edits[start].Word, end - start);
        }
    }

    private static string Shown(ReadOnlySpan<string> words)
    {
        var text = new StringBuilder();
        for (int i = 0; i < words.Length; i++)
        {
            if (text.Length > LongestShown)
                return $"{text} … ({words.Length:N0} words)";
            text.Append(i > 0 ? " " : "").Append(words[i]);
        }
        return text.ToString();
    }

    private static string[] Words(string text)
    {
        var view = new TextView(text);
        var words = new string[view.ScriptWords.Length];
        for (int i = 0; i < words.Length; i++)
            words[i] = view[view.ScriptWords[i]].ToString();
        return words;
    }
}
