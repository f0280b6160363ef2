namespace DataPipeline.Parquet;

/// <summary>The next entry of one leaf column while rows are put together; decodes a batch when the one before is used up.</summary>
internal sealed class LeafCursor : IDisposable
{
    private const int BatchEntries = 4096;
    private readonly ColumnChunkReader _chunk;
    private readonly ColumnBuffer _batch;
    private readonly DataField _field;
    private LevelCursor _definitions;
    private LevelCursor _repetitions;
    private long _left;
    private int _value;

    /// <summary>Starts at a row of the chunk: that of the first page, or a later one where the page index tells how to get there.</summary>
    public LeafCursor(ColumnChunkReader chunk, DataField field, long firstRow)
    {
        (_chunk, _field) = (chunk, field);
        _batch = ColumnBuffer.Create(field);
        SkipTo(0, firstRow);
    }

    public bool IsAtEnd => _left == 0 && !Refill();

    /// <summary>Repetition level of the next entry; 0 at the end, where a row would start.</summary>
    public int Repetition
    {
        get
        {
            // The next page is not touched before it is known to be needed.
            if (_field.MaxRepetitionLevel == 0 || (_left == 0 && (_chunk.IsRowNext || !Refill())))
                return 0;
            return _repetitions.Level;
        }
    }

    public int Definition
    {
        get
        {
            if (_left == 0 && !Refill())
                throw new ParquetException($"column {_field} ends before its row group does");
            return _field.MaxDefinitionLevel == 0 ? 0 : _definitions.Level;
        }
    }

    /// <summary>Takes the next entry: its value, or null where there is none.</summary>
    public object? Take()
    {
        object? value = Definition == _field.MaxDefinitionLevel ? ValueConverter.ToObject(_batch, _value) : null;
        Skip();
        return value;
    }

    /// <summary>Passes over the next entry.</summary>
    public void Skip()
    {
        if (Definition == _field.MaxDefinitionLevel)
            _value++;
        if (_field.MaxDefinitionLevel > 0)
            _definitions.Advance(1);
        if (_field.MaxRepetitionLevel > 0)
            _repetitions.Advance(1);
        _left--;
    }

    /// <summary>Goes on from the start of a row to that of a later one, past whole pages where the page index allows.</summary>
    public void SkipTo(long from, long row)
    {
        if (_chunk.TryJump(row, _batch, out long first))
            (from, _left) = (first, 0);
        for (; from < row; from++)
        {
            do
                Skip();
            while (Repetition > 0);
        }
    }

    public void Dispose() => _chunk.Dispose();

    private bool Refill()
    {
        _batch.Clear();
        _left = _chunk.Read(_batch, BatchEntries);
        _value = 0;
        _definitions = new LevelCursor(_batch.DefinitionLevels);
        _repetitions = new LevelCursor(_batch.RepetitionLevels);
        return _left > 0;
    }
}
