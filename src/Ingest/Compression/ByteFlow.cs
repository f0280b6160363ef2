namespace DataPipeline.Ingest.Compression;

/// <summary>A place in an input where reading broke.</summary>
/// <param name="Reason">snake_case, such as <c>truncated_gzip</c>.</param>
/// <param name="Offset">Byte offset in the file as stored.</param>
/// <param name="Detail">What was found, for people.</param>
internal sealed record Damage(string Reason, long Offset, string Detail);

/// <summary>The decompressed bytes of one input, forward only, in bounded memory. Damage ends the flow until <see cref="Resume"/> goes on at the
/// next member; nothing throws on bad bytes.</summary>
/// <remarks>Linear: bytes pass once, except that after damage at most 64 KiB before the failing byte are searched again for the start of a
/// member.</remarks>
internal sealed class ByteFlow : IDisposable
{
    private const int StoredBufferBytes = 1 << 17;
    private const int RescanBytes = 1 << 16;
    // A few small members may expand far without harm.
    private const long ExpansionSlackBytes = 1 << 20;

    private readonly Stream _stored;
    private readonly double _maxExpansion;
    private readonly CancellationToken _cancel;
    private readonly byte[] _in = new byte[StoredBufferBytes];
    private readonly Queue<(long Position, long Offset)> _members = new();
    private Codec? _codec;
    private int _inStart, _inEnd;
    private long _inOffset;
    private byte[] _out = new byte[1 << 16];
    private int _start, _end;
    private bool _inMember, _ended;
    private long _memberOffset, _memberIn, _memberOut, _currentOffset;

    /// <summary>Reads <paramref name="stored"/>, whatever its compression; gzip, zstd, xz, bzip2 and lz4 are known by their first bytes.</summary>
    /// <param name="stored">The bytes as stored; owned from now on.</param>
    /// <param name="maxExpansion">Decompressed bytes allowed for one stored byte of a member, above a first MiB.</param>
    /// <param name="from">Where to begin in a compressed file that can seek: at the first member behind this offset. What looks like one may be none; that is damage.</param>
    /// <param name="cancel">Ends reading with an <see cref="OperationCanceledException"/>, also in the middle of a record that is passed over.</param>
    public ByteFlow(Stream stored, double maxExpansion, long from = 0, CancellationToken cancel = default)
    {
        _stored = stored;
        _maxExpansion = maxExpansion;
        _cancel = cancel;
        while (_inEnd < Codec.MagicBytes && Refill())
        {
        }
        _codec = Codec.Sniff(_in.AsSpan(0, _inEnd));
        if (_codec is Zstd zstd && ZstdDictionary.Read(_in.AsSpan(0, _inEnd), stored) is { } dictionary)
        {
            zstd.Load(dictionary.Bytes);
            _inStart = (int)Math.Min(_inEnd, dictionary.FrameBytes);
            _inOffset = dictionary.FrameBytes - _inStart;
        }
        if (from > 0 && _codec is not null)
        {
            (_stored.Position, _inOffset, _inStart, _inEnd) = (from, from, 0, 0);
            _ended = !SeekMember(_codec);
        }
    }

