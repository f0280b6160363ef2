namespace DataPipeline.Tokens.Shards;

/// <summary>A tokenized document, a row of a token shard.</summary>
/// <param name="Id">Id of the document: <c>source:file#record</c>.</param>
/// <param name="Source">Name of its source.</param>
/// <param name="Tokens">Its ids, without the token that ends a document.</param>
/// <param name="File">Input file it came from.</param>
/// <param name="Record">Record in that file, from 0.</param>
/// <param name="Language">Language code, empty if unknown.</param>
public sealed record TokenDocument(string Id, string Source, ReadOnlyMemory<int> Tokens, string File, long Record, string Language)
{
    /// <summary>Values of the shard's further columns, in the order of <see cref="TokenShardHeader.Columns"/>; empty where a document has none.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Where in the tokens is what a model learns to write: the whole of a text; of a dialogue the assistant's messages, each with the token that ends it. Null is the
    /// whole, as in shards of version 1.</summary>
    public IReadOnlyList<TokenSpan>? Answers { get; init; }

    /// <summary>True for a dialogue: not all of it is an answer.</summary>
    public bool IsDialogue => Answers is not null && !(Answers is [var only] && only.Length == TokenCount);

    /// <summary>Number of tokens; also known where the tokens were not read.</summary>
    public int TokenCount { get; init; } = Tokens.Length;
}

/// <summary>What a token shard says about itself.</summary>
/// <param name="Fingerprint">The tokenizer's <see cref="Tokenizer.Fingerprint"/>.</param>
/// <param name="VocabularySize">Its vocabulary: ids are below this; up to 65,536 they are stored as 16-bit numbers.</param>
/// <param name="EndOfDocumentId">The token to put behind each document when packing; null if the tokenizer has none.</param>
/// <param name="Seed">Seed of the run.</param>
public sealed record TokenShardHeader(string Fingerprint, int VocabularySize, int? EndOfDocumentId, ulong Seed)
{
    /// <summary>Metadata of documents that the shard holds as further columns of text, such as <c>domain</c>.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>True when the shard says where answers are: version 2 of the schema; one without is of version 1.</summary>
    public bool HasAnswers { get; init; }

    /// <summary>Version of the schema.</summary>
    internal string Version => HasAnswers ? WithAnswers : Plain;

    internal const string Plain = "1", WithAnswers = "2";

    /// <summary>True when ids are stored as 16-bit numbers.</summary>
    public bool IsNarrow => VocabularySize <= 1 << 16;

    /// <summary>The header of shards that a tokenizer fills.</summary>
    public static TokenShardHeader Of(Tokenizer tokenizer, ulong seed) =>
        new(tokenizer.Fingerprint, tokenizer.VocabularySize, tokenizer.EndOfDocumentId, seed);
}
