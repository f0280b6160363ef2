using DataPipeline.Core;

namespace DataPipeline.Tokens.Formats;

/// <summary>Which reader a tokenizer's path asks for.</summary>
internal static class TokenizerFile
{
    public static Tokenizer Load(string path, string? pattern)
    {
        if (Directory.Exists(path))
        {
            foreach (string name in (ReadOnlySpan<string>)["tokenizer.json", "vocab.json"])
            {
                if (File.Exists(Path.Combine(path, name)))
                    return Load(Path.Combine(path, name), pattern);
            }
            throw new InputException($"{path}: the folder holds neither tokenizer.json nor vocab.json: name the tokenizer's file");
        }
        if (!File.Exists(path))
            throw new InputException($"{path}: no such tokenizer file");
        if (path.EndsWith(".tiktoken", StringComparison.OrdinalIgnoreCase))
            return TiktokenTokenizer.Create(path, pattern);
        if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            throw new InputException($"{path}: not a tokenizer.json, .tiktoken or vocab.json file");
        return MergesBeside(path) is { } merges ? BpeTokenizer.Create(path, merges, pattern ?? "gpt2") : BpeTokenizer.Create(path);
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
