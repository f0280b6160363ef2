using System.Text;
using DataPipeline.Tokens;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Tokens;

public sealed class OffsetTests
{
    private const string Text = "The cat sat on the mat; the cats sat on 12 mats. Die Stra\u00DFe ist lang, \u4F60\u597D \U0001F600 the end.";

    private static readonly BpeTokenizer Plain = new BpeTrainer(320, specialTokens: ["<|endoftext|>"]).Train([Text, Text]);
    private static readonly BpeTokenizer Composing = new BpeTrainer(320, specialTokens: ["<|endoftext|>"], nfc: true).Train([Text, Text]);

    [Fact]
    public void Encode_AnyBytes_OffsetsAreTheBytesOfTheTokens() => Prop.ForAll(Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf().ToArbitrary(), bytes =>
    {
        IdBuffer plain = new(), ids = new();
        OffsetBuffer offsets = new();
        Plain.Encode(bytes, plain);
        Plain.Encode(bytes, ids, offsets);
        Assert.Equal(plain.Ids.ToArray(), ids.Ids.ToArray());
        Assert.Equal(ids.Count, offsets.Count);
        for (int i = 0; i < ids.Count; i++)
            Assert.Equal(Plain.BytesOf(ids.Ids[i]).ToArray(), bytes[offsets.Offsets[i].Start..offsets.Offsets[i].End]);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void EncodeToTokens_SpecialTokenAndWideCharacters_GivesCharactersOfTheString()
    {
        const string text = "the \U0001F600<|endoftext|> \u4F60!";
        IReadOnlyList<EncodedToken> tokens = Plain.EncodeToTokens(text, special: SpecialTokenHandling.Recognize);
        EncodedToken end = tokens.Single(token => token.Id == Plain.EndOfDocumentId);
        Assert.Equal(("<|endoftext|>", "<|endoftext|>"), (end.Value, text[end.Offset]));
        Assert.Equal("the", text[tokens[0].Offset]);
        Assert.Equal("!", text[tokens[^1].Offset]);
        Assert.Equal(Plain.TokenToId(tokens[0].Value), tokens[0].Id);
        // Bytes of one character have the whole character.
        Assert.Contains(tokens, token => text[token.Offset].Contains('\uD83D') && text[token.Offset].Contains('\uDE00'));
    }

    [Fact]
    public void Encode_ComposedCharacter_StandsAtTheFirstOfItsParts()
    {
        byte[] text = Encoding.UTF8.GetBytes("a e\u0301\u0302 \u1100\u1161\u11A8 b");
        IdBuffer ids = new();
        OffsetBuffer offsets = new();
        Composing.Encode(text, ids, offsets);
        Assert.Equal(text.Length, offsets.Offsets[^1].End);
        Assert.Equal("b", Encoding.UTF8.GetString(text.AsSpan(offsets.Offsets[^1].Start..offsets.Offsets[^1].End)).TrimStart());
        string[] parts = [.. offsets.Offsets.ToArray().Select(offset => Encoding.UTF8.GetString(text.AsSpan(offset.Start..offset.End)))];
        Assert.Contains(parts, part => part.EndsWith('e'));
        Assert.Contains(parts, part => part.EndsWith('\u1100'));
    }
}
