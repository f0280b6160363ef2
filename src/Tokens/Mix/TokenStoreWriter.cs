using System.Buffers.Binary;
using System.Runtime.InteropServices;
using DataPipeline.Tokens.Shards;
using Microsoft.Win32.SafeHandles;

namespace DataPipeline.Tokens.Mix;

/// <summary>What a source holds.</summary>
/// <param name="Documents">Documents.</param>
/// <param name="Tokens">Their tokens without ends.</param>
/// <param name="Learned">How many of these are trained on.</param>
/// <param name="LearnedEnds">Documents whose end is trained on.</param>
internal readonly record struct StoreSize(long Documents, long Tokens, long Learned, long LearnedEnds);

/// <summary>Writes a <see cref="TokenStoreFile"/> from documents in any order of sources, whose numbers of documents and tokens are known.</summary>
/// <remarks>Every source is written at its own place through a buffer of its own; 64 MB are shared out among them.</remarks>
internal sealed class TokenStoreWriter : IDisposable
{
    private const long BufferBytes = 64 << 20;

    private readonly SafeFileHandle _tokens, _index;
    private readonly SafeFileHandle? _loss;
    private readonly Region[] _ids, _offsets;
    private readonly BitRegion[] _learned;
    private readonly long[] _written;
    private readonly int _width;
    private readonly int? _end;
    private byte[] _bytes = [];

    /// <summary>Starts the files.</summary>
    /// <param name="path">Path without the endings.</param>
    /// <param name="narrow">True for 16-bit ids.</param>
    /// <param name="endOfDocument">The token put behind each document, or null.</param>
    /// <param name="sizes">What will be added to each source.</param>
    public TokenStoreWriter(string path, bool narrow, int? endOfDocument, IReadOnlyList<StoreSize> sizes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _width = narrow ? 2 : 4;
        _end = endOfDocument;
        long[] documents = [.. sizes.Select(size => size.Documents)], tokens = [.. sizes.Select(size => size.Tokens + (endOfDocument is null ? 0 : size.Documents))];
        _tokens = File.OpenHandle(path + ".tokens", FileMode.Create, FileAccess.Write);
        _index = File.OpenHandle(path + ".index", FileMode.Create, FileAccess.Write);
        long[] head = [unchecked((long)TokenStoreFile.Magic), _width, sizes.Count, documents.Sum(), tokens.Sum(), endOfDocument ?? -1];
        long[] firsts = Sums(documents);
        long at = RandomWrite(_index, 0, [.. head, .. firsts, 0]);
        int buffer = (int)Math.Clamp(BufferBytes / (2L * Math.Max(1, sizes.Count)), 256, 1 << 18);
        _written = Sums(tokens);
        _ids = [.. sizes.Select((_, source) => new Region(_tokens, _written[source] * _width, buffer))];
        // Each document's end is the next one's beginning; the first offset is zero, written with the head.
        _offsets = [.. sizes.Select((_, source) => new Region(_index, at + firsts[source] * 8, buffer))];
        long[] learned = [.. sizes.Select(size => size.Learned + (endOfDocument is null ? 0 : size.LearnedEnds))];
        _learned = [];
        // Where all tokens are trained on, as in most mixes, no file says so.
        if (!learned.SequenceEqual(tokens))
        {
            _loss = File.OpenHandle(path + ".loss", FileMode.Create, FileAccess.Write);
            at = RandomWrite(_loss, 0, [unchecked((long)TokenStoreFile.LossMagic), .. learned]);
            long[] bytes = Sums([.. tokens.Select(count => (count + 7) / 8)]);
            _learned = [.. sizes.Select((_, source) => new BitRegion(new Region(_loss, at + bytes[source], buffer)))];
        }
    }

