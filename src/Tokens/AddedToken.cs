using System.Buffers;
using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Tokens;

/// <summary>A token that is found in the text before anything else is done to it.</summary>
/// <param name="Content">Its text.</param>
/// <param name="Id">Its id.</param>
/// <param name="Special">Found only when special tokens are recognised; an added token that is not special is always found.</param>
/// <param name="StripLeft">Takes white space before it along.</param>
/// <param name="StripRight">Takes white space after it along.</param>
/// <param name="SingleWord">Found only where no letter or digit touches it.</param>
/// <param name="Normalized">Found in the normalized text, normalized itself, after all tokens that are not.</param>
public sealed record AddedToken(string Content, int Id, bool Special = true, bool StripLeft = false, bool StripRight = false, bool SingleWord = false,
    bool Normalized = false);

/// <summary>Finds added tokens: the leftmost, of those the longest.</summary>
internal sealed class AddedTokenFinder
{
    private readonly (byte[] Bytes, AddedToken Token)[] _tokens;
    private readonly SearchValues<byte> _firstBytes;

    public AddedTokenFinder(IEnumerable<AddedToken> tokens)
    {
        _tokens = [.. tokens.Where(token => token.Content.Length > 0)
            .Select(token => (Encoding.UTF8.GetBytes(token.Content), token))
            .OrderByDescending(entry => entry.Item1.Length).ThenBy(entry => entry.token.Id)];
        _firstBytes = SearchValues.Create([.. _tokens.Select(entry => entry.Bytes[0]).Distinct()]);
    }

    public bool IsEmpty => _tokens.Length == 0;

    /// <summary>The next token at or after <paramref name="from"/>, or null; it covers <paramref name="start"/> to <paramref name="end"/>.</summary>
    public AddedToken? Next(ReadOnlySpan<byte> text, int from, SpecialTokenHandling special, out int start, out int end)
    {
        for (start = from; start < text.Length; start++)
        {
            int skip = text[start..].IndexOfAny(_firstBytes);
            if (skip < 0)
                break;
            start += skip;
            foreach ((byte[] bytes, AddedToken token) in _tokens)
            {
                if (!text[start..].StartsWith(bytes) || (token.Special && special == SpecialTokenHandling.AsText))
                    continue;
                if (token.Special && special == SpecialTokenHandling.Refuse)
                {
                    throw new InputException($"the text names the special token {token.Content} at byte {start}: recognise special tokens,"
                        + " or read them as text");
                }
                end = start + bytes.Length;
                if (token.StripLeft)
                    start -= SpaceBefore(text[from..start]);
                if (token.StripRight)
                    end += SpaceAfter(text[end..]);
                return token;
            }
        }
        start = end = text.Length;
        return null;
    }

    private static int SpaceBefore(ReadOnlySpan<byte> text)
    {
        int length = text.Length;
        while (Rune.DecodeLastFromUtf8(text, out Rune rune, out int bytes) == OperationStatus.Done && Rune.IsWhiteSpace(rune))
            text = text[..^bytes];
        return length - text.Length;
    }

    private static int SpaceAfter(ReadOnlySpan<byte> text)
    {
        int length = text.Length;
        while (Rune.DecodeFromUtf8(text, out Rune rune, out int bytes) == OperationStatus.Done && Rune.IsWhiteSpace(rune))
            text = text[bytes..];
        return length - text.Length;
    }
}
