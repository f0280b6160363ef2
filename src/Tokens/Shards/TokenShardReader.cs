using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Parquet;

namespace DataPipeline.Tokens.Shards;

/// <summary>Reads token shards, a row group at a time.</summary>
public sealed class TokenShardReader : IDisposable
{
    private readonly ParquetReader _reader;
    private readonly string _path;

    private TokenShardReader(ParquetReader reader, string path)
    {
        _reader = reader;
        _path = path;
        string version = Value("version");
        if (version != TokenShardHeader.Version)
            throw new InputException($"{path}: token shard version {version}, this program reads {TokenShardHeader.Version}: make the shards again");
        Header = new TokenShardHeader(Value("tokenizer"), (int)Number("vocabulary_size"),
            Value("end_of_document").Length == 0 ? null : (int)Number("end_of_document"), Number("seed"));
        if (reader.Schema.DataFields.Count > TokenShardWriter.FixedColumns)
            Header = Header with { Columns = [.. reader.Schema.DataFields.Skip(TokenShardWriter.FixedColumns).Select(field => field.Name)] };
        ParquetSchema schema = TokenShardWriter.Schema(Header.IsNarrow, Header.Columns);
        if (!schema.DataFields.Select(field => $"{field}").SequenceEqual(reader.Schema.DataFields.Select(field => $"{field}"), StringComparer.Ordinal))
            throw new InputException($"{path}: the columns are not those of a token shard: {string.Join(", ", reader.Schema.DataFields)}");
    }

    /// <summary>What the shard says about itself.</summary>
    public TokenShardHeader Header { get; }

    /// <summary>Documents in the shard.</summary>
    public long RowCount => _reader.Metadata.RowCount;

    /// <summary>Opens a shard.</summary>
    /// <exception cref="InputException">The file is no token shard.</exception>
    public static TokenShardReader Open(string path)
    {
        ParquetReader reader = ParquetReader.Open(path);
        try
        {
            return new TokenShardReader(reader, path);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>The documents in order. A document's tokens are valid as long as it lives.</summary>
    public IEnumerable<TokenDocument> Read()
    {
        IReadOnlyList<DataField> fields = _reader.Schema.DataFields;
        long rowsBefore = 0;
        foreach (RowGroupReader group in _reader.RowGroups)
        {
            BinaryColumnBuffer id = group.ReadBinary(fields[0]), source = group.ReadBinary(fields[1]), file = group.ReadBinary(fields[4]),
                language = group.ReadBinary(fields[6]);
            int[] tokens = Tokens(group, fields[2], out int[] lengths);
            ColumnBuffer<long> record = group.Read<long>(fields[5]);
            BinaryColumnBuffer[] further = Further(group, fields);
            ColumnBuffer<int> count = group.Read<int>(fields[3]);
            int start = 0;
            for (int row = 0; row < lengths.Length; row++, rowsBefore++)
            {
                if (lengths[row] != count.Values[row])
                    throw new InputException($"{_path}: row {rowsBefore} ({id.GetString(row)}) has {lengths[row]} tokens but n_tokens {count.Values[row]}: make the shard again");
                yield return new TokenDocument(id.GetString(row), source.GetString(row), tokens.AsMemory(start, lengths[row]),
                    file.GetString(row), record.Values[row], language.GetString(row)) { Columns = Values(further, row) };
                start += lengths[row];
            }
        }
    }

    /// <summary>The documents in order, with the number of their tokens but without reading these.</summary>
    public IEnumerable<TokenDocument> ReadIndex()
    {
        IReadOnlyList<DataField> fields = _reader.Schema.DataFields;
        foreach (RowGroupReader group in _reader.RowGroups)
        {
            BinaryColumnBuffer id = group.ReadBinary(fields[0]), source = group.ReadBinary(fields[1]), file = group.ReadBinary(fields[4]), language = group.ReadBinary(fields[6]);
            BinaryColumnBuffer[] further = Further(group, fields);
            ColumnBuffer<int> count = group.Read<int>(fields[3]);
            ColumnBuffer<long> record = group.Read<long>(fields[5]);
            for (int row = 0; row < count.ValueCount; row++)
            {
                yield return new TokenDocument(id.GetString(row), source.GetString(row), default, file.GetString(row), record.Values[row], language.GetString(row))
                {
                    Columns = Values(further, row),
                    TokenCount = count.Values[row],
                };
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private static BinaryColumnBuffer[] Further(RowGroupReader group, IReadOnlyList<DataField> fields) =>
        [.. fields.Skip(TokenShardWriter.FixedColumns).Select(group.ReadBinary)];

    private static string[] Values(BinaryColumnBuffer[] columns, int row) => columns.Length == 0 ? [] : [.. columns.Select(column => column.GetString(row))];

    private int[] Tokens(RowGroupReader group, DataField field, out int[] lengths)
    {
        if (!Header.IsNarrow)
        {
            ColumnBuffer<int> wide = group.Read<int>(field);
            lengths = wide.ListLengths();
            return wide.Values.ToArray();
        }
        ColumnBuffer<ushort> narrow = group.Read<ushort>(field);
        lengths = narrow.ListLengths();
        int[] tokens = new int[narrow.ValueCount];
        for (int i = 0; i < tokens.Length; i++)
            tokens[i] = narrow.Values[i];
        return tokens;
    }

    private string Value(string key) => _reader.Metadata.KeyValues.FirstOrDefault(pair => pair.Key == "datapipeline." + key).Value
        ?? throw new InputException($"{_path}: no datapipeline.{key} in its metadata: this is no token shard");

    private ulong Number(string key) => ulong.TryParse(Value(key), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
        ? number : throw new InputException($"{_path}: datapipeline.{key} is '{Value(key)}', not a number: make the shard again");
}
