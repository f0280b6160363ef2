using System.Text;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Decode;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Models;
using DataPipeline.Tokens.Patterns;
using DataPipeline.Tokens.PreTokenize;

namespace DataPipeline.Tokens.Formats;

/// <summary>Mistral's tekken.json: ranks as tiktoken's, a split pattern, and special tokens that come first.</summary>
internal static class TekkenFile
{
    // What files without a list of special tokens mean.
    private static readonly string[] Named =
    [
        "<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]",
        "<pad>", "[IMG_BREAK]", "[IMG_END]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]",
    ];

    /// <summary>True for a JSON file with a split pattern in its configuration.</summary>
    public static bool IsTekken(string path)
    {
        if (Path.GetFileName(path).StartsWith("tekken", StringComparison.OrdinalIgnoreCase))
            return true;
        Span<byte> start = stackalloc byte[256];
        using FileStream file = File.OpenRead(path);
        string text = Encoding.UTF8.GetString(start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]);
        return text.Contains("\"config\"", StringComparison.Ordinal) && text.Contains("\"pattern\"", StringComparison.Ordinal);
    }

    public static Tokenizer Read(string path)
    {
        using JsonDocument document = TokenizerJson.Parse(path);
        if (!document.RootElement.TryGetProperty("config", out JsonElement config) || !document.RootElement.TryGetProperty("vocab", out JsonElement vocab))
            throw new InputException($"{path}: no config and vocab: this is no tekken.json");
        int size = TokenizerJson.Number(config, "default_vocab_size", path), reserved = TokenizerJson.Number(config, "default_num_special_tokens", path);
        if (size > 1 << 24 || reserved > size)
            throw new InputException($"{path}: {reserved:N0} special tokens of {size:N0}: get the file again");
        TokenBytes tokens = new(size);
        foreach (JsonElement entry in vocab.EnumerateArray())
        {
            int rank = TokenizerJson.Number(entry, "rank", path);
            // The file may list more than the model has.
            if (rank < size - reserved && !tokens.Add(rank + reserved, Convert.FromBase64String(TokenizerJson.Text(entry, "token_bytes", path))))
                throw new InputException($"{path}: two tokens have rank {rank}: get the file again");
        }
        BytePairModel pairs = new(tokens, TiktokenTokenizer.PairsOf(tokens), ByteTokens.Find(tokens, path), WholePieceFirst: true);
        string pattern = TokenizerJson.Text(config, "pattern", path);
        TokenizerParts parts = new(new ByteLevelModel(pairs))
        {
            PreTokenizer = new SplitPreTokenizer(new PatternMatcher(TokenizerJson.Named(path, () => TextPattern.Expression(pattern)), invert: false), SplitBehavior.Isolated),
            Decoder = [new DecodeStep(() => new ByteLevelState())],
            Added = [.. Special(document.RootElement, reserved, path)],
            Source = new TokenizerSource(PreTokenizer: pattern),
        };
        return new CharacterBpeTokenizer(parts);
    }

    private static IEnumerable<AddedToken> Special(JsonElement root, int reserved, string path)
    {
        string?[] names = new string?[reserved];
        if (root.TryGetProperty("special_tokens", out JsonElement tokens) && tokens.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement token in tokens.EnumerateArray())
            {
                int rank = TokenizerJson.Number(token, "rank", path);
                if (rank < reserved)
                    names[rank] = TokenizerJson.Text(token, "token_str", path);
            }
        }
        else
        {
            Named.AsSpan(0, Math.Min(Named.Length, reserved)).CopyTo(names!);
        }
        return names.Select((name, id) => new AddedToken(name ?? $"<SPECIAL_{id}>", id));
    }
}