    /// <summary>Opens a file.</summary>
    public static ByteFlow Open(string path, double maxExpansion, long from = 0, CancellationToken cancel = default) =>
        new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan), maxExpansion, from, cancel);

    /// <summary>True when a file's first bytes are those of a compression format known here.</summary>
    public static bool IsCompressedFile(string path)
    {
        using ByteFlow flow = Open(path, double.MaxValue);
        return flow.IsCompressed;
    }

    /// <summary>Where and why reading broke; null while all is well.</summary>
    public Damage? Damage { get; private set; }

    /// <summary>True when the input is compressed.</summary>
    public bool IsCompressed => _codec is not null;

    /// <summary>Decompressed bytes passed so far.</summary>
    public long Position { get; private set; }

    /// <summary>Offset in the file as stored of the next byte, or of the member that holds it when compressed.</summary>
    public long Offset
    {
        get
        {
            if (_codec is null)
                return Position;
            while (_members.TryPeek(out var next) && next.Position <= Position)
                _currentOffset = _members.Dequeue().Offset;
            return _currentOffset;
        }
    }

    /// <summary>Bytes at hand, not yet passed.</summary>
    public ReadOnlySpan<byte> Buffered => _out.AsSpan(_start, _end - _start);

    /// <summary>Passes bytes at hand.</summary>
    public void Advance(int count)
    {
        _start += count;
        Position += count;
        if (_start == _end)
            _start = _end = 0;
    }

    /// <summary>Brings at least <paramref name="count"/> bytes to hand; false when the flow ends or breaks before.</summary>
    public bool Ensure(int count)
    {
        while (_end - _start < count)
        {
            if (!Fill())
                return false;
        }
        return true;
    }

    /// <summary>Copies bytes out; 0 at the end or at damage.</summary>
    public int Read(Span<byte> target)
    {
        if (_start == _end && !Fill())
            return 0;
        int count = Math.Min(target.Length, _end - _start);
        Buffered[..count].CopyTo(target);
        Advance(count);
        return count;
    }

    /// <summary>Brings more bytes to hand behind those there; false when the flow ends or breaks.</summary>
    public bool Fill()
    {
        if (_ended || Damage is not null)
            return false;
        _cancel.ThrowIfCancellationRequested();
        MakeRoom();
        return _codec is null ? FillPlain() : FillDecoded(_codec);
    }

    /// <summary>After damage: drops what is at hand and goes on at the next member behind the broken place, if there is one.</summary>
    public void Resume()
    {
        if (Damage is null)
            return;
        long failed = _inOffset + _inStart;
        Position += _end - _start;
        _start = _end = 0;
        Damage = null;
        _inMember = false;
        _members.Clear();
        if (_codec is null || !_stored.CanSeek)
        {
            _ended = true;
            return;
        }
        long from = Math.Max(_memberOffset + 1, failed - RescanBytes);
        _stored.Position = from;
        _inOffset = from;
        _inStart = _inEnd = 0;
        _ended = !SeekMember(_codec);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _codec?.Dispose();
        _codec = null;
        _stored.Dispose();
    }

    private bool FillPlain()
    {
        if (_inStart == _inEnd && !Refill())
        {
            _ended = true;
            return false;
        }
        int count = Math.Min(_inEnd - _inStart, _out.Length - _end);
        _in.AsSpan(_inStart, count).CopyTo(_out.AsSpan(_end));
        _inStart += count;
        _end += count;
        return true;
    }

    private bool FillDecoded(Codec codec)
    {
        while (true)
        {
            if (!_inMember && !BeginMember(codec))
                return false;
            bool more = _inStart < _inEnd || Refill();
            CodecStatus status = codec.Step(_in.AsSpan(_inStart, _inEnd - _inStart), out int consumed, _out.AsSpan(_end), out int written);
            _inStart += consumed;
            _end += written;
            _memberIn += consumed;
            _memberOut += written;
            if (status == CodecStatus.End)
                _inMember = false;
            else if (status == CodecStatus.Corrupt || more && consumed == 0 && written == 0)
                Damage = new Damage($"corrupt_{codec.Name}", _memberOffset,
                    $"the {codec.Name} member at byte {_memberOffset} breaks near byte {_inOffset + _inStart}");
            else if (!more && written == 0)
                Damage = new Damage($"truncated_{codec.Name}", _memberOffset,
                    $"the file ends inside the {codec.Name} member at byte {_memberOffset}");
            if (_memberOut > ExpansionSlackBytes && _memberOut > _memberIn * _maxExpansion)
            {
                Damage = new Damage("decompression_bomb", _memberOffset,
                    $"the {codec.Name} member at byte {_memberOffset} grew more than {_maxExpansion} times ({_memberIn} to over {_memberOut} bytes)");
            }
            if (Damage is not null || written > 0)
                return written > 0;
        }
    }

    /// <summary>Starts the next member; padding of zeros before the end of the file is allowed.</summary>
    private bool BeginMember(Codec codec)
    {
        while (true)
        {
            while (_inEnd - _inStart < Codec.MagicBytes && Refill())
            {
            }
            int padding = _in.AsSpan(_inStart, _inEnd - _inStart).IndexOfAnyExcept((byte)0);
            if (padding < 0)
            {
                _inStart = _inEnd;
                if (Refill())
                    continue;
                _ended = true;
                return false;
            }
            _inStart += padding;
            if (padding == 0 || _inEnd - _inStart >= Codec.MagicBytes)
                break;
        }
        _memberOffset = _inOffset + _inStart;
        _memberIn = _memberOut = 0;
        if (!codec.IsStart(_in.AsSpan(_inStart, _inEnd - _inStart)))
        {
            Damage = new Damage($"corrupt_{codec.Name}", _memberOffset, $"no {codec.Name} member starts at byte {_memberOffset}");
            return false;
        }
        codec.Reset();
        _members.Enqueue((Position + (_end - _start), _memberOffset));
        _inMember = true;
        return true;
    }

    private bool SeekMember(Codec codec)
    {
        while (true)
        {
            while (_inEnd - _inStart < Codec.MagicBytes && Refill())
            {
            }
            if (_inStart == _inEnd)
                return false;
            ReadOnlySpan<byte> bytes = _in.AsSpan(_inStart, _inEnd - _inStart);
            int at = bytes.IndexOf(codec.FirstByte);
            if (at < 0)
            {
                _inStart = _inEnd;
                continue;
            }
            _inStart += at;
            if (bytes.Length - at < Codec.MagicBytes && Refill())
                continue;
            if (codec.IsStart(_in.AsSpan(_inStart, _inEnd - _inStart)))
                return true;
            _inStart++;
        }
    }

    private bool Refill()
    {
        if (_inStart > 0)
        {
            _in.AsSpan(_inStart, _inEnd - _inStart).CopyTo(_in);
            _inOffset += _inStart;
            _inEnd -= _inStart;
            _inStart = 0;
        }
        if (_inEnd == _in.Length)
            return true;
        int read = _stored.Read(_in, _inEnd, _in.Length - _inEnd);
        _inEnd += read;
        return read > 0;
    }

    private void MakeRoom()
    {
        if (_start > 0 && _out.Length - _end < _out.Length / 2)
        {
            Buffered.CopyTo(_out);
            _end -= _start;
            _start = 0;
        }
        if (_end == _out.Length)
            Array.Resize(ref _out, (int)Math.Min(Array.MaxLength, 2L * _out.Length));
    }
}
