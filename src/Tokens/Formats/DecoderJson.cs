using System.Text.Json;
using DataPipeline.Tokens.Decode;
using DataPipeline.Tokens.PreTokenize;
using static DataPipeline.Tokens.Formats.TokenizerJson;

namespace DataPipeline.Tokens.Formats;

/// <summary>The decoder of a tokenizer.json.</summary>
internal static class DecoderJson
{
    /// <summary>The steps in order, sequences taken apart.</summary>
    public static List<DecodeStep> Read(JsonElement part, string path)
    {
        switch (Type(part))
        {
            case "Sequence":
                return [.. Members(part, "decoders", path).SelectMany(step => Read(step, path))];
            case "ByteLevel":
                return [new DecodeStep(() => new ByteLevelState())];
            case "WordPiece":
                return [DecodeSteps.WordPiece(part.TryGetProperty("prefix", out _) ? Text(part, "prefix", path) : "##", Flag(part, "cleanup", true))];
            case "Metaspace":
                return [DecodeSteps.Metaspace(PreTokenizerJson.Character(part, "replacement", path), PreTokenizerJson.Scheme(part, path) != PrependScheme.Never)];
            case "BPEDecoder":
                string suffix = part.TryGetProperty("suffix", out _) ? Text(part, "suffix", path) : "</w>";
                return [new DecodeStep(() => new EndOfWordState(suffix))];
            case "ByteFallback":
                return [new DecodeStep(() => new ByteFallbackState())];
            case "Fuse":
                return [new DecodeStep(() => new FuseState())];
            case "Strip":
                System.Text.Rune content = PreTokenizerJson.Character(part, "content", path);
                int start = Number(part, "start", path), stop = Number(part, "stop", path);
                return [new DecodeStep(() => new StripState(content, start, stop))];
            case "Replace":
                return [DecodeSteps.Replace(NormalizerJson.Pattern(part, "decoder Replace", path), Text(part, "content", path))];
            case "CTC":
                string pad = part.TryGetProperty("pad_token", out _) ? Text(part, "pad_token", path) : "<pad>";
                string delimiter = part.TryGetProperty("word_delimiter_token", out _) ? Text(part, "word_delimiter_token", path) : "|";
                bool cleanup = Flag(part, "cleanup", true);
                return [new DecodeStep(() => new CtcState(pad, delimiter, cleanup))];
            default:
                throw Unsupported(path, $"decoder {Type(part)}");
        }
    }
}
