using DataPipeline.Parquet;

namespace DataPipeline.Tokens.Shards;

/// <summary>Writes a token shard: Parquet, zstd, a row group each <see cref="RowGroupTokens"/> tokens. The same documents give the same bytes.</summary>
public sealed class TokenShardWriter : IDisposable
{
    /// <summary>Tokens after which a row group ends; bounds memory to about 16 MB.</summary>
    public const int RowGroupTokens = 1 << 22;

    /// <summary>Rows after which a row group ends.</summary>
    public const int RowGroupRows = 1 << 16;

    /// <summary>Columns that every shard has; one that says where answers are has another behind them.</summary>
    internal const int FixedColumns = 7;

    private const string AnswersColumn = "answers";

    // Indices of token ids by frequency are smaller at zstd level 2 than ids were at 3, and take two thirds of its time (docs/decisions.md).
    private const int CompressionLevel = 2;

    private readonly ParquetWriter _writer;
    private readonly TokenShardHeader _header;
    private readonly BinaryColumnBuffer _id, _source, _file, _language;
    private readonly ColumnBuffer<ushort>? _narrow;
    private readonly ColumnBuffer<int>? _wide;
    private readonly ColumnBuffer<int> _count;
    private readonly ColumnBuffer<long> _record;
    private readonly ColumnBuffer<int>? _answers;
    private readonly ColumnBuffer[] _columns;
    private readonly BinaryColumnBuffer[] _further;
    private ushort[] _narrowed = [];
    private long _groupTokens;

    private TokenShardWriter(ParquetWriter writer, TokenShardHeader header)
    {
        _writer = writer;
        _header = header;
        _columns = writer.CreateBuffers();
        _id = (BinaryColumnBuffer)_columns[0];
        _source = (BinaryColumnBuffer)_columns[1];
        _narrow = _columns[2] as ColumnBuffer<ushort>;
        _wide = _columns[2] as ColumnBuffer<int>;
        _count = (ColumnBuffer<int>)_columns[3];
        _file = (BinaryColumnBuffer)_columns[4];
        _record = (ColumnBuffer<long>)_columns[5];
        _language = (BinaryColumnBuffer)_columns[6];
        _answers = header.HasAnswers ? (ColumnBuffer<int>)_columns[FixedColumns] : null;
        _further = [.. _columns.Skip(FixedColumns).OfType<BinaryColumnBuffer>()];
    }

    /// <summary>Tokens written.</summary>
    public long TokenCount { get; private set; }

    /// <summary>Documents written.</summary>
    public long RowCount { get; private set; }

    /// <summary>Bytes written to the file so far: whole row groups.</summary>
    public long ByteCount => _writer.ByteCount;

    /// <summary>Starts a shard.</summary>
    public static TokenShardWriter Create(string path, TokenShardHeader header)
    {
        KeyValuePair<string, string>[] pairs =
        [
            new("datapipeline.version", header.Version),
            new("datapipeline.tokenizer", header.Fingerprint),
            new("datapipeline.vocabulary_size", $"{header.VocabularySize}"),
            new("datapipeline.end_of_document", $"{header.EndOfDocumentId}"),
            new("datapipeline.seed", $"{header.Seed}"),
        ];
        return new TokenShardWriter(ParquetWriter.Create(path, Schema(header), new ParquetOptions { CompressionLevel = CompressionLevel, KeyValues = pairs }), header);
    }

    /// <summary>The columns of a shard.</summary>
    public static ParquetSchema Schema(TokenShardHeader header) => new(
    [
        new DataField<string>("id", isNullable: false),
        new DataField<string>("source", isNullable: false),
        new ListField("tokens", header.IsNarrow ? new DataField<ushort>("element") : new DataField<int>("element")),
        new DataField<int>("n_tokens"),
        new DataField<string>("file", isNullable: false),
        new DataField<long>("record"),
        new DataField<string>("language", isNullable: false),
        .. header.HasAnswers ? [new ListField(AnswersColumn, new DataField<int>("element"))] : Array.Empty<Field>(),
        .. header.Columns.Select(name => new DataField<string>(name, isNullable: false)),
    ]);

    /// <summary>True for the name of a column that every shard has.</summary>
    internal static bool IsFixed(string name) => name is "id" or "source" or "tokens" or "n_tokens" or "file" or "record" or "language" or AnswersColumn;

    /// <summary>Adds a document.</summary>
    /// <exception cref="ArgumentException">An id is not in the vocabulary.</exception>
    public void Add(TokenDocument document)
    {
        ReadOnlySpan<int> tokens = document.Tokens.Span;
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)_header.VocabularySize)
                throw new ArgumentException($"{document.Id}: token {token} is outside the vocabulary of {_header.VocabularySize}", nameof(document));
        }
        if (RowCount > 0 && (_groupTokens + tokens.Length > RowGroupTokens || _id.ValueCount == RowGroupRows))
            WriteRowGroup();
        _id.Add(document.Id);
        _source.Add(document.Source);
        if (_narrow is null)
        {
            _wide!.AddList(tokens);
        }
        else
        {
            if (_narrowed.Length < tokens.Length)
                _narrowed = new ushort[tokens.Length * 2];
            for (int i = 0; i < tokens.Length; i++)
                _narrowed[i] = (ushort)tokens[i];
            _narrow.AddList(_narrowed.AsSpan(0, tokens.Length));
        }
        _count.Add(tokens.Length);
        _file.Add(document.File);
        _record.Add(document.Record);
        _language.Add(document.Language);
        _answers?.AddList([.. (document.Answers ?? Whole(tokens.Length)).SelectMany(answer => (int[])[answer.Begin, answer.Length])]);
        for (int i = 0; i < _further.Length; i++)
            _further[i].Add(i < document.Columns.Count ? document.Columns[i] : "");
        _groupTokens += tokens.Length;
        TokenCount += tokens.Length;
        RowCount++;
    }

    /// <summary>Writes what is left and the footer; the shard is whole afterwards.</summary>
    public void Finish()
    {
        WriteRowGroup();
        _writer.Finish();
    }

    /// <summary>Closes the file; without <see cref="Finish"/> it is no shard.</summary>
    public void Dispose() => _writer.Dispose();

    private static TokenSpan[] Whole(int length) => length == 0 ? [] : [new TokenSpan(0, length)];

    private void WriteRowGroup()
    {
        if (_id.ValueCount == 0)
            return;
        _writer.WriteRowGroup(_columns);
        foreach (ColumnBuffer column in _columns)
            column.Clear();
        _groupTokens = 0;
    }
}
