using System.Globalization;
using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Tokens.Patterns;

/// <summary>Parses a regular expression in the syntax of Oniguruma (Ruby's), which split patterns of tokenizer files are written in.</summary>
/// <remarks>What this parser does not know, or knows to match differently in some case, is an error that names it. Recursive descent; nesting is bounded.</remarks>
internal sealed partial class PatternParser
{
    private const int MaxLength = 20_000, MaxDepth = 100, MaxRepeat = 1_000;

    private readonly int[] _points;
    private readonly string _pattern;
    private int _at;
    private int _depth;
    private bool _ignoreCase;
    private bool _dotAll;
    private bool _extended;

    private PatternParser(string pattern)
    {
        _pattern = pattern;
        if (pattern.Length > MaxLength)
            throw Refuse($"a pattern of {pattern.Length:N0} characters (at most {MaxLength:N0})");
        _points = [.. pattern.EnumerateRunes().Select(rune => rune.Value)];
    }

    /// <summary>The parsed pattern.</summary>
    /// <exception cref="InputException">It is no regular expression, or has a part that cannot be matched exactly.</exception>
    public static PatternNode Parse(string pattern)
    {
        PatternParser parser = new(pattern);
        PatternNode node = parser.Alternatives();
        return parser._at == parser._points.Length ? node : throw parser.Refuse("an unopened )");
    }

    private InputException Refuse(string what) => new($"regular expression {_pattern}: not supported: {what} (at character {_at})");

    private bool More => _at < _points.Length;

    private int Peek(int ahead = 0) => _at + ahead < _points.Length ? _points[_at + ahead] : -1;

    private int Next() => More ? _points[_at++] : throw Refuse("an end in the middle");

    private bool Take(char c)
    {
        if (Peek() != c)
            return false;
        _at++;
        return true;
    }

