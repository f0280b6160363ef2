using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>How many of the lines or paragraphs of a text repeat another one, and how long they are in code points.</summary>
/// <param name="Pieces">All pieces.</param>
/// <param name="Chars">Their length together.</param>
/// <param name="Later">Pieces that repeat an earlier one.</param>
/// <param name="LaterChars">Their length.</param>
/// <param name="Copies">Pieces of which there are several, the first ones too.</param>
/// <param name="CopyChars">Their length.</param>
internal readonly record struct RepeatedPieces(int Pieces, long Chars, int Later, long LaterChars, int Copies, long CopyChars)
{
    /// <summary>What a piece alone is, whatever it says.</summary>
    public static readonly RepeatedPieces One = new(1, 0, 0, 0, 0, 0);

    /// <summary>Counts the pieces of a text, of which the hashes are known.</summary>
    public static RepeatedPieces In(TextView view, ReadOnlySpan<Slice> pieces, ReadOnlySpan<ulong> hashes)
    {
        RepeatTable seen = RepeatTable.Rent(pieces.Length);
        var same = new SamePieces(view.Text, pieces);
        int later = 0, firsts = 0;
        long chars = 0, laterChars = 0, firstChars = 0;
        for (int i = 0; i < pieces.Length; i++)
        {
            seen.Count(hashes[i], i, same, out int count);
            int length = view.CodePointsIn(pieces[i]);
            chars += length;
            if (count == 1)
                continue;
            later++;
            laterChars += length;
            if (count != 2)
                continue;
            firsts++;
            firstChars += length;
        }
        return new RepeatedPieces(pieces.Length, chars, later, laterChars, later + firsts, laterChars + firstChars);
    }

    /// <summary>Counts the pieces between occurrences of so many newlines.</summary>
    /// <param name="view">The text.</param>
    /// <param name="newlines">What parts the pieces: every occurrence, so that a run of newlines holds empty pieces.</param>
    /// <param name="strip">Compare and measure without outer white space.</param>
    /// <param name="blank">Count pieces of white space alone.</param>
    public static RepeatedPieces Between(TextView view, int newlines, bool strip, bool blank)
    {
        string text = view.Text, separator = new('\n', newlines);
        var pieces = new List<Slice>();
        var hashes = new List<ulong>();
        for (int start = 0; start <= text.Length;)
        {
            int found = text.AsSpan(start).IndexOf(separator), end = found < 0 ? text.Length : start + found;
            var whole = new Slice(start, end - start);
            Slice piece = TextView.Strip(text, whole);
            if (blank || piece.Length > 0)
            {
                pieces.Add(strip ? piece : whole);
                hashes.Add(Hash.OfPiece(view[pieces[^1]]));
            }
            start = end + newlines;
        }
        return In(view, pieces.ToArray(), hashes.ToArray());
    }
}
