using System.Text;

namespace DataPipeline.Tokens.Patterns;

/// <summary>What a step looks for: an exact text, or a regular expression.</summary>
internal sealed class TextPattern
{
    private readonly byte[]? _literal;
    private readonly Pattern? _pattern;

    private TextPattern(byte[]? literal, Pattern? pattern) => (_literal, _pattern) = (literal, pattern);

    /// <summary>An exact text.</summary>
    public static TextPattern Literal(string text) => new(Encoding.UTF8.GetBytes(text), null);

    /// <summary>A regular expression.</summary>
    public static TextPattern Expression(string text) => new(null, new Pattern(text));

    /// <summary>The byte that is the whole of an exact text; null for a longer one and for an expression.</summary>
    public byte? OnlyByte => _literal is [var value] ? value : null;

    /// <summary>The next match at or after a place, or false.</summary>
    public bool Find(ReadOnlySpan<byte> text, int from, out int start, out int end)
    {
        if (_literal is null)
        {
            start = _pattern!.Find(text, from, out end);
            return start >= 0;
        }
        int found = _literal.Length == 0 ? -1 : text[from..].IndexOf(_literal);
        start = from + found;
        end = start + _literal.Length;
        return found >= 0;
    }
}

/// <summary>The matches of a pattern in a text, in order and without overlap; behind an empty match the search goes on one character later.</summary>
internal ref struct MatchCursor(TextPattern pattern, ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _from;
    private int _lastEnd = -1;

    public bool Next(out int start, out int end)
    {
        while (true)
        {
            start = end = -1;
            if (_from > _text.Length || !pattern.Find(_text, _from, out start, out end))
                return false;
            bool empty = start == end;
            _from = !empty ? end : end < _text.Length ? end + Utf8Point.LengthOf(_text[end]) : _text.Length + 1;
            // An empty match right behind the last one is none.
            if (empty && end == _lastEnd)
                continue;
            _lastEnd = end;
            return true;
        }
    }
}
