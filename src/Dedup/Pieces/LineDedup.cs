using System.Buffers;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Dedup.Pieces;

/// <summary>Cuts lines or paragraphs that the corpus has seen before, as CCNet does (Wenzek et al. 2019): compared in lower case, with digits as zeros,
/// without control characters and the marks that CCNet names. A line of nothing else is left alone.</summary>
/// <param name="unit">What a piece is: a <c>line</c>, or a <c>paragraph</c> between empty lines.</param>
/// <param name="normalize">Compares as CCNet does; false compares the characters without the white space around them.</param>
/// <param name="keepFirst">Leaves the first copy in the corpus; false cuts every copy of what occurs twice.</param>
/// <param name="scope">Where copies count: in the whole <c>corpus</c>, or only within a <c>source</c>.</param>
/// <param name="minLineCharacters">Shorter lines are left alone; characters as compared.</param>
/// <param name="minWords">Fewest words left, else the document is dropped.</param>
/// <param name="minCharacters">Fewest characters left.</param>
/// <param name="parts">Roles of the parts to compare and cut. Left out: all.</param>
[Stage("lines")]
public sealed class LineDedup(
    LineUnit unit = LineUnit.Line, bool normalize = true, bool keepFirst = true, DedupScope scope = DedupScope.Corpus, [Range(1, 1 << 20)] int minLineCharacters = 1,
    [Range(0, 1 << 20)] int minWords = 1, [Range(0, 1 << 20)] int minCharacters = 1, IReadOnlyList<string>? parts = null) : PieceDedup(parts)
{
    // The 34 marks that CCNet removes; ASCII marks stay.
    private static readonly SearchValues<char> Punctuation = SearchValues.Create(
        "\uff0c\u3002\u3001\u201e\u201d\u201c\u00ab\u00bb\uff11\u300d\u300c\u300a\u300b\u00b4\u2236\uff1a\uff1f\uff01\uff08\uff09\uff1b\u2013\u2014\uff0e\uff5e\u2019\u2026\u2501\u3008\u3009\u3010\u3011\uff05\u25ba");

    private static readonly SearchValues<char> Uncommon = SearchValues.Create("İΣ");

    /// <inheritdoc/>
    public override bool KeepsFirst => keepFirst;

    /// <inheritdoc/>
    public override bool BySource => scope == DedupScope.Source;

    /// <inheritdoc/>
    public override IReadOnlyList<Piece> Pieces(TextView view)
    {
        ReadOnlySpan<Slice> lines = unit == LineUnit.Line ? view.Lines : view.Paragraphs;
        var pieces = new List<Piece>(lines.Length);
        char[] room = ArrayPool<char>.Shared.Rent(lines.IsEmpty ? 1 : Longest(lines));
        foreach (Slice line in lines)
        {
            ReadOnlySpan<char> compared = normalize ? Normal(view[TextView.Strip(view.Text, line)], room) : view[TextView.Strip(view.Text, line)];
            if (compared.Length >= minLineCharacters)
                pieces.Add(new Piece(line, new UInt128(Hash.Of(compared, 1), Hash.Of(compared, 2))));
        }
        ArrayPool<char>.Shared.Return(room);
        return pieces;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Slice> Cuts(TextView view, IReadOnlyList<Piece> pieces, ReadOnlySpan<bool> duplicates)
    {
        var lines = new List<Slice>();
        for (int i = 0; i < pieces.Count; i++)
        {
            if (duplicates[i])
                lines.Add(pieces[i].Place);
        }
        return LineCuts.Of(view.Text, lines, wholeRuns: unit == LineUnit.Paragraph);
    }

    /// <inheritdoc/>
    public override Verdict Left(Document document)
    {
        int words = document.View.Words.Length;
        if (words < minWords)
            return Verdict.Drop("lines_too_few_words_left", words, minWords);
        long characters = document.CodePoints;
        return characters < minCharacters ? Verdict.Drop("lines_too_few_characters_left", characters, minCharacters) : Verdict.Keep(document);
    }

    /// <summary>A line as CCNet compares it (Wenzek et al. 2019, arXiv 1911.00359): lower case as Python makes it, digits of all scripts as 0, without 34 punctuation marks and without
    /// control characters. CCNet keeps the first 8 bytes of SHA-1 of it; keys here have 128 bits.</summary>
    internal static ReadOnlySpan<char> Normal(ReadOnlySpan<char> line, Span<char> room)
    {
        if (line.ContainsAny(Uncommon) || line.ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            line = PythonLower(line.ToString());
            room = line.Length > room.Length ? new char[line.Length] : room;
        }
        int length = 0;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (char.IsHighSurrogate(c) && i + 1 < line.Length && char.IsDigit(line[i..(i + 2)].ToString(), 0))
            {
                room[length++] = '0';
                i++;
                continue;
            }
            if (c < 0x80 ? char.IsAsciiDigit(c) : char.GetUnicodeCategory(c) == UnicodeCategory.DecimalDigitNumber)
                room[length++] = '0';
            else if (c >= ' ' && c is < '\x7f' or > '\x9f' && !(c > '\x9f' && Punctuation.Contains(c)))
                room[length++] = char.ToLowerInvariant(c);
        }
        return room[..length];
    }

    // Two letters are not lowered one by one: İ becomes two characters, and a sigma at the end of a word has a form of its own.
    private static string PythonLower(string line)
    {
        var lower = new StringBuilder(line.ToLowerInvariant());
        for (int i = 0; i < lower.Length; i++)
        {
            if (line[i] == 'Σ' && IsCasedBeside(line, i, -1) && !IsCasedBeside(line, i, 1))
                lower[i] = 'ς';
        }
        return lower.Replace("İ", "i\u0307").ToString();
    }

    // The next character in a direction that is no mark, format character or inner punctuation of a word.
    private static bool IsCasedBeside(string line, int at, int step)
    {
        for (at += step; at >= 0 && at < line.Length; at += step)
        {
            if (char.IsLowSurrogate(line[at]) && step < 0)
                at--;
            UnicodeCategory category = CharUnicodeInfo.GetUnicodeCategory(line, at);
            bool ignored = category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
                || line[at] is '\'' or '.' or ':' or '·' or '’' or '‘' or '․' or '‧';
            if (!ignored)
                return category is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter;
        }
        return false;
    }

    private static int Longest(ReadOnlySpan<Slice> lines)
    {
        int longest = 1;
        foreach (Slice line in lines)
            longest = Math.Max(longest, line.Length);
        return longest;
    }
}

/// <summary>What a piece is.</summary>
public enum LineUnit
{
    /// <summary>What stands between newlines.</summary>
    Line,

    /// <summary>What stands between empty lines.</summary>
    Paragraph,
}

/// <summary>Where copies count.</summary>
public enum DedupScope
{
    /// <summary>Anywhere.</summary>
    Corpus,

    /// <summary>In documents of the same source.</summary>
    Source,
}
