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
        if (version is not (TokenShardHeader.Plain or TokenShardHeader.WithAnswers))
            throw new InputException($"{path}: token shard version {version}, this program reads {TokenShardHeader.Plain} and {TokenShardHeader.WithAnswers}: make the shards again");
        Header = new TokenShardHeader(Value("tokenizer"), (int)Number("vocabulary_size"),
            Value("end_of_document").Length == 0 ? null : (int)Number("end_of_document"), Number("seed"))
        {
            HasAnswers = version == TokenShardHeader.WithAnswers,
        };
        if (reader.Schema.DataFields.Count > FurtherColumns)
            Header = Header with { Columns = [.. reader.Schema.DataFields.Skip(FurtherColumns).Select(field => field.Name)] };
        ParquetSchema schema = TokenShardWriter.Schema(Header);
        if (!schema.DataFields.Select(field => $"{field}").SequenceEqual(reader.Schema.DataFields.Select(field => $"{field}"), StringComparer.Ordinal))
            throw new InputException($"{path}: the columns are not those of a token shard: {string.Join(", ", reader.Schema.DataFields)}");
    }

    /// <summary>What the shard says about itself.</summary>
    public TokenShardHeader Header { get; }

    private int FurtherColumns => TokenShardWriter.FixedColumns + (Header.HasAnswers ? 1 : 0);

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
            TokenSpan[][]? answers = Answers(group, fields);
            ColumnBuffer<int> count = group.Read<int>(fields[3]);
            int start = 0;
            for (int row = 0; row < lengths.Length; row++, rowsBefore++)
            {
                if (lengths[row] != count.Values[row])
                    throw new InputException($"{_path}: row {rowsBefore} ({id.GetString(row)}) has {lengths[row]} tokens but n_tokens {count.Values[row]}: make the shard again");
                yield return new TokenDocument(id.GetString(row), source.GetString(row), tokens.AsMemory(start, lengths[row]),
                    file.GetString(row), record.Values[row], language.GetString(row)) { Columns = Values(further, row), Answers = answers?[row] };
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
            TokenSpan[][]? answers = Answers(group, fields);
            ColumnBuffer<int> count = group.Read<int>(fields[3]);
            ColumnBuffer<long> record = group.Read<long>(fields[5]);
            for (int row = 0; row < count.ValueCount; row++)
            {
                yield return new TokenDocument(id.GetString(row), source.GetString(row), default, file.GetString(row), record.Values[row], language.GetString(row))
                {
                    Columns = Values(further, row),
                    Answers = answers?[row],
                    TokenCount = count.Values[row],
                };
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private BinaryColumnBuffer[] Further(RowGroupReader group, IReadOnlyList<DataField> fields) =>
        [.. fields.Skip(FurtherColumns).Select(group.ReadBinary)];

    /// <summary>Where the answers of each row are, or null in a shard that does not say.</summary>
    private TokenSpan[][]? Answers(RowGroupReader group, IReadOnlyList<DataField> fields)
    {
        if (!Header.HasAnswers)
            return null;
        ColumnBuffer<int> pairs = group.Read<int>(fields[TokenShardWriter.FixedColumns]);
        int[] lengths = pairs.ListLengths();
        var answers = new TokenSpan[lengths.Length][];
        int at = 0;
        for (int row = 0; row < lengths.Length; row++)
        {
            if (lengths[row] % 2 != 0)
                throw new InputException($"{_path}: `answers` holds {lengths[row]} numbers in a row, not pairs of begin and length: make the shard again");
            answers[row] = new TokenSpan[lengths[row] / 2];
            for (int i = 0; i < answers[row].Length; i++, at += 2)
                answers[row][i] = new TokenSpan(pairs.Values[at], pairs.Values[at + 1]);
        }
        return answers;
    }

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
