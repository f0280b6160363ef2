using System.Text;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Lines;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Tokens.Lines;

public sealed class LineCodecTests
{
    private static readonly BpeTokenizer Tokenizer = new BpeTrainer(300).Train(["a text about lines, lines and lines of text"]);

    [Fact]
    public void Convert_AnyTexts_GivesTheirIdsAndTheTextsBack() => Prop.ForAll(
        Gen.Elements("lines", "\"", "\\", "\n", "\u00e9", "\U0001F600", "\0", " text", "<|endoftext|>").ListOf().Select(string.Concat).ListOf().ToArbitrary(), texts =>
        {
            string lines = string.Concat(texts.Select(text => JsonSerializer.Serialize(new { text }) + "\n"));
            LineCodec.Block encoded = Convert(new LineEncoder(Tokenizer), lines);
            Assert.Equal(texts.Select(text => string.Join(',', Tokenizer.EncodeToIds(text))), Field(encoded, "ids").Select(ids => ids.GetRawText()[1..^1]));
            Assert.Equal((texts.Count, texts.Sum(text => Tokenizer.CountTokens(text))), (encoded.Lines, encoded.Tokens));
            LineCodec.Block decoded = new LineDecoder(Tokenizer).Convert(encoded.Output.Span, "ids.jsonl", 1);
            Assert.Equal(texts, Field(decoded, "text").Select(text => text.GetString()));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(50));

    [Theory]
    [InlineData("{\"text\":\"ab\"}", "{\"ids\":[4,5]}\n")]
    [InlineData(" \r\n{\"id\": {\"a\": [1, 2]}, \"more\": [[{}]], \"text\": \"ab\"}\r\n\n", "{\"id\":{\"a\": [1, 2]},\"ids\":[4,5]}\n")]
    [InlineData("{\"text\":\"ab\",\"id\":\"x\\n\"}\n{\"id\":7,\"text\":\"\"}\n", "{\"id\":\"x\\n\",\"ids\":[4,5]}\n{\"id\":7,\"ids\":[]}\n")]
    [InlineData("{\"text\":1,\"text\":\"ab\"}", "{\"ids\":[4,5]}\n")]
    [InlineData("{\"te\\u0078t\":\"a\\u0062\"}", "{\"ids\":[4,5]}\n")]
    public void Convert_Line_WritesIdsAndId(string lines, string expected)
    {
        BpeTokenizer bytes = new BpeTrainer(260, specialTokens: ["a", "b", "c", "d"]).Train([]);
        int first = bytes.EncodeToIds("a")[0], second = bytes.EncodeToIds("b")[0];

        LineCodec.Block block = Convert(new LineEncoder(bytes), lines);

        Assert.Equal(expected.Replace("4,5", $"{first},{second}"), Encoding.UTF8.GetString(block.Output.Span));
    }

    [Theory]
    [InlineData("{\"txt\":\"a\"}", "has no string \"text\"")]
    [InlineData("{\"text\":null}", "has no string \"text\"")]
    [InlineData("{\"text\":[\"a\"]}", "has no string \"text\"")]
    [InlineData("[\"text\"]", "is no JSON object")]
    [InlineData("\"text\"", "is no JSON object")]
    [InlineData("{\"text\":\"a\"", "is no JSON")]
    [InlineData("{\"text\":\"a\"} 1", "is no JSON")]
    [InlineData("{\"text\":\"a\" \"b\"}", "is no JSON")]
    public void Convert_WrongText_NamesTheLineOrCountsIt(string line, string said)
    {
        string lines = "{\"text\":\"a\"}\n" + line + "\n{\"text\":\"b\"}\n";

        Assert.StartsWith($"texts.jsonl: line 11 {said}", Assert.Throws<InputException>(() => Convert(new LineEncoder(Tokenizer), lines)).Message, StringComparison.Ordinal);
        LineCodec.Block block = Convert(new LineEncoder(Tokenizer) { SkipsWrongLines = true }, lines);
        Assert.Equal((2, 1), (block.Lines, block.Skipped));
        Assert.Equal(2, Field(block, "ids").Count());
    }

    [Theory]
    [InlineData("{\"ids\":7}", "has no list")]
    [InlineData("{\"ids\":[1,\"a\"],\"id\":1}", "has no list")]
    [InlineData("{\"ids\":[1,[2,[3]],{}],\"id\":1}", "has no list")]
    [InlineData("{\"ids\":[1.5]}", "has no list")]
    [InlineData("{\"ids\":[3000000000]}", "has no list")]
    [InlineData("{\"ids\":[-1]}", "has the id -1")]
    [InlineData("{\"ids\":[300]}", "has the id 300, but the vocabulary ends at 2")]
    public void Convert_WrongIds_NamesTheLine(string line, string said) =>
        Assert.StartsWith($"texts.jsonl: line 10 {said}", Assert.Throws<InputException>(() => Convert(new LineDecoder(Tokenizer), line)).Message, StringComparison.Ordinal);

    [Fact]
    public void Convert_NameOfSpecialToken_IsReadAsAsked()
    {
        const string Line = "{\"text\":\"<|endoftext|>\"}";

        Assert.Equal("{\"ids\":[0]}\n", Encoding.UTF8.GetString(Convert(new LineEncoder(Tokenizer, special: SpecialTokenHandling.Recognize), Line).Output.Span));
        Assert.True(Convert(new LineEncoder(Tokenizer), Line).Tokens > 1);
        Assert.Equal("{\"text\":\"\"}\n", Encoding.UTF8.GetString(Convert(new LineDecoder(Tokenizer, skipSpecialTokens: true), "{\"ids\":[0,0]}").Output.Span));
        Assert.Equal("{\"text\":\"<|endoftext|>\"}\n", Encoding.UTF8.GetString(Convert(new LineDecoder(Tokenizer), "{\"ids\":[0]}").Output.Span));
    }

    private static LineCodec.Block Convert(LineCodec codec, string lines) => codec.Convert(Encoding.UTF8.GetBytes(lines), "texts.jsonl", 10);

    private static IEnumerable<JsonElement> Field(LineCodec.Block block, string name) => Encoding.UTF8.GetString(block.Output.Span)
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty(name));
}
