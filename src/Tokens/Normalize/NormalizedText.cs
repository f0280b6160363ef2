using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens.Normalize;

/// <summary>A text while it is normalized: well-formed UTF-8 and, where offsets are asked for, the bytes of the original that each byte stands for.</summary>
/// <remarks>A step reads the text and writes it anew into a second buffer: <see cref="Keep"/> copies, <c>Replace</c> writes in place of a character,
/// <see cref="Insert"/> writes behind the one before, <see cref="Commit"/> makes the second buffer the text. Both buffers are kept from text to text.</remarks>
internal sealed class NormalizedText
{
    private byte[] _bytes = new byte[1024];
    private byte[] _other = new byte[1024];
    private TokenOffset[] _places = [];
    private TokenOffset[] _otherPlaces = [];
    private int _written;

    /// <summary>Bytes in the text.</summary>
    public int Length { get; private set; }

    /// <summary>True when <see cref="PlaceOf"/> may be asked.</summary>
    public bool Tracked { get; private set; }

    /// <summary>Where the original begins in what the caller encodes.</summary>
    public int Origin { get; private set; }

    /// <summary>The text.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>Starts with a text that stands at <paramref name="origin"/>.</summary>
    public void Load(ReadOnlySpan<byte> text, int origin, bool tracked)
    {
        Tracked = tracked;
        Origin = origin;
        Length = text.Length;
        _written = 0;
        Grow(ref _bytes, ref _places, text.Length);
        text.CopyTo(_bytes);
        if (!tracked)
            return;
        for (int at = 0; at < text.Length;)
        {
            int length = Utf8Point.LengthOf(text[at]);
            for (int i = 0; i < length; i++)
                _places[at + i] = new TokenOffset(origin + at, origin + at + length);
            at += length;
        }
    }

    /// <summary>Starts with a part of another text, which stands for the same bytes of the original.</summary>
    public void LoadPart(NormalizedText whole, int start, int end)
    {
        Tracked = whole.Tracked;
        // Without places the text is the original, byte by byte.
        Origin = Tracked && end > start ? whole._places[start].Start : whole.Origin + start;
        Length = end - start;
        _written = 0;
        Grow(ref _bytes, ref _places, Length);
        whole._bytes.AsSpan(start, Length).CopyTo(_bytes);
        if (Tracked)
            Array.Copy(whole._places, start, _places, 0, Length);
    }

    /// <summary>The bytes of the original that a byte of the text stands for.</summary>
    public TokenOffset PlaceOf(int at) => _places[at];

    /// <summary>Copies bytes as they are.</summary>
    public void Keep(int from, int to)
    {
        int length = to - from;
        Grow(ref _other, ref _otherPlaces, _written + length);
        Buffer.BlockCopy(_bytes, from, _other, _written, length);
        if (Tracked)
            Array.Copy(_places, from, _otherPlaces, _written, length);
        _written += length;
    }

    /// <summary>Writes bytes in place of the character at <paramref name="source"/>.</summary>
    public void Replace(ReadOnlySpan<byte> bytes, int source) => Write(bytes, Tracked ? _places[source] : default);

    /// <summary>Writes bytes that belong to the character before <paramref name="source"/>, or to nothing at the start.</summary>
    public void Insert(ReadOnlySpan<byte> bytes, int source) =>
        Write(bytes, !Tracked ? default : source > 0 ? _places[source - 1] : new TokenOffset(Origin, Origin));

    /// <summary>Writes a code point in place of the character at <paramref name="source"/>.</summary>
    public void Replace(int point, int source)
    {
        Span<byte> bytes = stackalloc byte[4];
        Replace(bytes[..new System.Text.Rune(point).EncodeToUtf8(bytes)], source);
    }

    /// <summary>Writes for each byte what <paramref name="table"/> has in its place, or nothing where that is <paramref name="gone"/>; only for a text that is not tracked.</summary>
    public void Map(int from, int to, byte[] table, byte gone)
    {
        Grow(ref _other, ref _otherPlaces, _written + to - from);
        ReadOnlySpan<byte> bytes = _bytes.AsSpan(from, to - from);
        Span<byte> output = _other.AsSpan(_written, bytes.Length);
        int count = 0;
        foreach (byte value in bytes)
        {
            byte mapped = table[value];
            output[count] = mapped;
            count += mapped != gone ? 1 : 0;
        }
        _written += count;
    }

    /// <summary>Writes the text with other bytes in place of one value; only for a text that is not tracked.</summary>
    public void Substitute(byte value, ReadOnlySpan<byte> content)
    {
        ReadOnlySpan<byte> bytes = Bytes;
        Grow(ref _other, ref _otherPlaces, checked(bytes.Length + bytes.Count(value) * content.Length));
        Span<byte> output = _other;
        int written = 0;
        foreach (byte found in bytes)
        {
            if (found != value)
            {
                output[written++] = found;
                continue;
            }
            content.CopyTo(output[written..]);
            written += content.Length;
        }
        _written = written;
    }

    /// <summary>Lets go of what one very long text needed.</summary>
    public void Trim()
    {
        if (_bytes.Length > 1 << 20)
            (_bytes, _other, _places, _otherPlaces, Length) = (new byte[1024], new byte[1024], [], [], 0);
    }

    /// <summary>Bytes written since the last <see cref="Commit"/>.</summary>
    public int Written => _written;

    /// <summary>What was written is the text.</summary>
    public void Commit()
    {
        (_bytes, _other) = (_other, _bytes);
        (_places, _otherPlaces) = (_otherPlaces, _places);
        Length = _written;
        _written = 0;
    }

    private void Write(ReadOnlySpan<byte> bytes, TokenOffset place)
    {
        Grow(ref _other, ref _otherPlaces, _written + bytes.Length);
        bytes.CopyTo(_other.AsSpan(_written));
        if (Tracked)
            _otherPlaces.AsSpan(_written, bytes.Length).Fill(place);
        _written += bytes.Length;
    }

    private void Grow(ref byte[] bytes, ref TokenOffset[] places, int needed)
    {
        if (bytes.Length < needed)
            Array.Resize(ref bytes, (int)Math.Min(Array.MaxLength, Math.Max(needed, bytes.Length * 2L)));
        if (Tracked && places.Length < bytes.Length)
            Array.Resize(ref places, bytes.Length);
    }
}
