using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Tokens;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline tokenizer train|encode|decode|compare</c>: makes tokenizers, and turns text to ids and back with any tokenizer file.</summary>
internal static class TokenizerVerb
{
    public static Command Command() => new("tokenizer", "Trains and compares tokenizers, and turns text into token ids and back.")
    {
        TokenizerTrainVerb.Command(),
        TokenizerEncodeVerb.Command(),
        TokenizerDecodeVerb.Command(),
        TokenizerCompareVerb.Command(),
    };
}

/// <summary>The options that name a tokenizer.</summary>
internal sealed class TokenizerOption
{
    private readonly Option<string> _file = new("--tokenizer")
    {
        Description = "a tokenizer.json, .tiktoken, SentencePiece .model, vocab.txt, or a GPT-2 vocab.json with its merges beside it", Required = true,
    };

    private readonly Option<string?> _pattern = new("--pattern") { Description = "split pattern of a .tiktoken file or GPT-2 vocabulary (gpt2, cl100k, o200k, qwen); default: by its name" };
    private readonly Option<string?> _merges = new("--merges") { Description = "merges of a GPT-2 vocabulary; default: the file beside it" };

    public void AddTo(Command command)
    {
        command.Add(_file);
        command.Add(_pattern);
        command.Add(_merges);
    }

    /// <summary>The tokenizer, and how its own library reads names of special tokens inside a text: Hugging Face's finds them, the others take them for text.</summary>
    public (Tokenizer Tokenizer, SpecialTokenHandling Special) Load(ParseResult parsed)
    {
        string path = parsed.GetValue(_file)!;
        string? pattern = parsed.GetValue(_pattern);
        if (parsed.GetValue(_merges) is { } merges)
            return (BpeTokenizer.Create(Existing(path), Existing(merges), pattern ?? "gpt2"), SpecialTokenHandling.AsText);
        string file = Directory.Exists(path) && File.Exists(Path.Combine(path, "tokenizer.json")) ? Path.Combine(path, "tokenizer.json") : path;
        bool isTokenizerJson = file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && !file.EndsWith("vocab.json", StringComparison.Ordinal)
            && !file.EndsWith("encoder.json", StringComparison.Ordinal);
        return (Tokenizer.Load(path, pattern), isTokenizerJson ? SpecialTokenHandling.Recognize : SpecialTokenHandling.AsText);
    }

    private static string Existing(string path) => File.Exists(path) ? path : throw new InputException($"{path}: no such tokenizer file");
}
