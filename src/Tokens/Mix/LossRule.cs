using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tokens.Mix;

/// <summary>Which tokens of a dialogue are trained on. All other documents are trained on whole.</summary>
public enum LossOn
{
    /// <summary>All: prompts, names of roles and answers.</summary>
    All,

    /// <summary>The assistant's messages with the token that ends each, and nothing else.</summary>
    Answers,

    /// <summary>The last message of the assistant alone.</summary>
    LastAnswer,
}

/// <summary>What becomes of a dialogue that is longer than a row.</summary>
public enum LongDialogues
{
    /// <summary>Its end is lost; an answer that is cut is learned as far as it goes, without an end.</summary>
    CutEnd,

    /// <summary>Its beginning is lost.</summary>
    CutStart,

    /// <summary>It is left out and counted as <c>too_long</c>.</summary>
    Drop,
}

/// <summary>What of each document is kept and trained on.</summary>
/// <param name="Loss">Which tokens of a dialogue.</param>
/// <param name="MaxTokens">Tokens of a dialogue at most, without the token that ends a document; other documents are never cut here.</param>
/// <param name="Long">What becomes of longer ones.</param>
/// <param name="OnlyDialogues">Leaves out all other documents.</param>
public sealed record LossRule(LossOn Loss = LossOn.All, int MaxTokens = int.MaxValue, LongDialogues Long = LongDialogues.CutEnd, bool OnlyDialogues = false)
{
    /// <summary>Reasons why a dialogue is left out: longer than a row; without an answer to learn; all its answers cut off.</summary>
    public const string TooLong = "too_long", NoAnswer = "no_answer", AnswerCut = "answer_cut";

    /// <summary>True when every document is kept whole and all of it trained on.</summary>
    public bool KeepsAll => Loss == LossOn.All && MaxTokens == int.MaxValue && !OnlyDialogues;

    /// <summary>True for a document that the rule looks at.</summary>
    public bool Reads(TokenDocument document) => !OnlyDialogues || document.IsDialogue;

    /// <summary>What is kept of a document.</summary>
    public Lesson Of(TokenDocument document)
    {
        int tokens = document.TokenCount, length = Math.Min(tokens, MaxTokens);
        if (!document.IsDialogue)
            return new Lesson(0, tokens, [new TokenSpan(0, tokens)], LearnsEnd: true);
        if (tokens > MaxTokens && Long == LongDialogues.Drop)
            return Lesson.Dropped(TooLong);
        int begin = Long == LongDialogues.CutStart ? tokens - length : 0;
        bool isEndCut = begin + length < tokens;
        if (Loss == LossOn.All)
            return new Lesson(begin, length, [new TokenSpan(0, length)], !isEndCut);
        IReadOnlyList<TokenSpan> answers = Loss == LossOn.LastAnswer ? [.. document.Answers!.TakeLast(1)] : document.Answers!;
        if (answers.Count == 0)
            return Lesson.Dropped(NoAnswer);
        TokenSpan[] learned = TokenSpan.Within(answers, begin, length);
        // An answer that nothing follows ends the document as well: a template without a token for the end of a message.
        return learned.Length == 0 ? Lesson.Dropped(AnswerCut) : new Lesson(begin, length, learned, answers[^1].End == tokens && !isEndCut);
    }
}

/// <summary>What is kept of a document and which of it is trained on.</summary>
/// <param name="Begin">First token kept.</param>
/// <param name="Length">Tokens kept.</param>
/// <param name="Learned">Stretches that are trained on, counted from <paramref name="Begin"/>.</param>
/// <param name="LearnsEnd">Whether the token behind it that ends the document is trained on.</param>
/// <param name="Reason">Why the document is left out; null if it is kept.</param>
public readonly record struct Lesson(int Begin, int Length, IReadOnlyList<TokenSpan> Learned, bool LearnsEnd, string? Reason = null)
{
    /// <summary>Tokens trained on, without the one that ends the document.</summary>
    public long LearnedTokens
    {
        get
        {
            long tokens = 0;
            foreach (TokenSpan span in Learned)
                tokens += span.Length;
            return tokens;
        }
    }

    internal static Lesson Dropped(string reason) => new(0, 0, [], false, reason);
}
