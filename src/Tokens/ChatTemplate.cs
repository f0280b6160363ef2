using DataPipeline.Core;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tokens;

/// <summary>How documents become tokens: a text as it is; a dialogue in the ChatML form, <c>&lt;|im_start|&gt;role\ntext&lt;|im_end|&gt;\n</c> for each message (OpenAI 2023).</summary>
/// <remarks>Names of special tokens inside a text stay text: what a document says cannot end a message. A tokenizer without ChatML's tokens writes
/// <c>role: text</c> and a blank line instead.</remarks>
public sealed class ChatTemplate
{
    /// <summary>Begins a message.</summary>
    public const string MessageStart = "<|im_start|>";

    /// <summary>Ends a message.</summary>
    public const string MessageEnd = "<|im_end|>";

    /// <summary>Special tokens that a tokenizer trained here has: the end of a document and ChatML's two.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } = ["<|endoftext|>", MessageStart, MessageEnd];

    private const string Assistant = "assistant";

    private readonly Tokenizer _tokenizer;
    private readonly int? _start, _end;

    /// <summary>The template for a tokenizer.</summary>
    /// <exception cref="ConfigurationException">The tokenizer has no token that ends a document.</exception>
    public ChatTemplate(Tokenizer tokenizer)
    {
        _tokenizer = tokenizer;
        EndOfDocument = tokenizer.EndOfDocumentId
            ?? throw new ConfigurationException("the tokenizer has no end-of-document token (<|endoftext|>, <|end_of_text|>, </s> or [SEP]); take one that has, or train one");
        if (tokenizer.SpecialTokens.TryGetValue(MessageStart, out int start) && tokenizer.SpecialTokens.TryGetValue(MessageEnd, out int end))
            (_start, _end) = (start, end);
    }

    /// <summary>The token that ends a document.</summary>
    public int EndOfDocument { get; }

    /// <summary>The token after which an answer is over.</summary>
    public int EndOfAnswer => _end ?? EndOfDocument;

    /// <summary>True for a preference pair: it is trained on by preference objectives, not as text.</summary>
    public static bool IsPreference(Document document) => document.Parts.Any(part => part.Is("chosen"));

    /// <summary>A document's tokens, without the end-of-document token: packing puts it behind.</summary>
    public EncodedDocument Encode(Document document)
    {
        var output = new IdBuffer(document.Text.Length / 3);
        List<TokenSpan> answers = [];
        foreach (Part part in document.Parts)
        {
            if (part.Role == Part.TextRole)
                Answer(part.Text, output, answers);
            else
                Message(part.Role, part.Text, output, answers);
        }
        return new EncodedDocument(output.Ids.ToArray(), [.. answers]);
    }

    /// <summary>The tokens of a preference pair's prompt, up to where the answer begins.</summary>
    public int[] EncodePrompt(Document pair)
    {
        var output = new IdBuffer(256);
        foreach (Part part in pair.Parts.Where(part => part.Is("prompt") || !(part.Is("chosen") || part.Is("rejected"))))
            Message(part.Role.StartsWith("prompt:", StringComparison.Ordinal) ? part.Role["prompt:".Length..] : part.Role == "prompt" ? "user" : part.Role, part.Text, output);
        Head(Assistant, output);
        return output.Ids.ToArray();
    }

    /// <summary>The tokens of an answer with the token that ends it.</summary>
    public int[] EncodeAnswer(string answer)
    {
        var output = new IdBuffer(256);
        _tokenizer.Encode(answer, output);
        output.Add(EndOfAnswer);
        return output.Ids.ToArray();
    }

    private void Message(string role, string text, IdBuffer output, List<TokenSpan>? answers = null)
    {
        Head(role, output);
        int begin = output.Ids.Length;
        _tokenizer.Encode(text, output);
        // What ends a message is for its writer to say: ChatML's token, or without it the blank line.
        if (_end is { } end)
            output.Add(end);
        else
            _tokenizer.Encode("\n\n", output);
        if (role == Assistant)
            answers?.Add(new TokenSpan(begin, output.Ids.Length - begin));
        if (_end is not null)
            _tokenizer.Encode("\n", output);
    }

    private void Answer(string text, IdBuffer output, List<TokenSpan> answers)
    {
        int begin = output.Ids.Length;
        _tokenizer.Encode(text, output);
        int length = output.Ids.Length - begin;
        if (answers is [.., var last] && last.End == begin)
            answers[^1] = last with { Length = last.Length + length };
        else if (length > 0)
            answers.Add(new TokenSpan(begin, length));
    }

    private void Head(string role, IdBuffer output)
    {
        if (_start is { } start)
            output.Add(start);
        _tokenizer.Encode(_start is null ? $"{role}: " : $"{role}\n", output);
    }
}
