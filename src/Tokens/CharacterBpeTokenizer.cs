namespace DataPipeline.Tokens;

/// <summary>Byte-pair encoding from a tokenizer.json that is not GPT-2's kind: over characters, as Llama 2's, or over bytes that are cut in several ways, as DeepSeek's.</summary>
public sealed class CharacterBpeTokenizer : PipelineTokenizer
{
    internal CharacterBpeTokenizer(TokenizerParts parts) : base(parts)
    {
    }
}
