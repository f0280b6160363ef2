using DataPipeline.Core;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tests.Tokens;

/// <summary>Ids written out by hand. A byte-level tokenizer without merges has the special tokens first, then the bytes in GPT-2's order: ! is the first, a space the 221st, a line feed the 199th.</summary>
public sealed class ChatTemplateTests
{
    private static readonly Document Dialogue = new(default, [new Part("system", "s"), new Part("user", "hi"), new Part("assistant", "ok!"), new Part("user", "a"), new Part("assistant", "b")]);

    [Fact]
    public void Encode_Dialogue_LearnsAnswersAndTheTokenThatEndsEach()
    {
        const int start = 1, end = 2, line = 201;
        int[] expected =
        [
            start, 85, 91, 85, 86, 71, 79, line, 85, end, line, // system
            start, 87, 85, 71, 84, line, 74, 75, end, line, // user
            start, 67, 85, 85, 75, 85, 86, 67, 80, 86, line, 81, 77, 3, end, line, // assistant: o k !
            start, 87, 85, 71, 84, line, 67, end, line,
            start, 67, 85, 85, 75, 85, 86, 67, 80, 86, line, 68, end, line,
        ];

        EncodedDocument encoded = new ChatTemplate(new BpeTrainer(259).Train([])).Encode(Dialogue);

        Assert.Equal(expected, encoded.Tokens);
        Assert.Equal([new TokenSpan(32, 4), new TokenSpan(57, 2)], encoded.Answers);
    }

    [Fact]
    public void Encode_WithoutMessageTokens_LearnsTheBlankLineBehindAnswers()
    {
        ChatTemplate template = new(new BpeTrainer(257, specialTokens: ["<|endoftext|>"]).Train([]));
        EncodedDocument encoded = template.Encode(new Document(default, [new Part("user", "a"), new Part("assistant", "b")]));
        const int line = 199, space = 221, colon = 26;
        Assert.Equal([85, 83, 69, 82, colon, space, 65, line, line, 65, 83, 83, 73, 83, 84, 65, 78, 84, colon, space, 66, line, line], encoded.Tokens);
        Assert.Equal([new TokenSpan(20, 3)], encoded.Answers);
    }

    [Fact]
    public void Encode_Text_IsLearnedWhole()
    {
        ChatTemplate template = new(new BpeTrainer(259).Train([]));
        Assert.Equal([new TokenSpan(0, 5)], template.Encode(new Document(default, "hello")).Answers);
        Assert.Empty(template.Encode(new Document(default, "")).Answers);
        Assert.Empty(template.Encode(new Document(default, [new Part("user", "a")])).Answers);
    }
}
