using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Tokens;

/// <summary>The tokens of a tokenizer, such as cl100k (duplodocus signs shingles of five). Text is taken as it is, with case and punctuation.</summary>
[Stage("tokens")]
public sealed class TokenSegmenter : Segmenter
{
    private readonly Tokenizer _tokenizer;

    /// <summary>Bound from YAML.</summary>
    /// <param name="file">A tokenizer.json, a .tiktoken file, a SentencePiece .model, or a GPT-2 vocab.json with its merges beside it.</param>
    /// <param name="pattern">Split pattern of a .tiktoken file: <c>gpt2</c>, <c>cl100k</c>, <c>o200k</c> or <c>qwen</c>; by its name if not given.</param>
    public TokenSegmenter(string file, string? pattern = null)
    {
        if (!File.Exists(file) && !Directory.Exists(file))
            throw new ArgumentException($"there is no {file}", nameof(file));
        _tokenizer = Tokenizer.Load(file, pattern);
    }

    /// <inheritdoc/>
    public override string Fingerprint => _tokenizer.Fingerprint;

    /// <summary>The ids in order.</summary>
    public override ulong[] Units(string text)
    {
        var ids = new IdBuffer(text.Length / 2);
        _tokenizer.Encode(text, ids);
        var units = new ulong[ids.Count];
        for (int i = 0; i < units.Length; i++)
            units[i] = (uint)ids.Ids[i];
        return units;
    }
}
