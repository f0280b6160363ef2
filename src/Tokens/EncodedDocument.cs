using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tokens;

/// <summary>A document's tokens and where in them is what a model learns to write.</summary>
/// <param name="Tokens">Ids.</param>
/// <param name="Answers">The whole of a text; of a dialogue the assistant's messages, each with the token that ends it.</param>
public sealed record EncodedDocument(int[] Tokens, TokenSpan[] Answers)
{
    /// <summary>A stretch of it.</summary>
    public EncodedDocument Part(int from, int length) => new(Tokens.AsSpan(from, length).ToArray(), TokenSpan.Within(Answers, from, length));

    /// <summary>The same between tokens that begin and end a document. They belong to an answer that they touch, so that a text stays whole.</summary>
    public EncodedDocument Between(int[] before, int[] behind)
    {
        if (before.Length + behind.Length == 0)
            return this;
        TokenSpan[] answers = [.. Answers.Select(answer =>
        {
            int begin = answer.Begin == 0 ? 0 : answer.Begin + before.Length;
            int end = answer.End + before.Length + (answer.End == Tokens.Length ? behind.Length : 0);
            return new TokenSpan(begin, end - begin);
        })];
        return new EncodedDocument([.. before, .. Tokens, .. behind], answers);
    }
}
