using System.Buffers;
using System.Text;
using DataPipeline.Tokens.Decode;

namespace DataPipeline.Tokens.SentencePiece;

/// <summary>Text of pieces: visible spaces are spaces, the one in front goes, byte pieces in a row are characters, an unknown piece is what the file says.</summary>
internal sealed class SentenceDecoder(SentencePieceTokenizer tokenizer) : TextDecoder
{
    private const string Mark = "\u2581";
    private readonly List<byte> _bytes = [];
    private readonly StringBuilder _whole = new();
    private bool _atStart = true;
    private bool _markTaken;
    private bool _anything;

    public override void Append(int id, StringBuilder output)
    {
        // Rules that rewrite the decoded text need all of it.
        StringBuilder to = tokenizer.Denormalizer is null ? output : _whole;
        if (tokenizer.IdToToken(id) is not { } text)
            return;
        PieceType type = tokenizer.File.Pieces[id].Type;
        if (type == PieceType.Byte)
        {
            _bytes.Add(Convert.ToByte(text[3..5], 16));
            Release(to, atEnd: false);
            return;
        }
        Release(to, atEnd: true);
        if (_markTaken || _anything)
            _atStart = false;
        _markTaken = false;
        if (type == PieceType.Control)
            return;
        if (type == PieceType.Unknown)
        {
            Put(tokenizer.File.UnknownSurface, to);
            return;
        }
        NormalizerSpec rules = tokenizer.File.Normalizer;
        if (_atStart && (rules.AddDummyPrefix || rules.RemoveExtraWhitespaces) && text.StartsWith(Mark, StringComparison.Ordinal))
        {
            text = text[Mark.Length..];
            // Where spaces are joined, all of those in front go.
            _markTaken = !rules.RemoveExtraWhitespaces;
        }
        Put(text.Replace(Mark, " ", StringComparison.Ordinal), to);
    }

    public override void Flush(StringBuilder output)
    {
        Release(tokenizer.Denormalizer is null ? output : _whole, atEnd: true);
        if (tokenizer.Denormalizer is { } rules)
        {
            byte[] buffer = new byte[1024];
            int length = _whole.Length == 0 ? 0 : rules.Normalize(Encoding.UTF8.GetBytes(_whole.ToString()), ref buffer, null);
            output.Append(Encoding.UTF8.GetString(buffer, 0, length));
            _whole.Clear();
        }
        (_atStart, _markTaken, _anything) = (true, false, false);
    }

    private void Put(string text, StringBuilder output)
    {
        output.Append(text);
        _anything |= text.Length > 0;
    }

    /// <summary>Characters of the bytes so far; each byte that makes none is U+FFFD. Bytes that more could complete wait.</summary>
    private void Release(StringBuilder output, bool atEnd)
    {
        if (_bytes.Count == 0)
            return;
        byte[] bytes = [.. _bytes];
        int at = 0;
        while (at < bytes.Length)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes.AsSpan(at), out Rune rune, out int length);
            if (status == OperationStatus.NeedMoreData && !atEnd)
                break;
            Put(status == OperationStatus.Done ? rune.ToString() : "\uFFFD", output);
            at += status == OperationStatus.Done ? length : 1;
        }
        _bytes.RemoveRange(0, at);
    }
}
