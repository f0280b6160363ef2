using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using DataPipeline.Tokens.Decode;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Formats;
using DataPipeline.Tokens.Models;
using DataPipeline.Tokens.Normalize;
using DataPipeline.Tokens.PreTokenize;

namespace DataPipeline.Tokens.Training;

/// <summary>Rules for digits and white space before a split pattern, as the steps of a tokenizer.json: what counts words in training cuts them for ever after.</summary>
/// <remarks>A rule is a Split or Digits that isolates what it names, put before the pattern; what is between is cut by the pattern as a text of its own. Groups of three from
/// the right were refused: each group of such an expression looks ahead to the end of its number, which is quadratic on long runs of digits.</remarks>
internal sealed class SplitRules
{
    private const string ByteLevel = """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""";

    // Regular expressions as Oniguruma has them, which tokenizer.json means.
    private const string Triples = @"\p{N}{1,3}", WhiteSpace = @"\s", WhiteSpaceRuns = @"[\r\n]+|[^\S\r\n]+", LineEnds = @"\r\n|[\r\n]";

    private readonly string _preTokenizer;
    private readonly string? _normalizer;

    public SplitRules(SplitPatternKind pattern, DigitRule digits, WhitespaceRule whitespace, bool nfc)
    {
        JsonArray steps = [];
        if (whitespace != WhitespaceRule.Pattern)
            steps.Add(Split(whitespace switch { WhitespaceRule.Single => WhiteSpace, WhitespaceRule.Runs => WhiteSpaceRuns, _ => LineEnds }));
        if (digits == DigitRule.Single)
            steps.Add(new JsonObject { ["type"] = "Digits", ["individual_digits"] = true });
        else if (digits == DigitRule.Triples)
            steps.Add(Split(Triples));
        if (pattern is not (SplitPatternKind.None or SplitPatternKind.Gpt2))
            steps.Add(Split(SplitPattern.TextOf(pattern)));
        steps.Add(new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = pattern == SplitPatternKind.Gpt2 });
        _preTokenizer = new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = steps }.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _normalizer = nfc ? """{"type":"NFC"}""" : null;
        List<PreTokenizer> read = Read(_preTokenizer, part => PreTokenizerJson.Read(part, "split rules"));
        read[^1] = ((ByteLevelPreTokenizer)read[^1]).WithoutSpelling();
        Steps = new SequencePreTokenizer(read);
        Normalizer = _normalizer is null ? null : Read(_normalizer, part => NormalizerJson.Read(part, "split rules"));
    }

    /// <summary>The cuts.</summary>
    public PreTokenizer Steps { get; }

    /// <summary>What comes before them, if anything.</summary>
    public Normalizer? Normalizer { get; }

    /// <summary>The tokenizer that cuts by these rules and merges by a model.</summary>
    public CharacterBpeTokenizer TokenizerOf(BytePairModel model, IReadOnlyList<AddedToken> added) => new(new TokenizerParts(new ByteLevelModel(model))
    {
        Normalizer = Normalizer,
        PreTokenizer = Steps,
        Decoder = Read(ByteLevel, part => DecoderJson.Read(part, "split rules")),
        Added = added,
        Source = new TokenizerSource(_normalizer, _preTokenizer, ByteLevel, ByteLevel),
    });

    private static JsonObject Split(string pattern) => new()
    {
        ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = "Isolated", ["invert"] = false,
    };

    private static T Read<T>(string json, Func<JsonElement, T> read)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return read(document.RootElement);
    }
}
