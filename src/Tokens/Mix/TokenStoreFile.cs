using System.IO.MemoryMappedFiles;
using DataPipeline.Core;

namespace DataPipeline.Tokens.Mix;

/// <summary>The <see cref="TokenStore"/>s of all sources in one pair of memory-mapped files, one source behind the other.</summary>
/// <remarks>Made once from the token shards, beside them: a sample is then a copy of a few kilobytes from the page cache, where Parquet would unpack a page. One pair, because
/// a pair for each of 100,000 slices would need more maps than a kernel gives. Files: NAME.tokens (16 or 32-bit little-endian ids) and NAME.index, 64-bit numbers: "DPTOKEN2",
/// width, sources, documents, tokens, end token or -1; sources + 1 numbers of first documents; documents + 1 offsets in tokens. Where some tokens are not trained on there is
/// NAME.loss: "DPLOSS_1", the number of tokens trained on of each source, then a bit for each token, 1 where it is trained on, each source from a new byte on.</remarks>
public sealed unsafe class TokenStoreFile : IDisposable
{
    internal const ulong Magic = 0x324E454B4F545044;
    internal const ulong LossMagic = 0x315F53534F4C5044;
    internal const int HeaderNumbers = 6;

    private readonly MappedFile _tokens;
    private readonly MappedFile _index;
    private readonly MappedFile? _loss;

    private TokenStoreFile(string path)
    {
        _index = new MappedFile(path + ".index");
        _tokens = new MappedFile(path + ".tokens");
        long* header = (long*)_index.Start;
        if (_index.Length < HeaderNumbers * 8 || *(ulong*)header != Magic)
            throw new InputException($"{path}.index: no index of a token store of this version: make it again from the shards (delete the step's folder)");
        Width = (int)header[1];
        (long sources, long documents, long tokens) = (header[2], header[3], header[4]);
        EndOfDocument = header[5] < 0 ? null : (int)header[5];
        if (Width is not (2 or 4) || sources < 0 || documents < 0 || _index.Length / 8 != HeaderNumbers + sources + 1 + documents + 1 || _tokens.Length != tokens * Width)
            throw new InputException($"{path}: index and tokens do not belong together (one was cut short): make the token store again from the shards");
        long* firsts = header + HeaderNumbers, offsets = firsts + sources + 1;
        if (firsts[0] != 0 || firsts[sources] != documents || offsets[0] != 0 || offsets[documents] != tokens)
            throw new InputException($"{path}.index: its numbers do not add up: make the token store again from the shards");
        var stores = new TokenStore[sources];
        for (long source = 0; source < sources; source++)
            stores[source] = new TokenStore(this, offsets + firsts[source], firsts[source + 1] - firsts[source]);
        Stores = stores;
        if (!File.Exists(path + ".loss"))
            return;
        _loss = new MappedFile(path + ".loss");
        long* lossHeader = (long*)_loss.Start;
        if (_loss.Length != 8 * (1 + sources) + stores.Sum(store => (store.TokenCount + 7) / 8) || *(ulong*)lossHeader != LossMagic)
            throw new InputException($"{path}.loss: it does not belong to the tokens beside it (one was cut short): make the token store again from the shards");
        byte* bits = _loss.Start + 8 * (1 + sources);
        for (long source = 0; source < sources; source++)
        {
            stores[source].SetLearned(bits, lossHeader[1 + source]);
            bits += (stores[source].TokenCount + 7) / 8;
        }
    }

    /// <summary>A store for each source, in their order.</summary>
    public IReadOnlyList<TokenStore> Stores { get; }

    internal int Width { get; }

    internal int? EndOfDocument { get; }

    internal byte* Tokens => _tokens.Start;

    /// <summary>Opens a pair of files.</summary>
    /// <param name="path">Path without the endings.</param>
    /// <exception cref="InputException">The files are damaged.</exception>
    public static TokenStoreFile Open(string path) => new(path);

    /// <inheritdoc/>
    public void Dispose()
    {
        _tokens.Dispose();
        _index.Dispose();
        _loss?.Dispose();
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

        public byte* Start { get; private set; }

        public long Length { get; }

        public void Dispose()
        {
            if (Start is null)
                return;
            Start = null;
            _view!.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file!.Dispose();
        }
    }
}
