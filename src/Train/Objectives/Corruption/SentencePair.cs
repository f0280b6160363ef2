namespace DataPipeline.Train;

/// <summary>Two segments in one row, [CLS] A [SEP] B [SEP], for next-sentence or sentence-order prediction (Devlin 2019, Lan 2020).</summary>
/// <param name="Ids">The row.</param>
/// <param name="Segments">0 up to the first [SEP], then 1.</param>
/// <param name="Label">0 where B follows A in its text; 1 where it is from another text, or the two are swapped.</param>
public sealed record SentencePair(int[] Ids, int[] Segments, int Label)
{
    /// <summary>Lays two segments out.</summary>
    public static SentencePair Of(IReadOnlyList<int> first, IReadOnlyList<int> second, int begin, int separator, int label = 0) =>
        new([begin, .. first, separator, .. second, separator], [.. Enumerable.Repeat(0, first.Count + 2), .. Enumerable.Repeat(1, second.Count + 1)], label);

    /// <summary>Two segments that follow each other, swapped: what sentence-order prediction tells from the right order.</summary>
    public static SentencePair Swapped(IReadOnlyList<int> first, IReadOnlyList<int> second, int begin, int separator) => Of(second, first, begin, separator, label: 1);
}
