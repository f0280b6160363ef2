namespace DataPipeline.Tokens;

/// <summary>Unigram (Kudo 2018) from a tokenizer.json: T5, XLM-R, ALBERT. A SentencePiece model file is a <see cref="SentencePieceTokenizer"/>.</summary>
public sealed class UnigramTokenizer : PipelineTokenizer
{
    internal UnigramTokenizer(TokenizerParts parts) : base(parts)
    {
    }
}
