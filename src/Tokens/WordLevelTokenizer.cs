namespace DataPipeline.Tokens;

/// <summary>A token for each known word, and one for all others.</summary>
public sealed class WordLevelTokenizer : PipelineTokenizer
{
    internal WordLevelTokenizer(TokenizerParts parts) : base(parts)
    {
    }
}
