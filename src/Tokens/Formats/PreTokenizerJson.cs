using System.Text;
using System.Text.Json;
using DataPipeline.Tokens.Patterns;
using DataPipeline.Tokens.PreTokenize;
using static DataPipeline.Tokens.Formats.TokenizerJson;

namespace DataPipeline.Tokens.Formats;

/// <summary>The pre-tokenizer of a tokenizer.json.</summary>
internal static class PreTokenizerJson
{
    /// <summary>The steps in order, sequences taken apart.</summary>
    public static List<PreTokenizer> Read(JsonElement part, string path)
    {
        if (Type(part) != "Sequence")
            return [Step(part, path)];
        return [.. Members(part, "pretokenizers", path).SelectMany(step => Read(step, path))];
    }

    private static PreTokenizer Step(JsonElement part, string path)
    {
        switch (Type(part))
        {
            case "ByteLevel":
                return new ByteLevelPreTokenizer(Flag(part, "add_prefix_space", true), Flag(part, "use_regex", true), spell: true);
            case "BertPreTokenizer":
                return new BertPreTokenizer();
            case "Whitespace":
                return new WhitespacePreTokenizer();
            case "WhitespaceSplit":
                return CharacterPreTokenizers.WhitespaceSplit();
            case "Metaspace":
                return new MetaspacePreTokenizer(Character(part, "replacement", path), Scheme(part, path), Flag(part, "split", true));
            case "Split":
                return Split(part, path);
            case "Punctuation":
                return CharacterPreTokenizers.Punctuation(part.TryGetProperty("behavior", out _) ? Behavior(part, path) : SplitBehavior.Isolated);
            case "Digits":
                return CharacterPreTokenizers.Digits(Flag(part, "individual_digits"));
            case "CharDelimiterSplit":
                return CharacterPreTokenizers.Delimiter(Character(part, "delimiter", path));
            case "UnicodeScripts":
                return new ScriptPreTokenizer();
            case "FixedLength":
                int length = part.TryGetProperty("length", out JsonElement value) && value.TryGetInt32(out int given) ? given : 5;
                return length > 0 ? new FixedLengthPreTokenizer(length) : throw Unsupported(path, "pre_tokenizer FixedLength of no length");
            default:
                throw Unsupported(path, $"pre_tokenizer {Type(part)}");
        }
    }

    /// <summary>prepend_scheme, or the older add_prefix_space.</summary>
    public static PrependScheme Scheme(JsonElement part, string path)
    {
        if (!part.TryGetProperty("prepend_scheme", out JsonElement scheme) || scheme.ValueKind == JsonValueKind.Null)
            return Flag(part, "add_prefix_space", true) ? PrependScheme.Always : PrependScheme.Never;
        // A file of the time between has both; without a prefix nothing is put in front.
        return Text(part, "prepend_scheme", path) switch
        {
            _ when part.TryGetProperty("add_prefix_space", out JsonElement flag) && flag.ValueKind == JsonValueKind.False => PrependScheme.Never,
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            var other => throw Unsupported(path, $"Metaspace with prepend_scheme {other}"),
        };
    }

    private static SplitPreTokenizer Split(JsonElement part, string path)
    {
        bool invert = Flag(part, "invert");
        SplitBehavior behavior = Behavior(part, path);
        if (part.TryGetProperty("pattern", out JsonElement pattern) && pattern.ValueKind == JsonValueKind.Object
            && pattern.TryGetProperty("Regex", out JsonElement regex) && regex.ValueKind == JsonValueKind.String
            && Scanner(regex.GetString()!, invert) is { } scanner)
        {
            return new SplitPreTokenizer(scanner, behavior);
        }
        return new SplitPreTokenizer(new PatternMatcher(NormalizerJson.Pattern(part, "pre_tokenizer Split", path), invert), behavior);
    }

    /// <summary>The hand-written scanner of a known pattern, or null.</summary>
    private static IMatcher? Scanner(string pattern, bool invert) => SplitPattern.Recognize(pattern) switch
    {
        SplitPatternKind.Gpt2 => new ScannerMatcher<Gpt2Scanner>(invert),
        SplitPatternKind.Cl100k => new ScannerMatcher<Cl100kScanner>(invert),
        SplitPatternKind.O200k => new ScannerMatcher<O200kScanner>(invert),
        SplitPatternKind.Qwen => new ScannerMatcher<QwenScanner>(invert),
        _ => null,
    };

    private static SplitBehavior Behavior(JsonElement part, string path) => Text(part, "behavior", path) switch
    {
        "Removed" or "removed" => SplitBehavior.Removed,
        "Isolated" or "isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" or "merged_with_previous" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" or "merged_with_next" => SplitBehavior.MergedWithNext,
        "Contiguous" or "contiguous" => SplitBehavior.Contiguous,
        var other => throw Unsupported(path, $"pre_tokenizer with behavior {other}"),
    };

    public static Rune Character(JsonElement part, string name, string path)
    {
        string text = Text(part, name, path);
        return text.Length > 0 && Rune.TryGetRuneAt(text, 0, out Rune rune) && rune.Utf16SequenceLength == text.Length ? rune
            : throw Unsupported(path, $"{name} \"{text}\", which is not one character");
    }
}
