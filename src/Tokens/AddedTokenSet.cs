using System.Buffers;
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

    // Spellings mostly begin alike, in normalized texts with the mark of a space, which stands before every word: the byte behind is looked for, so the places tried are few.
    private readonly int _common;
    private readonly SearchValues<byte> _telling;

    /// <param name="tokens">Tokens, and how they are spelled in the texts looked through.</param>
    public AddedTokenSet(IEnumerable<(AddedToken Token, byte[] Spelling)> tokens)
    {
        (AddedToken Token, byte[] Spelling)[] all = [.. tokens.Where(entry => entry.Spelling.Length > 0)];
        _tokens = [.. all.Select(entry => entry.Token)];
        // Of two tokens with one spelling the first counts, and the trie keeps the last.
        _trie = new DoubleArrayTrie(all.Select((entry, index) => (entry.Spelling, index)).Reverse());
        byte[][] spellings = [.. all.Select(entry => entry.Spelling)];
        while (spellings.Length > 0 && spellings.All(spelling => spelling.Length > _common + 1 && spelling[_common] == spellings[0][_common]))
            _common++;
        _telling = SearchValues.Create([.. spellings.Select(spelling => spelling[_common]).Distinct()]);
    }

    public bool IsEmpty => _tokens.Length == 0;

    /// <summary>Adds the stretches of a text in order: added tokens, and with none the text between.</summary>
    public void Split(ReadOnlySpan<byte> text, SpecialTokenHandling special, List<(int Start, int End, AddedToken? Token)> stretches)
    {
        int from = 0;
        for (int at = 0; at + _common < text.Length;)
        {
            int skipped = text[(at + _common)..].IndexOfAny(_telling);
            if (skipped < 0)
                break;
            at += skipped;
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
