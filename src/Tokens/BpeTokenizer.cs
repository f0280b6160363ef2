using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Formats;
using DataPipeline.Tokens.PreTokenize;

namespace DataPipeline.Tokens;

/// <summary>Byte-level byte-pair encoding from a vocabulary and a list of merges, as GPT-2 and Hugging Face do it: only listed pairs merge, in the order of the list.</summary>
public sealed class BpeTokenizer : ByteLevelTokenizer
{
    private const string EndOfText = "<|endoftext|>";

    internal BpeTokenizer(BytePairModel model, TokenizerOptions options) : base(model, options)
    {
        Model = model;
        Options = options;
    }

    internal BytePairModel Model { get; }

    internal TokenizerOptions Options { get; }

    /// <summary>Reads a Hugging Face tokenizer.json.</summary>
    /// <exception cref="InputException">The file is broken or has a component that is not supported, which the message names.</exception>
    public static BpeTokenizer Create(string path) => TokenizerJson.Read(path) as BpeTokenizer
        ?? throw new InputException($"{path}: not byte-level BPE of one split pattern: read it with Tokenizer.Load");

    /// <summary>Reads GPT-2's pair of files.</summary>
    /// <param name="vocabPath">vocab.json (encoder.json).</param>
    /// <param name="mergesPath">merges.txt (vocab.bpe).</param>
    /// <param name="pattern">Split pattern by name; default GPT-2's.</param>
    /// <exception cref="InputException">A file is broken.</exception>
    public static BpeTokenizer Create(string vocabPath, string mergesPath, string pattern = "gpt2")
    {
        using JsonDocument vocab = TokenizerJson.Parse(vocabPath);
        AddedToken[] added = vocab.RootElement.TryGetProperty(EndOfText, out JsonElement end) ? [new AddedToken(EndOfText, end.GetInt32())] : [];
        string[] lines = File.ReadAllLines(mergesPath);
        IEnumerable<(string, string)> merges = lines
            .Where((line, index) => line.Length > 0 && !(index == 0 && line.StartsWith("#version", StringComparison.Ordinal)))
            .Select(line => TokenizerJson.SplitMerge(line, mergesPath));
        BytePairModel model = ByteLevelJson.TryBuild(vocab.RootElement, merges, wholePieceFirst: false, added, vocabPath)
            ?? throw TokenizerJson.Unsupported(vocabPath, "merges of tokens that spell no bytes: the vocabulary is not byte-level");
        return new BpeTokenizer(model, new TokenizerOptions { Pattern = SplitPattern.Named(pattern), Added = added });
    }

    private protected override string Spell(ReadOnlySpan<byte> bytes) => ByteLevelAlphabet.Of(bytes);

    private protected override byte[]? Unspell(string token)
    {
        byte[] bytes = new byte[token.Length];
        return ByteLevelAlphabet.TryDecode(token, bytes) ? bytes : null;
    }

    /// <summary>Writes a tokenizer.json that Hugging Face tokenizers loads.</summary>
    public void Save(string path) => TokenizerJsonWriter.Write(this, path);
}