    private bool Take(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (Peek(i) != text[i])
                return false;
        }
        _at += text.Length;
        return true;
    }

    private PatternNode Alternatives()
    {
        if (++_depth > MaxDepth)
            throw Refuse($"groups nested deeper than {MaxDepth}");
        (bool ignoreCase, bool dotAll, bool extended) = (_ignoreCase, _dotAll, _extended);
        List<PatternNode> alternatives = [Sequence()];
        while (Take('|'))
            alternatives.Add(Sequence());
        (_ignoreCase, _dotAll, _extended) = (ignoreCase, dotAll, extended);
        _depth--;
        return alternatives.Count == 1 ? alternatives[0] : new AlternativesNode(alternatives);
    }

    private SequenceNode Sequence()
    {
        List<PatternNode> parts = [];
        int literal = -1;
        while (More && Peek() is not ('|' or ')'))
        {
            if (_extended && (char.IsWhiteSpace((char)Math.Min(Peek(), 0xFFFF)) || Peek() == '#'))
            {
                if (Next() == '#')
                {
                    while (More && Next() != '\n')
                    {
                    }
                }
                continue;
            }
            int before = _at;
            bool ignoreCase = _ignoreCase;
            PatternNode? part = Atom(out int single);
            if (part is null)
                continue;
            if (ignoreCase && single >= 0 && literal >= 0 && CaseFolds.BeginSeveral(literal, single))
                throw Refuse("letters in a row that one character may fold to, where case is ignored");
            literal = single;
            parts.Add(Quantified(part));
            if (parts[^1] is RepeatNode)
                literal = -1;
            if (_at == before)
                throw Refuse("this place");
        }
        return new SequenceNode(parts);
    }

    private PatternNode Quantified(PatternNode part)
    {
        while (true)
        {
            int min, max;
            bool interval = false;
            if (Take('*'))
                (min, max) = (0, -1);
            else if (Take('+'))
                (min, max) = (1, -1);
            else if (Take('?'))
                (min, max) = (0, 1);
            else if (Peek() == '{' && Interval(out min, out max))
                interval = true;
            else
                return part;
            if (part is LookNode or AnchorNode)
                throw Refuse("a repeated condition");
            bool lazy = Take('?');
            if (lazy && interval && min == max)
                throw Refuse("{n}?");
            part = new RepeatNode(part, min, max, lazy);
            // After an interval + repeats the whole, elsewhere it keeps what was taken.
            if (!lazy && !interval && Take('+'))
                part = new AtomicNode(part);
        }
    }

    private bool Interval(out int min, out int max)
    {
        int start = _at++;
        min = Number();
        max = min;
        if (Take(','))
            max = Number();
        else if (min < 0)
            max = -2;
        if (!Take('}') || max == -2 || (min < 0 && max < 0))
        {
            // A brace that opens no interval is a brace.
            _at = start;
            return false;
        }
        min = Math.Max(0, min);
        if (min > MaxRepeat || max > MaxRepeat)
            throw Refuse($"more than {MaxRepeat} repetitions");
        return max < 0 || max >= min ? true : throw Refuse("an interval from more to less");
    }

    private int Number()
    {
        int value = -1;
        while (Peek() is >= '0' and <= '9')
            value = Math.Min(1_000_000, Math.Max(0, value) * 10 + (Next() - '0'));
        return value;
    }

    /// <summary>One atom, or null for an option or a comment; <paramref name="single"/> is its character where it is one.</summary>
    private PatternNode? Atom(out int single)
    {
        single = -1;
        int c = Next();
        switch (c)
        {
            case '(':
                return Group();
            case '[':
                return new SetNode(Folded(Class()));
            case '.':
                CodePointSet any = new CodePointSet().Add(0, CodePointSet.Limit - 1);
                return new SetNode(_dotAll ? any : any.Remove('\n', '\n'));
            case '^':
                return new AnchorNode(Anchor.LineStart);
            case '$':
                return new AnchorNode(Anchor.LineEnd);
            case '*' or '+' or '?':
                throw Refuse("a repetition of nothing");
            case '\\':
                return Escape(out single);
            default:
                single = c;
                return Single(c);
        }
    }

    private SetNode Single(int point)
    {
        if (_ignoreCase && CaseFolds.HasSeveral(new CodePointSet().Add(point)))
            throw Refuse("a character that folds to several, where case is ignored");
        CodePointSet set = new CodePointSet().Add(point);
        return new SetNode(_ignoreCase ? CaseFolds.Close(set) : set);
    }

    private CodePointSet Folded(CodePointSet set)
    {
        if (!_ignoreCase)
            return set;
        if (CaseFolds.HasSeveral(set))
            throw Refuse("a class with characters that fold to several, where case is ignored");
        return CaseFolds.Close(set);
    }

    private PatternNode? Group()
    {
        if (Take("?#"))
        {
            while (Next() != ')')
            {
            }
            return null;
        }
        if (Take("?:"))
            return Close(Alternatives());
        if (Take("?="))
            return new LookNode(Close(Alternatives()), Behind: false, Negative: false);
        if (Take("?!"))
            return new LookNode(Close(Alternatives()), Behind: false, Negative: true);
        if (Take("?<="))
            return new LookNode(Close(Alternatives()), Behind: true, Negative: false);
        if (Take("?<!"))
            return new LookNode(Close(Alternatives()), Behind: true, Negative: true);
        if (Take("?>"))
            return new AtomicNode(Close(Alternatives()));
        if (Take("?<") || Take("?'"))
        {
            // A named group groups; what it captured is never asked for.
            int quote = _points[_at - 1] == '<' ? '>' : '\'';
            while (Next() != quote)
            {
            }
            return Close(Alternatives());
        }
        return Take('?') ? Options() : Close(Alternatives());
    }

    private PatternNode Close(PatternNode body) => Take(')') ? body : throw Refuse("an unclosed (");

    /// <summary><c>(?i)</c> up to the end of the group, or <c>(?i:...)</c>.</summary>
    private PatternNode? Options()
    {
        (bool ignoreCase, bool dotAll, bool extended) = (_ignoreCase, _dotAll, _extended);
        for (bool on = true; ;)
        {
            switch (Next())
            {
                case '-':
                    on = false;
                    break;
                case 'i':
                    ignoreCase = on;
                    break;
                case 'm':
                    dotAll = on;
                    break;
                case 'x':
                    extended = on;
                    break;
                case ')':
                    (_ignoreCase, _dotAll, _extended) = (ignoreCase, dotAll, extended);
                    // The option holds for all that follows in the group, alternatives included.
                    return Alternatives();
                case ':':
                    (bool i, bool d, bool e) = (_ignoreCase, _dotAll, _extended);
                    (_ignoreCase, _dotAll, _extended) = (ignoreCase, dotAll, extended);
                    PatternNode body = Close(Alternatives());
                    (_ignoreCase, _dotAll, _extended) = (i, d, e);
                    return body;
                default:
                    throw Refuse($"the group (?{new Rune(_points[_at - 1])}");
            }
        }
    }

    private int Hexadecimal(int digits)
    {
        int value = 0, start = _at;
        while (_at - start < digits && Peek() is var c && c is (>= '0' and <= '9') or (>= 'a' and <= 'f') or (>= 'A' and <= 'F'))
            value = value * 16 + int.Parse([(char)Next()], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return _at > start && value < CodePointSet.Limit && value is < 0xD800 or >= 0xE000 ? value : throw Refuse("a number of no character");
    }
}
