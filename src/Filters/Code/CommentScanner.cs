using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Finds the comments of a source file: marks inside strings are none, and strings end where their language ends them.</summary>
/// <remarks>One pass that leaps from one possible mark to the next. Macros, templates and heredocs are not understood: a grammar of each language would be, at a hundred times the cost.</remarks>
internal ref struct CommentScanner(ReadOnlySpan<char> text, CommentSyntax syntax)
{
    private readonly ReadOnlySpan<char> _text = text;
    private int _at;
    private int _depth;

    /// <summary>The comment or docstring reached, with its marks.</summary>
    public Slice Current { get; private set; }

    /// <summary>Goes to the next comment; false when there is none.</summary>
    public bool MoveNext()
    {
        while (_text[_at..].IndexOfAny(syntax.Begins) is >= 0 and var next)
        {
            int start = _at + next;
            CountBrackets(start);
            int length = Comment(start);
            if (length > 0)
            {
                (Current, _at) = (new Slice(start, length), start + length);
                return true;
            }
            length = String(start, out bool isDocstring);
            _at = start + Math.Max(length, 1);
            if (isDocstring)
            {
                Current = new Slice(start, length);
                return true;
            }
        }
        return false;
    }

    // Inside brackets a string of Python is a value, wherever it stands in its line.
    private void CountBrackets(int end)
    {
        if (!syntax.HasDocstrings)
            return;
        foreach (char c in _text[_at..end])
            _depth += c is '(' or '[' or '{' ? 1 : c is ')' or ']' or '}' ? -1 : 0;
        _depth = Math.Max(_depth, 0);
    }

    private readonly int Comment(int start)
    {
        ReadOnlySpan<char> rest = _text[start..];
        foreach (CommentPair pair in syntax.Blocks)
        {
            if (!rest.StartsWith(pair.Open))
                continue;
            int at = pair.Open.Length;
            for (int open = 1; open > 0;)
            {
                int close = rest[at..].IndexOf(pair.Close), inner = pair.Nests ? rest[at..].IndexOf(pair.Open) : -1;
                if (close < 0)
                    return rest.Length;
                bool deeper = inner >= 0 && inner < close;
                open += deeper ? 1 : -1;
                at += deeper ? inner + pair.Open.Length : close + pair.Close.Length;
            }
            return at;
        }
        foreach (string mark in syntax.Lines)
        {
            if (!rest.StartsWith(mark))
                continue;
            int end = rest.IndexOf('\n');
            return end < 0 ? rest.Length : end;
        }
        return 0;
    }

    private readonly int String(int start, out bool isDocstring)
    {
        isDocstring = false;
        ReadOnlySpan<char> rest = _text[start..];
        foreach (StringMark mark in syntax.Strings)
        {
            if (!rest.StartsWith(mark.Mark))
                continue;
            int at = mark.Mark.Length;
            while (at < rest.Length)
            {
                int end = rest[at..].IndexOfAny(mark.Mark[0], mark.Escapes ? '\\' : mark.Mark[0], mark.SpansLines ? mark.Mark[0] : '\n');
                if (end < 0)
                    return rest.Length;
                at += end;
                if (rest[at] == '\\' && mark.Escapes)
                    at += 2;
                else if (rest[at] == '\n' && !mark.SpansLines)
                    return at;
                else if (!rest[at..].StartsWith(mark.Mark))
                    at++;
                else
                {
                    isDocstring = mark.Mark.Length == 3 && syntax.HasDocstrings && _depth == 0 && BeginsLine(start);
                    return at + mark.Mark.Length;
                }
            }
            return rest.Length;
        }
        return 0;
    }

    private readonly bool BeginsLine(int at)
    {
        while (at > 0 && (_text[at - 1] is ' ' or '\t' or 'r' or 'R' or 'u' or 'U'))
            at--;
        return at == 0 || _text[at - 1] == '\n';
    }
}
