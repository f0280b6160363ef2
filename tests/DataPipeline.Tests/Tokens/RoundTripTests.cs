using System.Text;
using DataPipeline.Tokens;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Tokens;

/// <summary>Nothing is lost on the way through ids, whatever the split pattern and however broken the bytes.</summary>
public sealed class RoundTripTests
{
    private const string Text = "The cat sat on the mat; it's 12 mats.\r\n\n\tDie Stra\u00DFe, \u0432\u0435\u0441\u043D\u0430, \u4F60\u597D\u4E16\u754C, \uD55C\uAE00, e\u0301 \U0001F600\U0001F3FD\u200D \U00010400 end";

    private static readonly Dictionary<string, BpeTokenizer> Trained = new[] { "gpt2", "cl100k", "o200k", "qwen" }
        .ToDictionary(pattern => pattern, pattern => new BpeTrainer(320, pattern: pattern).Train([Text, Text]));

    [Theory]
    [InlineData("gpt2")]
    [InlineData("cl100k")]
    [InlineData("o200k")]
    [InlineData("qwen")]
    public void Encode_AnyBytes_DecodesToTheSameBytes(string pattern) => Prop.ForAll(AnyBytes.ToArbitrary(), bytes => Assert.Equal(bytes, RoundTrip(Trained[pattern], bytes)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    /// <summary>Text cut off anywhere, also inside a character, and text that begins inside one.</summary>
    [Theory]
    [InlineData("gpt2")]
    [InlineData("cl100k")]
    [InlineData("o200k")]
    [InlineData("qwen")]
    public void Encode_TruncatedUtf8_DecodesToTheSameBytes(string pattern)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Text);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.Equal(bytes[..cut], RoundTrip(Trained[pattern], bytes[..cut]));
            Assert.Equal(bytes[cut..], RoundTrip(Trained[pattern], bytes[cut..]));
        }
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("cl100k")]
    [InlineData("o200k")]
    [InlineData("qwen")]
    public void StreamingDecoder_AnyText_GivesWholeCharactersOnly(string pattern) => Prop.ForAll(AnyText.ToArbitrary(), text =>
    {
        StreamingDecoder decoder = new(Trained[pattern]);
        StringBuilder result = new();
        foreach (int id in Trained[pattern].EncodeToIds(text))
        {
            string part = decoder.Append(id).ToString();
            Assert.True(part.EnumerateRunes().All(rune => rune != Rune.ReplacementChar), $"a part of a character in {part}");
            result.Append(part);
        }
        Assert.Equal("", decoder.Flush().ToString());
        Assert.Equal(text, result.ToString());
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    /// <summary>Bytes of all values, and pieces of the text that tokens were learnt from, cut anywhere.</summary>
    private static readonly Gen<byte[]> AnyBytes = Gen.OneOf(
        Gen.Choose(0, 255).Select(value => new[] { (byte)value }),
        Gen.Choose(0, 60).SelectMany(from => Gen.Choose(1, 20).Select(length => Encoding.UTF8.GetBytes(Text)[from..(from + length)]))).ListOf().Select(parts => parts.SelectMany(part => part).ToArray());

    private static readonly Gen<string> AnyText = Gen.OneOf(Gen.Choose(0x20, 0x7E), Gen.Choose(0xA0, 0x7FF), Gen.Choose(0x800, 0xD7FF), Gen.Choose(0x1F300, 0x1FAFF), Gen.Elements(Text.EnumerateRunes().Select(rune => rune.Value).ToArray()))
        .ListOf().Select(values => string.Concat(values.Select(char.ConvertFromUtf32)));

    private static byte[] RoundTrip(BpeTokenizer tokenizer, byte[] bytes)
    {
        IdBuffer ids = new();
        tokenizer.Encode(bytes, ids);
        return tokenizer.DecodeToBytes(ids.Ids);
    }
}
