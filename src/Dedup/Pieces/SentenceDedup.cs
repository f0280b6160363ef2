using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Dedup.Pieces;

/// <summary>Cuts spans of sentences that the corpus has seen before, as C4 does with three (Raffel et al. 2020): every span of so many sentences in a row is
/// compared, without case, punctuation and spacing, and all sentences of a repeated span go.</summary>
/// <param name="sentences">Sentences of a span.</param>
/// <param name="keepFirst">Leaves the first copy in the corpus; false cuts every copy of what occurs twice.</param>
/// <param name="scope">Where copies count: in the whole <c>corpus</c>, or only within a <c>source</c>.</param>
/// <param name="minWords">Fewest words left in a document that lost a sentence, else it is dropped.</param>
/// <param name="minSentences">Fewest sentences left in such a document.</param>
/// <param name="parts">Roles of the parts to compare and cut. Left out: all.</param>
[Stage("sentences")]
public sealed class SentenceDedup(
    [Range(1, 100)] int sentences = 3, bool keepFirst = true, DedupScope scope = DedupScope.Corpus, [Range(0, 1 << 20)] int minWords = 50,
    [Range(0, 1 << 20)] int minSentences = 3, IReadOnlyList<string>? parts = null) : PieceDedup(parts)
{
    /// <inheritdoc/>
    public override bool KeepsFirst => keepFirst;

    /// <inheritdoc/>
    public override bool BySource => scope == DedupScope.Source;

    /// <inheritdoc/>
    public override IReadOnlyList<Piece> Pieces(TextView view)
    {
        ReadOnlySpan<Slice> found = view.SentencesBy(WordRule.Script);
        var pieces = new List<Piece>();
        var normal = new StringBuilder();
        var starts = new List<int>();
        foreach (Slice sentence in found)
        {
            starts.Add(normal.Length);
            AppendNormal(normal, view[sentence]);
        }
        starts.Add(normal.Length);
        string text = normal.ToString();
        for (int i = 0; i + sentences <= found.Length; i++)
        {
            ReadOnlySpan<char> span = text.AsSpan(starts[i]..starts[i + sentences]);
            if (span.Length > sentences)
                pieces.Add(new Piece(new Slice(found[i].Start, found[i + sentences - 1].End - found[i].Start), new UInt128(Hash.Of(span, 3), Hash.Of(span, 4))));
        }
        return pieces;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Slice> Cuts(TextView view, IReadOnlyList<Piece> pieces, ReadOnlySpan<bool> duplicates)
    {
        var cuts = new List<Slice>();
        for (int i = 0; i < pieces.Count; i++)
        {
            if (duplicates[i])
                cuts.Add(pieces[i].Place);
        }
        return Merged(cuts);
    }

    /// <inheritdoc/>
    public override Verdict Left(Document document)
    {
        int words = document.View.Words.Length;
        if (words < minWords)
            return Verdict.Drop("sentences_too_few_words_left", words, minWords);
        int left = document.View.SentencesBy(WordRule.Script).Length;
        return left < minSentences ? Verdict.Drop("sentences_too_few_left", left, minSentences) : Verdict.Keep(document);
    }

    /// <summary>Letters and digits in lower case, a run of anything else as one space, a newline at the end.</summary>
    private static void AppendNormal(StringBuilder normal, ReadOnlySpan<char> sentence)
    {
        bool gap = false, begun = false;
        foreach (char c in sentence)
        {
            if (!char.IsLetterOrDigit(c) && !char.IsSurrogate(c) && char.GetUnicodeCategory(c) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark))
            {
                gap = begun;
                continue;
            }
            if (gap)
                normal.Append(' ');
            (gap, begun) = (false, true);
            normal.Append(char.ToLowerInvariant(c));
        }
        normal.Append('\n');
    }
}
