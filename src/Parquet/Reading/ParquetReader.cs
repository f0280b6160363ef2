using System.Buffers.Binary;
using DataPipeline.Core;

namespace DataPipeline.Parquet;

/// <summary>Reads a Parquet file: the footer at once, column chunks when asked for. Threads may read different row groups or columns at the same time.</summary>
public sealed class ParquetReader : IDisposable
{
    private readonly ByteSource _source;
    private readonly ReadLimits _limits;

    private ParquetReader(ByteSource source, ReadLimits? limits)
    {
        (_source, _limits) = (source, limits ?? new ReadLimits());
        Metadata = ReadFooter();
        RowGroups = [.. Metadata.RowGroups.Select((group, i) => new RowGroupReader(_source, group, i, _limits))];
    }

    /// <summary>What the footer says.</summary>
    public FileMetadata Metadata { get; }

    /// <summary>The fields of the file.</summary>
    public ParquetSchema Schema => Metadata.Schema;

    /// <summary>The row groups in file order.</summary>
    public IReadOnlyList<RowGroupReader> RowGroups { get; }

    /// <summary>Opens a file and reads its footer.</summary>
    /// <exception cref="ParquetException">The file is not Parquet, or its footer is damaged.</exception>
    public static ParquetReader Open(string path, ReadLimits? limits = null) => Open(new FileByteSource(path), limits);

    /// <summary>Reads the footer of a file in a stream that can seek, which is left open; errors call it <paramref name="name"/>.</summary>
    /// <exception cref="ParquetException">The file is not Parquet, or its footer is damaged.</exception>
    public static ParquetReader Open(Stream stream, string name = "stream", ReadLimits? limits = null) => Open(new StreamByteSource(stream, name), limits);

    /// <summary>Reads the footer of a file that can be read by ranges; the source is disposed with the reader.</summary>
    /// <exception cref="ParquetException">The file is not Parquet, or its footer is damaged.</exception>
    public static ParquetReader Open(ByteSource source, ReadLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            return new ParquetReader(source, limits);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Streams rows as named values: null, bool, integers of the column's width, float, double, string, byte[], decimal (or string beyond 28 digits),
    /// DateOnly, TimeOnly, DateTime, Guid; lists as List of values, structs as dictionaries, maps as lists of key-value pairs. Dates and times that these
    /// types cannot hold exactly (nanoseconds between their 100, years beyond 9999 or before 1) are ISO 8601 text with every digit, intervals are ISO 8601
    /// durations, and times that are no time of a day stay numbers.
    /// </summary>
    /// <param name="columns">Fields to read, or null for all; a dotted path (turns.role) reads a part of a group, list or map.</param>
    /// <exception cref="ArgumentException">A column is not in the file.</exception>
    /// <exception cref="ParquetException">The file is damaged.</exception>
    public IEnumerable<IReadOnlyDictionary<string, object?>> ReadRows(IReadOnlyList<string>? columns = null)
    {
        ColumnSelection selection = columns is null ? ColumnSelection.All(Schema) : ColumnSelection.Of(Schema, columns, _source.Name);
        return RowGroups.SelectMany(group => group.ReadRows(selection));
    }

    /// <summary>Streams the rows that lie in every range, as <see cref="ReadRows(IReadOnlyList{string})"/> does; row groups and pages are not read where statistics, Bloom filters (for equal bounds) or the page index leave no such row.</summary>
    /// <param name="where">Ranges, all of which a row has to lie in.</param>
    /// <param name="columns">Fields to read, or null for all; the columns of the ranges need not be among them.</param>
    /// <exception cref="ArgumentException">A column is not in the file, or a range does not suit its column.</exception>
    /// <exception cref="ParquetException">The file is damaged.</exception>
    public IEnumerable<IReadOnlyDictionary<string, object?>> ReadRows(IReadOnlyList<ColumnRange> where, IReadOnlyList<string>? columns = null)
    {
        ArgumentNullException.ThrowIfNull(where);
        DataField[] fields = [.. where.Select(range => range.Find(Schema))];
        ColumnSelection selection = columns is null ? ColumnSelection.All(Schema) : ColumnSelection.Of(Schema, columns, _source.Name);
        string[] hidden = [.. where.Select(range => range.Column).Distinct().Where(name => !selection.Fields.Any(field => field.Name == name))];
        ColumnSelection read = hidden.Length == 0 ? selection : ColumnSelection.Of(Schema, [.. columns!, .. hidden], _source.Name);
        var filter = new RangeFilter(where, fields);
        return RowGroups
            .SelectMany(group => group.ReadRows(read, filter))
            .Where(row => where.All(range => range.Keeps(row[range.Column])))
            .Select(row => Without(row, hidden));
    }

    /// <summary>Works on several row groups at once and gives the results in file order; at most <paramref name="threads"/> groups are in memory besides the one given.</summary>
    /// <param name="work">Reads what it needs of a group; runs on any thread.</param>
    /// <param name="threads">Workers, at least 1.</param>
    public IEnumerable<T> MapRowGroups<T>(Func<RowGroupReader, T> work, int threads) => Flow.Ordered(RowGroups, work, threads, batch: 1);

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private static IReadOnlyDictionary<string, object?> Without(IReadOnlyDictionary<string, object?> row, string[] hidden) =>
        hidden.Length == 0 ? row : row.Where(pair => !hidden.Contains(pair.Key)).ToDictionary(pair => pair.Key, pair => pair.Value);

    private FileMetadata ReadFooter()
    {
        long length = _source.Length;
        if (length < 12)
            throw ParquetException.At(_source.Name, $"the file has {length} bytes, too few for Parquet");

        byte[] tail = new byte[8];
        _source.Read(length - 8, tail);
        if (tail.AsSpan(4).SequenceEqual("PARE"u8))
            throw ParquetException.At(_source.Name, "the file is encrypted, which is not read here");
        if (!tail.AsSpan(4).SequenceEqual("PAR1"u8))
            throw ParquetException.At(_source.Name, "the file does not end in PAR1: it is no Parquet file, or was cut while it was written or copied");

        long footer = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (footer > length - 12 || footer > _limits.MaxFooterBytes)
            throw ParquetException.At(_source.Name, $"the footer claims {footer} bytes in a file of {length} bytes");

        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)footer);
        long offset = length - 8 - footer;
        _source.Read(offset, bytes);
        try
        {
            return FooterReader.Read(bytes, offset);
        }
        catch (Exception fault) when (fault is ParquetException or ThriftEndException or OverflowException or ArgumentException)
        {
            throw ParquetException.At($"{_source.Name}: footer at offset {offset}", fault.Message, fault);
        }
    }
}
