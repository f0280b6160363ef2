using System.Text;
using DataPipeline.Core;
using DataPipeline.Tokens.Models;
using DataPipeline.Tokens.Normalize;
using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens;

/// <summary>Cuts a text at added tokens: the leftmost, of those the longest, with the white space that a token takes along.</summary>
internal sealed class AddedTokenSet
{
    private readonly DoubleArrayTrie _trie;
    private readonly AddedToken[] _tokens;

    /// <param name="tokens">Tokens, and how they are spelled in the texts looked through.</param>
    public AddedTokenSet(IEnumerable<(AddedToken Token, byte[] Spelling)> tokens)
    {
        (AddedToken Token, byte[] Spelling)[] all = [.. tokens.Where(entry => entry.Spelling.Length > 0)];
        _tokens = [.. all.Select(entry => entry.Token)];
        // Of two tokens with one spelling the first counts, and the trie keeps the last.
        _trie = new DoubleArrayTrie(all.Select((entry, index) => (entry.Spelling, index)).Reverse());
    }

    public bool IsEmpty => _tokens.Length == 0;

    /// <summary>Adds the stretches of a text in order: added tokens, and with none the text between.</summary>
    public void Split(ReadOnlySpan<byte> text, SpecialTokenHandling special, List<(int Start, int End, AddedToken? Token)> stretches)
    {
        int from = 0;
        for (int at = 0; at < text.Length;)
        {
            int length = _trie.Longest(text[at..], out int index);
            if (length == 0)
            {
                at++;
                continue;
            }
            AddedToken token = _tokens[index];
            int start = at, end = at += length;
            if (token.Special && special == SpecialTokenHandling.AsText)
                continue;
            if (token.SingleWord && (EndsWithWord(text[..start]) || BeginsWithWord(text[end..])))
                continue;
            if (token.Special && special == SpecialTokenHandling.Refuse)
                throw new InputException($"the text names the special token {token.Content} at byte {start}: recognise special tokens, or read them as text");
            while (token.StripLeft && start > from && UnicodeProperties.Space.Contains(Utf8Point.At(text, Utf8Point.Before(text, start), out int before)))
                start -= before;
            while (token.StripRight && end < text.Length && UnicodeProperties.Space.Contains(Utf8Point.At(text, end, out int after)))
                end += after;
            if (start > from)
                stretches.Add((from, start, null));
            stretches.Add((start, end, token));
            from = end;
        }
        if (from < text.Length)
            stretches.Add((from, text.Length, null));
    }

    private static bool EndsWithWord(ReadOnlySpan<byte> text) =>
        !text.IsEmpty && UnicodeVersions.IsWord(Utf8Point.At(text, Utf8Point.Before(text, text.Length), out _));

    private static bool BeginsWithWord(ReadOnlySpan<byte> text) => !text.IsEmpty && UnicodeVersions.IsWord(Utf8Point.At(text, 0, out _));
}
