using DataPipeline.Core;

namespace DataPipeline.Dedup.Pieces;

/// <summary>What to cut so that lines vanish with their line ends.</summary>
internal static class LineCuts
{
    /// <summary>The ranges of lines or paragraphs with the line end behind each; with the one before it where a text would end in a line end it did not have.</summary>
    /// <param name="text">The text.</param>
    /// <param name="lines">Lines to cut, ascending.</param>
    /// <param name="wholeRuns">Takes all line ends behind a piece, as paragraphs need.</param>
    public static List<Slice> Of(string text, IReadOnlyList<Slice> lines, bool wholeRuns)
    {
        var cuts = new List<Slice>();
        foreach (Slice line in lines)
        {
            int end = line.End;
            while (end < text.Length && text[end] == '\n')
            {
                end++;
                if (!wholeRuns)
                    break;
            }
            cuts.Add(new Slice(line.Start, end - line.Start));
        }
        List<Slice> merged = EditingDedup.Merged(cuts);
        if (merged is [.., var last] && last.End == text.Length && last.Start > 0 && text[^1] != '\n')
        {
            int start = last.Start, least = merged.Count > 1 ? merged[^2].End : 0;
            while (start > least && text[start - 1] == '\n')
            {
                start--;
                if (!wholeRuns)
                    break;
            }
            merged[^1] = new Slice(start, last.End - start);
        }
        return merged;
    }
}
