namespace DataPipeline.Filters;

/// <summary>A matrix by product quantization (Jégou, Douze and Schmid 2011): each group of columns of a row is the number of one of 256 centroids;
/// the length of each row may be quantized apart.</summary>
internal sealed class QuantizedMatrix
{
    private readonly int _rows, _columns;
    private readonly byte[] _codes;
    private readonly Quantizer _groups;
    private readonly byte[]? _lengthCodes;
    private readonly Quantizer? _lengths;

    public QuantizedMatrix(FastTextReader reader, int columns)
    {
        bool hasLengths = reader.ReadBool();
        _columns = columns;
        _rows = reader.ReadRows(columns);
        _codes = reader.ReadBytes(reader.ReadCount("codes"));
        _groups = new Quantizer(reader, columns);
        // A code of one byte stands for a few numbers; thousands would be a file that wants memory which it does not fill.
        if (_codes.Length != (long)_rows * _groups.Count || !RowMatrix.Fits(_rows, columns) || (long)_rows * columns > 4096L * reader.Length)
            throw reader.Broken($"{_codes.Length} codes for {_rows} rows of {_groups.Count} groups of columns");
        if (!hasLengths)
            return;
        _lengthCodes = reader.ReadBytes(_rows);
        _lengths = new Quantizer(reader, 1);
    }

    /// <summary>Quantizes a matrix.</summary>
    /// <param name="matrix">The matrix, which is left as it is.</param>
    /// <param name="width">Columns of a group.</param>
    /// <param name="withLengths">Quantizes the lengths of the rows apart.</param>
    public QuantizedMatrix(RowMatrix matrix, int width, bool withLengths)
    {
        (_rows, _columns) = (matrix.Rows, matrix.Columns);
        var values = new float[(long)_rows * _columns];
        var lengths = new float[_rows];
        for (int row = 0; row < _rows; row++)
        {
            Span<float> target = values.AsSpan(row * _columns, _columns);
            matrix[row].CopyTo(target);
            double length = 0;
            foreach (float value in target)
                length += value * (double)value;
            lengths[row] = (float)Math.Sqrt(length);
            if (!withLengths || length == 0)
                continue;
            foreach (ref float value in target)
                value /= lengths[row];
        }
        if (withLengths)
        {
            _lengths = new Quantizer(lengths, 1, 1);
            _lengthCodes = _lengths.Encode(lengths);
        }
        _groups = new Quantizer(values, _columns, width);
        _codes = _groups.Encode(values);
    }

    /// <summary>The numbers that the codes stand for, one row.</summary>
    public void Unpack(int row, Span<float> target)
    {
        float length = _lengthCodes is null ? 1 : _lengths!.Centroid(0, _lengthCodes[row])[0];
        for (int group = 0, column = 0; group < _groups.Count; group++)
        {
            foreach (float value in _groups.Centroid(group, _codes[row * _groups.Count + group]))
                target[column++] = length * value;
        }
    }

    public int Rows => _rows;

    public void Write(BinaryWriter writer)
    {
        writer.Write(_lengths is not null);
        writer.Write((long)_rows);
        writer.Write((long)_columns);
        writer.Write(_codes.Length);
        writer.Write(_codes);
        _groups.Write(writer);
        if (_lengths is null)
            return;
        writer.Write(_lengthCodes!);
        _lengths.Write(writer);
    }
}
