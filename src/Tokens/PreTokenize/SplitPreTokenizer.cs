using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens.PreTokenize;

/// <summary>What becomes of the places where a text is cut.</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// <summary>Finds the stretches of a piece that are matches and those between them.</summary>
internal interface IMatcher
{
    /// <summary>Adds every stretch of a piece that is not empty, in order, with whether it is a match.</summary>
    void Match(ReadOnlySpan<byte> piece, List<(int Start, int End, bool IsMatch)> stretches);
}

/// <summary>Cuts pieces at matches. Hugging Face's rules for what joins what are followed to the letter.</summary>
internal sealed class SplitPreTokenizer(IMatcher matcher, SplitBehavior behavior) : PreTokenizer
{
    [ThreadStatic]
    private static List<(int Start, int End, bool IsMatch)>? _stretches;

    public override void Apply(PieceText pieces)
    {
        List<(int Start, int End, bool IsMatch)> stretches = _stretches ??= [];
        for (int i = 0; i < pieces.Count; i++)
        {
            (int start, int end) = pieces[i];
            stretches.Clear();
            matcher.Match(pieces.Text.Bytes[start..end], stretches);
            Join(pieces, start, stretches);
        }
        pieces.Commit();
        if (stretches.Capacity > 1 << 20)
            _stretches = null;
    }

    private void Join(PieceText pieces, int offset, List<(int Start, int End, bool IsMatch)> stretches)
    {
        switch (behavior)
        {
            case SplitBehavior.Removed:
                foreach ((int start, int end, bool match) in stretches)
                {
                    if (!match)
                        pieces.Add(offset + start, offset + end);
                }
                break;
            case SplitBehavior.Isolated:
                foreach ((int start, int end, _) in stretches)
                    pieces.Add(offset + start, offset + end);
                break;
            case SplitBehavior.MergedWithNext:
                JoinBackward(pieces, offset, stretches);
                break;
            default:
                JoinForward(pieces, offset, stretches);
                break;
        }
    }

    /// <summary>Seen from the end, a match joins what stands behind it, unless that is a match too.</summary>
    private static void JoinBackward(PieceText pieces, int offset, List<(int Start, int End, bool IsMatch)> stretches)
    {
        // Joined stretches are marked by an end of -1; the stretch they join takes their start.
        for (int i = stretches.Count - 1, joined = -1; i >= 0; i--)
        {
            (int start, int end, bool match) = stretches[i];
            if (match && joined >= 0 && !stretches[i + 1].IsMatch)
            {
                stretches[joined] = (start, stretches[joined].End, stretches[joined].IsMatch);
                stretches[i] = (start, -1, match);
            }
            else
            {
                joined = i;
            }
        }
        foreach ((int start, int end, _) in stretches)
            pieces.Add(offset + start, offset + end);
    }

    private void JoinForward(PieceText pieces, int offset, List<(int Start, int End, bool IsMatch)> stretches)
    {
        bool previous = false;
        int from = -1, to = -1;
        foreach ((int start, int end, bool match) in stretches)
        {
            bool joins = behavior == SplitBehavior.Contiguous ? match == previous : match && !previous;
            if (joins && from >= 0)
            {
                to = end;
            }
            else
            {
                if (from >= 0)
                    pieces.Add(offset + from, offset + to);
                (from, to) = (start, end);
            }
            previous = match;
        }
        if (from >= 0)
            pieces.Add(offset + from, offset + to);
    }
}

/// <summary>Matches of a pattern; inverted, what stands between them.</summary>
internal sealed class PatternMatcher(TextPattern pattern, bool invert) : IMatcher
{
    public void Match(ReadOnlySpan<byte> piece, List<(int Start, int End, bool IsMatch)> stretches)
    {
        int last = 0;
        MatchCursor cursor = new(pattern, piece);
        while (cursor.Next(out int start, out int end))
        {
            if (start > last)
                stretches.Add((last, start, invert));
            stretches.Add((start, end, !invert));
            last = end;
        }
        if (last < piece.Length)
            stretches.Add((last, piece.Length, invert));
    }
}

/// <summary>Matches of a known split pattern through its scanner, which matches every character of a text.</summary>
internal sealed unsafe class ScannerMatcher<TScanner>(bool invert) : IMatcher where TScanner : struct, IScanner
{
    public void Match(ReadOnlySpan<byte> piece, List<(int Start, int End, bool IsMatch)> stretches)
    {
        fixed (byte* start = piece)
        {
            byte* end = start + piece.Length;
            for (byte* p = start; p < end;)
            {
                byte* next = TScanner.Next(p, end);
                stretches.Add(((int)(p - start), (int)(next - start), !invert));
                p = next;
            }
        }
    }
}

/// <summary>Every character of a set is a match.</summary>
internal sealed class CharacterMatcher(Func<int, bool> isMatch) : IMatcher
{
    private readonly bool[] _ascii = [.. Enumerable.Range(0, 128).Select(isMatch)];

    public void Match(ReadOnlySpan<byte> piece, List<(int Start, int End, bool IsMatch)> stretches)
    {
        int last = 0;
        for (int at = 0; at < piece.Length;)
        {
            int length = 1;
            if (piece[at] < 0x80 ? _ascii[piece[at]] : isMatch(Utf8Point.At(piece, at, out length)))
            {
                if (at > last)
                    stretches.Add((last, at, false));
                stretches.Add((at, at + length, true));
                last = at + length;
            }
            at += length;
        }
        if (last < piece.Length)
            stretches.Add((last, piece.Length, false));
    }
}
