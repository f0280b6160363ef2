using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Cuts stretches out of a text with a margin on each side, as GPT-3 did, and joins the pieces that are long enough.</summary>
/// <remarks>GPT-3 made documents of the pieces; a document here leaves a stage as one.</remarks>
/// <param name="margin">Code points cut away on each side.</param>
/// <param name="minPiece">Fewest code points of a piece that stays.</param>
internal sealed class TextCuts(int margin, int minPiece)
{
    public int MinPiece => minPiece;

    /// <summary>What is left.</summary>
    /// <param name="text">The text.</param>
    /// <param name="stretches">What goes, in order.</param>
    /// <param name="cuts">Cuts made: stretches whose margins touch are one.</param>
    public string Cut(string text, IReadOnlyList<Slice> stretches, out int cuts)
    {
        var left = new StringBuilder(text.Length);
        int piece = 0, end = 0;
        cuts = 0;
        foreach (Slice stretch in stretches)
        {
            int start = Back(text, stretch.Start);
            if (cuts == 0 || start > end)
            {
                Keep(end, start);
                cuts++;
            }
            end = Math.Max(end, Forward(text, stretch.End));
        }
        Keep(end, text.Length);
        return left.ToString();

        void Keep(int from, int to)
        {
            if (to <= from || TextView.CountCodePoints(text.AsSpan(from, to - from)) < minPiece)
                return;
            left.Append(piece++ == 0 ? "" : "\n\n").Append(text, from, to - from);
        }
    }

    private int Back(string text, int at)
    {
        for (int i = 0; i < margin && at > 0; i++)
            at -= at > 1 && char.IsLowSurrogate(text[at - 1]) && char.IsHighSurrogate(text[at - 2]) ? 2 : 1;
        return at;
    }

    private int Forward(string text, int at)
    {
        for (int i = 0; i < margin && at < text.Length; i++)
            at += char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;
        return at;
    }
}
