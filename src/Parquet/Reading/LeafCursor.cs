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

    public LeafCursor(ColumnChunkReader chunk, DataField field)
    {
        (_chunk, _field) = (chunk, field);
        _batch = ColumnBuffer.Create(field);
        Refill();
    }

    public bool IsAtEnd => _left == 0;

    /// <summary>Repetition level of the next entry; 0 at the end, where a row would start.</summary>
    public int Repetition => _left == 0 || _field.MaxRepetitionLevel == 0 ? 0 : _repetitions.Level;

    public int Definition
    {
        get
        {
            if (_left == 0)
                throw new ParquetException($"column {_field} ends before its row group does");
            return _field.MaxDefinitionLevel == 0 ? 0 : _definitions.Level;
        }
    }

    /// <summary>Takes the next entry: its value, or null where there is none.</summary>
    public object? Take()
    {
        object? value = Definition == _field.MaxDefinitionLevel ? ValueConverter.ToObject(_batch, _value++) : null;
        if (_field.MaxDefinitionLevel > 0)
            _definitions.Advance(1);
        if (_field.MaxRepetitionLevel > 0)
            _repetitions.Advance(1);
        if (--_left == 0)
            Refill();
        return value;
    }

    public void Dispose() => _chunk.Dispose();

    private void Refill()
    {
        _batch.Clear();
        _left = _chunk.Read(_batch, BatchEntries);
        _value = 0;
        _definitions = new LevelCursor(_batch.DefinitionLevels);
        _repetitions = new LevelCursor(_batch.RepetitionLevels);
    }
}
