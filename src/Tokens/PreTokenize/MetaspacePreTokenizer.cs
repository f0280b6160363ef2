using System.Text;

namespace DataPipeline.Tokens.PreTokenize;

/// <summary>Which pieces get the mark of a space in front.</summary>
internal enum PrependScheme
{
    Always,
    First,
    Never,
}

/// <summary>A visible character in place of spaces, before which the text is cut (SentencePiece's convention).</summary>
internal sealed class MetaspacePreTokenizer(Rune replacement, PrependScheme scheme, bool split) : PreTokenizer
{
    private readonly byte[] _mark = Encoding.UTF8.GetBytes(replacement.ToString());

    public override bool NeedsPlaces => scheme == PrependScheme.First;

    public override void Apply(PieceText pieces)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            (int start, int end) = pieces[i];
            int from = pieces.Text.Written;
            ReadOnlySpan<byte> bytes = pieces.Text.Bytes[start..end];
            bool marked = bytes[0] == ' ' || bytes.StartsWith(_mark);
            if (!marked && (scheme == PrependScheme.Always || (scheme == PrependScheme.First && pieces.StartOf(start) == 0)))
                pieces.Text.Replace(_mark, start);
            for (int at = 0; at < bytes.Length;)
            {
                int run = bytes[at..].IndexOf((byte)' ');
                int next = run < 0 ? bytes.Length : at + run;
                pieces.Text.Keep(start + at, start + next);
                if (next < bytes.Length)
                    pieces.Text.Replace(_mark, start + next++);
                at = next;
            }
            // The buffer that is written becomes the text after the last piece; bounds are kept until then.
            pieces.Add(from, pieces.Text.Written);
        }
        pieces.Text.Commit();
        pieces.Commit();
        if (split)
            Cut(pieces);
    }

    /// <summary>Each mark begins a piece.</summary>
    private void Cut(PieceText pieces)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            (int start, int end) = pieces[i];
            ReadOnlySpan<byte> bytes = pieces.Text.Bytes[start..end];
            int from = 0;
            for (int at = 0; at < bytes.Length;)
            {
                int found = bytes[at..].IndexOf(_mark);
                if (found < 0)
                    break;
                at += found;
                pieces.Add(start + from, start + at);
                from = at;
                at += _mark.Length;
            }
            pieces.Add(start + from, end);
        }
        pieces.Commit();
    }
}
