using DataPipeline.Core;

namespace DataPipeline.Tokens.Formats;

/// <summary>Which reader a tokenizer's path asks for.</summary>
internal static class TokenizerFile
{
    private static readonly string[] InFolders =
        ["tokenizer.json", "tekken.json", "vocab.json", "encoder.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "vocab.txt"];

    public static Tokenizer Load(string path, string? pattern)
    {
        if (Directory.Exists(path))
        {
            string? name = Array.Find(InFolders, name => File.Exists(Path.Combine(path, name)));
            string[] models = name is null ? Directory.GetFiles(path, "*.model") : [];
            if (name is null && models.Length == 1)
                name = Path.GetFileName(models[0]);
            return name is null ? throw new InputException($"{path}: the folder holds none of {string.Join(", ", InFolders)}: name the tokenizer's file")
                : Load(Path.Combine(path, name), pattern);
        }
        if (!File.Exists(path))
            throw new InputException($"{path}: no such tokenizer file");
        if (path.EndsWith(".tiktoken", StringComparison.OrdinalIgnoreCase))
            return TiktokenTokenizer.Create(path, pattern);
        if (path.EndsWith(".model", StringComparison.OrdinalIgnoreCase))
            return TiktokenFile.IsRankFile(path) ? TiktokenTokenizer.Create(path, pattern) : SentencePieceTokenizer.Create(path);
        if (path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase))
            return WordPieceTokenizer.Create(path);
        if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            throw new InputException($"{path}: not a tokenizer.json, .tiktoken, .model, vocab.txt or vocab.json file");
        if (TekkenFile.IsTekken(path))
            return TekkenFile.Read(path);
        return MergesBeside(path) is { } merges ? BpeTokenizer.Create(path, merges, pattern ?? "gpt2") : TokenizerJson.Read(path);
    }

    /// <summary>The merges that belong to a vocabulary file: same name with vocab or encoder replaced.</summary>
    private static string? MergesBeside(string path)
    {
        string folder = Path.GetDirectoryName(path) ?? "", name = Path.GetFileName(path);
        if (name.Contains("vocab.json", StringComparison.Ordinal))
        {
            string prefix = name[..name.IndexOf("vocab.json", StringComparison.Ordinal)];
            return Existing(Path.Combine(folder, prefix + "merges.txt"), path);
        }
        return name == "encoder.json" ? Existing(Path.Combine(folder, "vocab.bpe"), path) : null;
    }

    private static string Existing(string merges, string vocab) =>
        File.Exists(merges) ? merges : throw new InputException($"{vocab}: its merges are missing: put {merges} beside it");
}
