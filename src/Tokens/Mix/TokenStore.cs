using System.IO.MemoryMappedFiles;
using System.Numerics;
using System.Runtime.InteropServices;
using DataPipeline.Core;

namespace DataPipeline.Tokens.Mix;

/// <summary>The documents of a source as one flat array of ids in a memory-mapped file, each document with its end token, and where each begins.</summary>
/// <remarks>Made once from the token shards, beside them: a sample is then a copy of a few kilobytes from the page cache, where Parquet would unpack a page. Files: NAME.tokens
/// (16 or 32-bit little-endian ids) and NAME.index ("DPTOKENS", width, documents, tokens, then documents + 1 offsets in tokens, all 64-bit).</remarks>
public sealed unsafe class TokenStore : IDisposable
{
    internal const ulong Magic = 0x534E454B4F545044;
    internal const int HeaderNumbers = 4;

    private readonly MappedFile _tokens;
    private readonly MappedFile _index;
    private readonly int _width;

    private TokenStore(string path)
    {
        Path = path;
        _index = new MappedFile(path + ".index");
        _tokens = new MappedFile(path + ".tokens");
        ulong* header = (ulong*)_index.Start;
        if (_index.Length < HeaderNumbers * 8 || header[0] != Magic)
            throw new InputException($"{path}.index: no index of a token store: make it again from the shards");
        _width = (int)header[1];
        DocumentCount = (long)header[2];
        TokenCount = (long)header[3];
        if (_width is not (2 or 4) || _index.Length != (HeaderNumbers + DocumentCount + 1) * 8 || _tokens.Length != TokenCount * _width)
            throw new InputException($"{path}: index and tokens do not belong together (one was cut short): make the token store again from the shards");
    }

    /// <summary>Path without the endings.</summary>
    public string Path { get; }

    /// <summary>Documents.</summary>
    public long DocumentCount { get; }

    /// <summary>Tokens, ends of documents counted.</summary>
    public long TokenCount { get; }

    /// <summary>Opens a store.</summary>
    /// <param name="path">Path without the endings.</param>
    /// <exception cref="InputException">The files are damaged.</exception>
    public static TokenStore Open(string path) => new(path);

    /// <summary>Where a document begins, in tokens; for the number of documents, the end.</summary>
    public long OffsetOf(long document) => ((long*)_index.Start)[HeaderNumbers + document];

    /// <summary>Copies ids from a place on.</summary>
    public void CopyTo(long from, Span<int> target)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from + target.Length, TokenCount);
        if (_width == 4)
        {
            new ReadOnlySpan<int>((int*)_tokens.Start + from, target.Length).CopyTo(target);
            return;
        }
        ushort* source = (ushort*)_tokens.Start + from;
        Widen(new ReadOnlySpan<ushort>(source, target.Length), target);
    }

    /// <summary>16-bit ids as 32-bit ones: most of the time of reading a sample went into doing it one by one.</summary>
    internal static void Widen(ReadOnlySpan<ushort> source, Span<int> target)
    {
        int i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out Vector<uint> low, out Vector<uint> high);
            low.As<uint, int>().CopyTo(target[i..]);
            high.As<uint, int>().CopyTo(target[(i + Vector<uint>.Count)..]);
        }
        for (; i < source.Length; i++)
            target[i] = source[i];
    }

    /// <summary>How many windows of <paramref name="length"/> inputs and their targets the store holds, in its own order: for validation.</summary>
    public long WindowCount(int length) => Math.Max(0, (TokenCount - 1) / length);

    /// <summary>Window number <paramref name="window"/>: length + 1 ids, the last of which is only a target.</summary>
    public void ReadWindow(long window, Span<int> target) => CopyTo(window * (target.Length - 1), target);

    /// <inheritdoc/>
    public void Dispose()
    {
        _tokens.Dispose();
        _index.Dispose();
    }

    /// <summary>A whole file mapped for reading.</summary>
    private sealed class MappedFile : IDisposable
    {
        private readonly MemoryMappedFile? _file;
        private readonly MemoryMappedViewAccessor? _view;

        public MappedFile(string path)
        {
            if (!File.Exists(path))
                throw new InputException($"{path}: the file is missing: make the token store again from the shards");
            Length = new FileInfo(path).Length;
            if (Length == 0)
                return;
            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* start = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            Start = start + _view.PointerOffset;
        }

        public byte* Start { get; }

        public long Length { get; }

        public void Dispose()
        {
            _view?.SafeMemoryMappedViewHandle.ReleasePointer();
            _view?.Dispose();
            _file?.Dispose();
        }
    }
}

/// <summary>Writes a <see cref="TokenStore"/> document by document.</summary>
internal sealed class TokenStoreWriter : IDisposable
{
    private readonly FileStream _tokens;
    private readonly FileStream _index;
    private readonly int _width;
    private readonly int? _end;
    private byte[] _bytes = [];
    private long _documents;
    private long _count;

    public TokenStoreWriter(string path, bool narrow, int? endOfDocument)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        _tokens = new FileStream(path + ".tokens", FileMode.Create, FileAccess.Write, FileShare.None, 1 << 18);
        _index = new FileStream(path + ".index", FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        _width = narrow ? 2 : 4;
        _end = endOfDocument;
        WriteHeader();
        WriteNumber(0);
    }

    public void Add(ReadOnlySpan<int> tokens)
    {
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
        _tokens.Write(_bytes, 0, count * _width);
        _documents++;
        WriteNumber((ulong)(_count += count));
    }

    public void Finish()
    {
        _index.Position = 0;
        WriteHeader();
        _index.Flush();
        _tokens.Flush();
    }

    public void Dispose()
    {
        _tokens.Dispose();
        _index.Dispose();
    }

    private void WriteHeader()
    {
        WriteNumber(TokenStore.Magic);
        WriteNumber((ulong)_width);
        WriteNumber((ulong)_documents);
        WriteNumber((ulong)_count);
    }

    private void WriteNumber(ulong number) => _index.Write(BitConverter.GetBytes(number));
}
