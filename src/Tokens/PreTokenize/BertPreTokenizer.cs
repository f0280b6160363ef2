using DataPipeline.Tokens.Normalize;
using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens.PreTokenize;

/// <summary>BertPreTokenizer: white space goes, each punctuation character stands alone.</summary>
internal sealed class BertPreTokenizer : PreTokenizer
{
    private enum Kind : byte
    {
        Word,
        Space,
        Punctuation,
    }

    private static readonly Kind[] Ascii = [.. Enumerable.Range(0, 128).Select(KindOf)];

    public override void Apply(PieceText pieces)
    {
        ReadOnlySpan<byte> bytes = pieces.Text.Bytes;
        for (int i = 0; i < pieces.Count; i++)
        {
            (int from, int end) = pieces[i];
            for (int at = from; at < end;)
            {
                int length = 1;
                Kind kind = bytes[at] < 0x80 ? Ascii[bytes[at]] : KindOf(Utf8Point.At(bytes, at, out length));
                if (kind != Kind.Word)
                {
                    pieces.Add(from, at);
                    if (kind == Kind.Punctuation)
                        pieces.Add(at, at + length);
                    from = at + length;
                }
                at += length;
            }
            pieces.Add(from, end);
        }
        pieces.Commit();
    }

    private static Kind KindOf(int point) => UnicodeProperties.Space.Contains(point) ? Kind.Space : UnicodeVersions.IsPunctuation(point) ? Kind.Punctuation : Kind.Word;
}
