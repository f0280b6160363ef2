using System.Text.Json;
using DataPipeline.Core.Unicode;
using DataPipeline.Tokens.Normalize;
using DataPipeline.Tokens.Patterns;
using static DataPipeline.Tokens.Formats.TokenizerJson;

namespace DataPipeline.Tokens.Formats;

/// <summary>The normalizer of a tokenizer.json.</summary>
internal static class NormalizerJson
{
    public static Normalizer Read(JsonElement part, string path)
    {
        switch (Type(part))
        {
            case "Sequence":
                return new SequenceNormalizer([.. Members(part, "normalizers", path).Select(step => Read(step, path))]);
            case "BertNormalizer":
                bool? accents = part.TryGetProperty("strip_accents", out JsonElement strip) && strip.ValueKind is JsonValueKind.True or JsonValueKind.False
                    ? strip.GetBoolean() : null;
                return new BertNormalizer(Flag(part, "clean_text", true), Flag(part, "handle_chinese_chars", true), accents, Flag(part, "lowercase", true));
            case "NFC":
                return new FormNormalizer(UnicodeForm.Nfc);
            case "NFD":
                return new FormNormalizer(UnicodeForm.Nfd);
            case "NFKC":
                return new FormNormalizer(UnicodeForm.Nfkc);
            case "NFKD":
                return new FormNormalizer(UnicodeForm.Nfkd);
            case "Lowercase":
                return new LowercaseNormalizer();
            case "Strip":
                return new StripNormalizer(Flag(part, "strip_left", true), Flag(part, "strip_right", true));
            case "StripAccents":
                return new StripAccentsNormalizer();
            case "Nmt":
                return new NmtNormalizer();
            case "ByteLevel":
                return new ByteLevelNormalizer();
            case "Prepend":
                return new PrependNormalizer(Text(part, "prepend", path));
            case "Replace":
                return new ReplaceNormalizer(Pattern(part, "normalizer Replace", path), Text(part, "content", path));
            case "Precompiled":
                return Precompiled(part, path);
            default:
                throw Unsupported(path, $"normalizer {Type(part)}");
        }
    }

    /// <summary>A pattern given as <c>{"String": ...}</c> or <c>{"Regex": ...}</c>.</summary>
    public static TextPattern Pattern(JsonElement part, string what, string path)
    {
        if (part.TryGetProperty("pattern", out JsonElement pattern) && pattern.ValueKind == JsonValueKind.Object)
        {
            if (pattern.TryGetProperty("String", out JsonElement text) && text.ValueKind == JsonValueKind.String)
                return TextPattern.Literal(text.GetString()!);
            if (pattern.TryGetProperty("Regex", out JsonElement regex) && regex.ValueKind == JsonValueKind.String)
                return Named(path, () => TextPattern.Expression(regex.GetString()!));
        }
        throw Unsupported(path, $"{what} without a pattern of String or Regex");
    }

    private static PrecompiledNormalizer Precompiled(JsonElement part, string path)
    {
        byte[] blob;
        try
        {
            blob = Convert.FromBase64String(Text(part, "precompiled_charsmap", path));
        }
        catch (FormatException broken)
        {
            throw new Core.InputException($"{path}: precompiled_charsmap is no base64: get the file again", broken);
        }
        return new PrecompiledNormalizer(new PrecompiledCharsMap(blob, path));
    }
}