    /// <summary>Adds a document to a source.</summary>
    /// <param name="source">Which.</param>
    /// <param name="tokens">What is kept of it, without its end.</param>
    /// <param name="lesson">What of these is trained on.</param>
    public void Add(int source, ReadOnlySpan<int> tokens, Lesson lesson)
    {
        if (_loss is not null)
            AddLearned(_learned[source], lesson);
        int count = tokens.Length + (_end is null ? 0 : 1);
        if (_bytes.Length < count * _width)
            _bytes = new byte[count * _width * 2];
        if (_width == 2)
        {
            Span<ushort> narrow = MemoryMarshal.Cast<byte, ushort>(_bytes.AsSpan(0, count * 2));
            for (int i = 0; i < tokens.Length; i++)
                narrow[i] = (ushort)tokens[i];
            if (_end is { } end)
                narrow[^1] = (ushort)end;
        }
        else
        {
            Span<int> wide = MemoryMarshal.Cast<byte, int>(_bytes.AsSpan(0, count * 4));
            tokens.CopyTo(wide);
            if (_end is { } end)
                wide[^1] = end;
        }
        _ids[source].Write(_bytes.AsSpan(0, count * _width));
        Span<byte> offset = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(offset, _written[source] += count);
        _offsets[source].Write(offset);
    }

    /// <summary>Writes what is left; the files are whole afterwards.</summary>
    public void Finish()
    {
        foreach (BitRegion bits in _learned)
            bits.Flush();
        foreach (Region region in _ids.Concat(_offsets))
            region.Flush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tokens.Dispose();
        _index.Dispose();
        _loss?.Dispose();
    }

    private void AddLearned(BitRegion bits, Lesson lesson)
    {
        int at = 0;
        foreach (TokenSpan span in lesson.Learned)
        {
            bits.Write(false, span.Begin - at);
            bits.Write(true, span.Length);
            at = span.End;
        }
        bits.Write(false, lesson.Length - at);
        bits.Write(lesson.LearnsEnd, _end is null ? 0 : 1);
    }

    private static long[] Sums(long[] numbers)
    {
        long[] sums = new long[numbers.Length + 1];
        for (int i = 0; i < numbers.Length; i++)
            sums[i + 1] = sums[i] + numbers[i];
        return sums;
    }

    private static long RandomWrite(SafeFileHandle file, long at, ReadOnlySpan<long> numbers)
    {
        byte[] bytes = new byte[numbers.Length * 8];
        for (int i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * 8), numbers[i]);
        RandomAccess.Write(file, bytes, at);
        return at + bytes.Length;
    }

    /// <summary>A stretch of a file written bit by bit, the lowest bit of a byte first.</summary>
    private sealed class BitRegion(Region region)
    {
        private byte _byte;
        private int _bits;

        public void Write(bool bit, int count)
        {
            for (int i = 0; i < count; i++)
            {
                if (bit)
                    _byte |= (byte)(1 << _bits);
                if (++_bits == 8)
                    WriteByte();
            }
        }

        public void Flush()
        {
            if (_bits > 0)
                WriteByte();
            region.Flush();
        }

        private void WriteByte()
        {
            region.Write([_byte]);
            (_byte, _bits) = (0, 0);
        }
    }

    /// <summary>A stretch of a file, written from its beginning on.</summary>
    private sealed class Region(SafeFileHandle file, long at, int size)
    {
        private byte[] _buffer = [];
        private int _held;
        private long _at = at;

        public void Write(ReadOnlySpan<byte> bytes)
        {
            if (_held + bytes.Length > size)
                Flush();
            if (bytes.Length > size)
            {
                RandomAccess.Write(file, bytes, _at);
                _at += bytes.Length;
                return;
            }
            if (_buffer.Length < _held + bytes.Length)
                Array.Resize(ref _buffer, Math.Min(size, Math.Max(64, 2 * (_held + bytes.Length))));
            bytes.CopyTo(_buffer.AsSpan(_held));
            _held += bytes.Length;
        }

        public void Flush()
        {
            RandomAccess.Write(file, _buffer.AsSpan(0, _held), _at);
            _at += _held;
            _held = 0;
        }
    }
}
