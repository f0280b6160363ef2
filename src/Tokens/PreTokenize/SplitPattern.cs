using DataPipeline.Core;

namespace DataPipeline.Tokens.PreTokenize;

/// <summary>The split patterns known by their exact text.</summary>
public enum SplitPatternKind
{
    /// <summary>No splitting.</summary>
    None,
    /// <summary>GPT-2, r50k, p50k and Hugging Face's ByteLevel with <c>use_regex</c>.</summary>
    Gpt2,
    /// <summary>cl100k (GPT-3.5, GPT-4) and Llama 3.</summary>
    Cl100k,
    /// <summary>o200k (GPT-4o).</summary>
    O200k,
    /// <summary>Qwen 2 and 2.5.</summary>
    Qwen,
}

/// <summary>Names and texts of the split patterns.</summary>
public static class SplitPattern
{
    /// <summary>The pattern of GPT-2.</summary>
    public const string Gpt2Text = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>The pattern of cl100k, as the rank file's own registry gives it.</summary>
    public const string Cl100kText =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The pattern of Qwen 2 and 2.5.</summary>
    public const string QwenText =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The pattern of o200k.</summary>
    public const string O200kText =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    // Spellings found in files that match the same strings.
    private static readonly Dictionary<string, SplitPatternKind> Known = new(StringComparer.Ordinal)
    {
        [Gpt2Text] = SplitPatternKind.Gpt2,
        [@"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"] = SplitPatternKind.Gpt2,
        [Cl100kText] = SplitPatternKind.Cl100k,
        [QwenText] = SplitPatternKind.Qwen,
        [O200kText] = SplitPatternKind.O200k,
    };

    /// <summary>The pattern whose text this is, or null.</summary>
    public static SplitPatternKind? Recognize(string text) => Known.TryGetValue(text, out SplitPatternKind kind) ? kind : null;

    /// <summary>The text of a pattern.</summary>
    public static string TextOf(SplitPatternKind kind) => kind switch
    {
        SplitPatternKind.Gpt2 => Gpt2Text,
        SplitPatternKind.Cl100k => Cl100kText,
        SplitPatternKind.O200k => O200kText,
        SplitPatternKind.Qwen => QwenText,
        _ => "",
    };

    /// <summary>The pattern of a name: gpt2, r50k, p50k, cl100k, llama3, o200k, qwen, none (with or without <c>_base</c>).</summary>
    /// <exception cref="ConfigurationException">The name is unknown.</exception>
    public static SplitPatternKind Named(string name) => name.Replace("_base", "", StringComparison.Ordinal).ToLowerInvariant() switch
    {
        "gpt2" or "r50k" or "p50k" or "p50k_edit" => SplitPatternKind.Gpt2,
        "cl100k" or "llama3" => SplitPatternKind.Cl100k,
        "o200k" or "o200k_harmony" => SplitPatternKind.O200k,
        "qwen" or "qwen2" or "qwen2.5" => SplitPatternKind.Qwen,
        "none" => SplitPatternKind.None,
        _ => throw new ConfigurationException($"unknown split pattern '{name}': use gpt2, cl100k, o200k, qwen or none"),
    };
}
