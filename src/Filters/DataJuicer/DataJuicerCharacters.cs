using System.Buffers;
using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>data-juicer's filters over characters and lines with its defaults (Chen et al. 2023, arXiv 2309.02033): text_length, alphanumeric, special_characters, average_line_length,
/// maximum_line_length and character_repetition. BLOOM's corpus (Laurençon et al. 2022, arXiv 2303.03915) asks for other ranges of the same numbers.</summary>
/// <param name="minLength">Fewest code points.</param>
/// <param name="maxLength">Most code points.</param>
/// <param name="minAlphanumeric">Smallest share of letters and numbers, as Python's <c>isalnum</c> has them.</param>
/// <param name="maxAlphanumeric">Largest share of letters and numbers.</param>
/// <param name="maxSpecialCharacters">Largest share of punctuation, digits, white space, emoji and the like.</param>
/// <param name="minAverageLineLength">Smallest length of the text for each of its lines, in code points, line ends among them.</param>
/// <param name="maxAverageLineLength">Largest such length.</param>
/// <param name="minMaximumLineLength">Shortest longest line, in code points.</param>
/// <param name="maxMaximumLineLength">Longest longest line.</param>
/// <param name="repetitionLength">Characters of the runs that <paramref name="maxCharacterRepetition"/> looks at.</param>
/// <param name="maxCharacterRepetition">Largest share that the most frequent of the repeated runs have among all runs: as many different ones as the square root of their number.</param>
[Stage("data_juicer_characters")]
public sealed class DataJuicerCharacters(
    [Range(0, int.MaxValue)] int minLength = 10, [Range(0, int.MaxValue)] int maxLength = int.MaxValue,
    [Range(0.0, 1.0)] double minAlphanumeric = 0.25, [Range(0.0, 1.0)] double maxAlphanumeric = 1, [Range(0.0, 1.0)] double maxSpecialCharacters = 0.25,
    [Range(0.0, 1e9)] double minAverageLineLength = 10, [Range(0.0, 1e9)] double maxAverageLineLength = 1e9,
    [Range(0, int.MaxValue)] int minMaximumLineLength = 10, [Range(0, int.MaxValue)] int maxMaximumLineLength = int.MaxValue,
    [Range(1, 100)] int repetitionLength = 10, [Range(0.0, 1.0)] double maxCharacterRepetition = 0.5) : RuleFilter
{
    private protected override void Check(Document document, ref RuleLog log)
    {
        TextView view = document.View;
        double length = view.CodePoints;
        if (log.Below("data_juicer_text_too_short", length, minLength) || log.Above("data_juicer_text_too_long", length, maxLength))
            return;
        double alphanumeric = RuleLog.Share(Alphanumeric.Count(view.Text), length);
        if (log.Below("data_juicer_too_few_alphanumeric", alphanumeric, minAlphanumeric) || log.Above("data_juicer_too_many_alphanumeric", alphanumeric, maxAlphanumeric)
            || log.Above("data_juicer_too_many_special_characters", RuleLog.Share(SpecialCharacters.Count(view.Text), length), maxSpecialCharacters))
            return;
        ReadOnlySpan<Slice> lines = view.SplitLines;
        int longest = 0;
        foreach (Slice line in lines)
            longest = Math.Max(longest, line.Length <= longest ? 0 : view.CodePointsIn(line));
        double average = RuleLog.Share(length, lines.Length);
        if (log.Below("data_juicer_average_line_too_short", average, minAverageLineLength) || log.Above("data_juicer_average_line_too_long", average, maxAverageLineLength)
            || log.Below("data_juicer_maximum_line_too_short", longest, minMaximumLineLength) || log.Above("data_juicer_maximum_line_too_long", longest, maxMaximumLineLength))
            return;
        log.Above("data_juicer_character_repetition", Repetition(view), maxCharacterRepetition);
    }

    private double Repetition(TextView view)
    {
        string text = view.Text;
        // Where characters are pairs of units, the places where one starts are listed, with the end of the text behind them.
        int[]? starts = view.HasSurrogates ? Starts(text, view.CodePoints) : null;
        int runs = view.CodePoints - repetitionLength + 1;
        if (runs <= 0)
            return 0;
        int[] counts = ArrayPool<int>.Shared.Rent(runs);
        counts.AsSpan(0, runs).Clear();
        RepeatTable table = RepeatTable.Rent(runs);
        var same = new SameRuns(text, starts, repetitionLength);
        int different = 0;
        for (int i = 0; i < runs; i++)
        {
            int first = table.Count(Hash.OfPiece(same.Run(i)), i, same, out int count);
            counts[first] = count;
            different += count == 1 ? 1 : 0;
        }
        Span<int> repeated = counts.AsSpan(0, runs);
        int kept = 0;
        foreach (int count in repeated)
        {
            if (count > 1)
                repeated[kept++] = count;
        }
        repeated = repeated[..kept];
        repeated.Sort();
        long sum = 0;
        foreach (int count in repeated[^Math.Min((int)Math.Sqrt(different), kept)..])
            sum += count;
        ArrayPool<int>.Shared.Return(counts);
        return (double)sum / runs;
    }

    private static int[] Starts(string text, int codePoints)
    {
        var starts = new int[codePoints + 1];
        int at = 0;
        for (int i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1)
            starts[at++] = i;
        starts[at] = text.Length;
        return starts;
    }

    private readonly struct SameRuns(string text, int[]? starts, int length) : ISame
    {
        public ReadOnlySpan<char> Run(int at) => starts is null ? text.AsSpan(at, length) : text.AsSpan(starts[at]..starts[at + length]);

        public bool Same(int first, int second) => Run(first).SequenceEqual(Run(second));
    }
}
