using System.Collections.Concurrent;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Tokens.Decode;
using DataPipeline.Tokens.SentencePiece;

namespace DataPipeline.Tokens;

/// <summary>SentencePiece (Kudo and Richardson 2018): ids and text as the C++ library gives them for a .model file of any of its four kinds.</summary>
/// <remarks>Bytes that are no UTF-8 become U+FFFD, one for each. Control symbols are found in the text only when special tokens are recognised; each stretch between them
/// is then a text of its own. The file names no tokens to put around a text.</remarks>
public sealed class SentencePieceTokenizer : Tokenizer
{
    private readonly SentencePieceFile _file;
    private readonly PieceTable _table;
    private readonly SentenceNormalizer _normalizer;
    private readonly SentenceModel _model;
    private readonly AddedTokenFinder _control;
    private readonly int[]? _bytes;
    private readonly Dictionary<string, int> _special = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<SentenceWork> _free = [];
    private readonly Lazy<string> _fingerprint;

    private SentencePieceTokenizer(SentencePieceFile file, string path)
    {
        _file = file;
        _table = new PieceTable(file.Pieces);
        _normalizer = new SentenceNormalizer(file.Normalizer, file.SuffixWhitespace, _table.UserDefined, path);
        Denormalizer = file.Denormalizer is { CharsMap.Length: > 0 } rules ? new SentenceNormalizer(rules, suffix: false, null, path) : null;
        _bytes = file.ByteFallback ? [.. Enumerable.Range(0, 256).Select(value => _table.IdOf(Encoding.ASCII.GetBytes($"<0x{value:X2}>")))] : null;
        _model = file.Model switch
        {
            ModelType.Unigram => new UnigramSentenceModel(file.Pieces, _table.Unknown),
            ModelType.Bpe => new BpeSentenceModel(file.Pieces, _table, _bytes, path),
            ModelType.Word => new WordSentenceModel(_table),
            _ => new CharSentenceModel(_table),
        };
        for (int id = 0; id < file.Pieces.Count; id++)
        {
            if (file.Pieces[id].Type == PieceType.Control)
                _special[Encoding.UTF8.GetString(file.Pieces[id].Bytes)] = id;
        }
        _control = new AddedTokenFinder(_special.Select(entry => new AddedToken(entry.Key, entry.Value)));
        _fingerprint = new Lazy<string>(FindFingerprint);
    }

    /// <summary>Reads a .model file.</summary>
    /// <exception cref="InputException">The file is no SentencePiece model, or broken.</exception>
    public static SentencePieceTokenizer Create(string path) => new(SentencePieceFile.Read(path), path);

    /// <inheritdoc/>
    public override int VocabularySize => _file.Pieces.Count;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, int> SpecialTokens => _special;

    /// <inheritdoc/>
    public override string Fingerprint => _fingerprint.Value;

    internal SentencePieceFile File => _file;

    internal SentenceNormalizer? Denormalizer { get; }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> BytesOf(int id) => (uint)id < (uint)_file.Pieces.Count ? _file.Pieces[id].Bytes : default;

    /// <inheritdoc/>
    public override string? IdToToken(int id) => (uint)id < (uint)_file.Pieces.Count ? Encoding.UTF8.GetString(_file.Pieces[id].Bytes) : null;

    /// <inheritdoc/>
    public override int? TokenToId(string token)
    {
        int id = _table.IdOf(Encoding.UTF8.GetBytes(token));
        return id != _table.Unknown || token == IdToToken(id) ? id : null;
    }

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<byte> utf8, IdBuffer output, SpecialTokenHandling special = SpecialTokenHandling.AsText) =>
        EncodeWith(utf8, output, null, special);

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<byte> utf8, IdBuffer output, OffsetBuffer offsets, SpecialTokenHandling special = SpecialTokenHandling.AsText) =>
        EncodeWith(utf8, output, offsets, special);

    internal override bool IsSpecial(int id) => (uint)id < (uint)_file.Pieces.Count && _file.Pieces[id].Type == PieceType.Control;

    internal override TextDecoder CreateDecoder(bool skipSpecialTokens) => new SentenceDecoder(this);

    private void EncodeWith(ReadOnlySpan<byte> utf8, IdBuffer output, OffsetBuffer? offsets, SpecialTokenHandling special)
    {
        if (!_free.TryTake(out SentenceWork? work))
            work = new SentenceWork();
        if (special == SpecialTokenHandling.AsText || _control.IsEmpty)
        {
            EncodeText(utf8, 0, output, offsets, work);
        }
        else
        {
            for (int from = 0; from < utf8.Length;)
            {
                AddedToken? token = _control.Next(utf8, from, special, out int start, out int end);
                EncodeText(utf8[from..start], from, output, offsets, work);
                if (token is not null)
                {
                    output.Add(token.Id);
                    offsets?.Add(start, end);
                }
                from = end;
            }
        }
        work.Trim();
        _free.Add(work);
    }

    private void EncodeText(ReadOnlySpan<byte> text, int origin, IdBuffer output, OffsetBuffer? offsets, SentenceWork work)
    {
        List<int>? places = null;
        if (offsets is not null)
        {
            places = work.Places;
            places.Clear();
        }
        int length = text.IsEmpty ? 0 : _normalizer.Normalize(text, ref work.Normalized, places);
        if (length == 0)
            return;
        ReadOnlySpan<byte> normalized = work.Normalized.AsSpan(0, length);
        if (offsets is null && _model.TryEncode(normalized, output, work))
            return;
        int count = _model.Encode(normalized, work);
        bool afterUnknown = false;
        int at = 0, last = -1;
        for (int i = 0; i < count; i++)
        {
            int id = work.Ids[i], end = at + work.Lengths[i];
            bool unknown = id == _table.Unknown;
            if (unknown && _bytes is not null)
            {
                for (int b = at; b < end; b++)
                {
                    output.Add(_bytes[normalized[b]]);
                    offsets?.Add(origin + places![at], origin + places[b == end - 1 ? end : at]);
                }
            }
            else if (unknown && afterUnknown)
            {
                // Unknown pieces in a row are one.
                offsets?.Widen(last, origin + places![end]);
            }
            else
            {
                output.Add(id);
                last = offsets?.Count ?? 0;
                offsets?.Add(origin + places![at], origin + places[end]);
            }
            afterUnknown = unknown;
            at = end;
        }
    }

    private string FindFingerprint()
    {
        NormalizerSpec rules = _file.Normalizer;
        ulong hash = Hash.Of($"{_file.Model}|{_file.ByteFallback}|{_file.SuffixWhitespace}|{rules.AddDummyPrefix}|{rules.RemoveExtraWhitespaces}|{rules.EscapeWhitespaces}");
        hash = Hash.Of(rules.CharsMap, hash);
        foreach (Piece piece in _file.Pieces)
            hash = Hash.Of(piece.Bytes, hash ^ BitConverter.SingleToUInt32Bits(piece.Score) ^ ((ulong)piece.Type << 32));
        return hash.ToString("x16");
    }
}
