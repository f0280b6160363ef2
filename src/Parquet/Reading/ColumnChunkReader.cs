using System.Buffers;

namespace DataPipeline.Parquet;

/// <summary>
/// Reads one column chunk page by page, a bounded number of entries at a time; with the chunk's page index it jumps to the page of a row. Every claim
/// of a page header is held against the chunk's bytes and the entries still due before memory is taken.
/// </summary>
internal sealed partial class ColumnChunkReader : IDisposable
{
    private readonly ByteSource _source;
    private readonly ColumnMetadata _chunk;
    private readonly DataField _field;
    private readonly ReadLimits _limits;
    private readonly PageCodec _codec = new();
    private readonly IReadOnlyList<PageLocation>? _pages;
    private readonly int _group;
    private long _next;
    private long _end;
    private int _pageNumber = -1;
    private int _dataPage = -1;
    private long _pageOffset;
    private int _pageLeft;
    private bool _startsRow = true;
    private bool _hasJumped;
    private byte[] _page = [];
    private LevelDecoder? _repetitions;
    private LevelDecoder? _definitions;
    private ValueDecoder? _values;
    private ColumnBuffer? _dictionary;

    /// <summary>Opens a chunk; <paramref name="pages"/> is its page index where rows will be skipped.</summary>
    public ColumnChunkReader(ByteSource source, ColumnMetadata chunk, int group, ReadLimits limits, IReadOnlyList<PageLocation>? pages = null)
    {
        (_source, _chunk, _field, _group, _limits, _pages) = (source, chunk, chunk.Field, group, limits, pages);
        if (chunk.IsEncrypted)
            throw ParquetException.At($"{source.Name}: row group {group}, column {_field}", "the column is encrypted, which is not read here: choose other columns");
        _next = _pageOffset = chunk.StartOffset;
        _end = _next + chunk.CompressedBytes;
        EntriesLeft = chunk.ValueCount;
    }

    /// <summary>Entries of the chunk not read yet; an upper bound once pages were skipped.</summary>
    public long EntriesLeft { get; private set; }

    /// <summary>Whether the next entry is known to start a row: pages that an index lists do.</summary>
    public bool IsRowNext => _pages is not null && _pageLeft == 0;

    private long MaxBytes => Math.Max(_limits.MaxColumnBytes, _chunk.CompressedBytes * 32);

    /// <summary>Appends up to <paramref name="count"/> entries, all from one page, and returns how many; 0 at the end.</summary>
    public int Read(ColumnBuffer into, int count)
    {
        try
        {
            while (_pageLeft == 0)
            {
                if (EntriesLeft == 0 || (_hasJumped && _dataPage + 1 == _pages!.Count))
                    return 0;
                NextPage(into);
            }

            int n = Math.Min(count, _pageLeft);
            int values = n;
            if (_repetitions is not null)
            {
                bool isFirst = into.RepetitionLevels.RunCount == 0;
                _repetitions.Read(into.RepetitionLevels, n, _field.MaxRepetitionLevel);
                if (_startsRow && isFirst && into.RepetitionLevels[0].Level != 0)
                    throw new ParquetException(_hasJumped ? "the page starts within a row" : "the column starts within a row");
                _startsRow = false;
            }

            if (_definitions is not null)
                values = _definitions.Read(into.DefinitionLevels, n, _field.MaxDefinitionLevel);
            if (values > 0)
                _values!.Decode(into, values, MaxBytes);
            if (8L * (into.DefinitionLevels.RunCount + into.RepetitionLevels.RunCount) > MaxBytes)
                throw new ParquetException($"the levels of the column take more than {MaxBytes} bytes in memory: stream its rows or raise {nameof(ReadLimits.MaxColumnBytes)}");

            _pageLeft -= n;
            EntriesLeft -= n;
            if (_pageLeft == 0 && values > 0)
                _values!.CheckEnd();
            return n;
        }
        catch (Exception fault) when (IsDamage(fault))
        {
            throw Placed(fault);
        }
    }

    /// <summary>
    /// Goes to the page that holds a row if that lies behind the page being read, and says which row comes next then; nothing of the pages between is read.
    /// </summary>
    public bool TryJump(long row, ColumnBuffer like, out long firstRow)
    {
        firstRow = 0;
        if (_pages is null)
            return false;

        int target = Math.Max(0, _dataPage);
        while (target + 1 < _pages.Count && _pages[target + 1].FirstRow <= row)
            target++;
        if (target <= _dataPage || (target == 0 && _dataPage < 0))
            return false;

        try
        {
            // The dictionary stands before the first page, and every page may need it.
            if (_pageNumber < 0 && _pages[0].Offset > _next)
                NextPage(like);
        }
        catch (Exception fault) when (IsDamage(fault))
        {
            throw Placed(fault);
        }

        firstRow = _pages[target].FirstRow;
        _pageNumber += target - 1 - _dataPage;
        _dataPage = target - 1;
        _next = _pages[target].Offset;
        _pageLeft = 0;
        (_hasJumped, _startsRow) = (true, true);
        return true;
    }

    public void Dispose()
    {
        _codec.Dispose();
        ArrayPool<byte>.Shared.Return(_page);
        ArrayPool<byte>.Shared.Return(_window);
        (_page, _window, _windowLength, _values) = ([], [], 0, null);
    }

    private static bool IsDamage(Exception fault) =>
        fault is ParquetException { IsPlaced: false } or ThriftEndException or IndexOutOfRangeException or ArgumentException or OverflowException or InvalidDataException;

    private ParquetException Placed(Exception fault) => ParquetException.At(
        $"{_source.Name}: row group {_group}, column {_field}, page {Math.Max(0, _pageNumber)} at offset {_pageOffset}",
        fault is ParquetException ? fault.Message : $"the page is damaged ({fault.Message})",
        fault);
}
