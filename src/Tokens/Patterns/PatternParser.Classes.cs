using System.Text;

namespace DataPipeline.Tokens.Patterns;

internal sealed partial class PatternParser
{
    // Oniguruma's \w takes these Latin-1 numbers for word characters.
    private static readonly Lazy<CodePointSet> Word = new(() => UnicodeProperties.Find("word")!.Copy().Add(0xB2, 0xB3).Add(0xB9).Add(0xBC, 0xBE));

    /// <summary>What \w matches.</summary>
    public static CodePointSet WordCharacters => Word.Value;

    private PatternNode Escape(out int single)
    {
        single = -1;
        switch (Peek())
        {
            case 'A':
                _at++;
                return new AnchorNode(Anchor.TextStart);
            case 'z':
                _at++;
                return new AnchorNode(Anchor.TextEnd);
            case 'Z':
                _at++;
                return new AnchorNode(Anchor.TextEndOrLastNewLine);
            case 'b':
                _at++;
                return new AnchorNode(Anchor.WordBorder);
            case 'B':
                _at++;
                return new AnchorNode(Anchor.NotWordBorder);
        }
        if (EscapedSet() is { } set)
            return new SetNode(Folded(set));
        single = EscapedCharacter(inClass: false);
        return Single(single);
    }

    /// <summary>\s \d \w \h \p{...} and their opposites; null where another escape follows.</summary>
    private CodePointSet? EscapedSet()
    {
        int kind = Peek();
        CodePointSet? set = kind switch
        {
            's' or 'S' => UnicodeProperties.Space,
            'd' or 'D' => UnicodeProperties.Find("nd"),
            'w' or 'W' => Word.Value,
            'h' or 'H' => UnicodeProperties.Find("xdigit"),
            _ => null,
        };
        if (set is not null)
        {
            _at++;
            return kind is 'S' or 'D' or 'W' or 'H' ? set.Copy().Invert() : set;
        }
        if (kind is not ('p' or 'P'))
            return null;
        _at++;
        if (!Take('{'))
            throw Refuse("\\p without {");
        bool negative = (kind == 'P') ^ Take('^');
        StringBuilder name = new();
        for (int c; (c = Next()) != '}';)
            name.Append(new Rune(c).ToString());
        set = UnicodeProperties.Find(name.ToString()) ?? throw Refuse($"the property {name}");
        return negative ? set.Copy().Invert() : set;
    }

    private int EscapedCharacter(bool inClass)
    {
        int c = Next();
        switch (c)
        {
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'f':
                return '\f';
            case 'v':
                return '\v';
            case 'a':
                return '\a';
            case 'e':
                return 0x1B;
            case 'b' when inClass:
                return '\b';
            case 'u':
                int start = _at;
                int unit = Hexadecimal(4);
                return _at == start + 4 ? unit : throw Refuse("\\u without four digits");
            case 'x' when Take('{'):
                int point = Hexadecimal(6);
                return Take('}') ? point : throw Refuse("\\x{ without }");
            case 'x':
                int value = Hexadecimal(2);
                return value < 0x80 ? value : throw Refuse("\\x of a byte that is no character: write \\x{...}");
            case '0' when Peek() is not (>= '0' and <= '7'):
                return 0;
            default:
                return c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') ? throw Refuse($"\\{(char)c}") : c;
        }
    }

    /// <summary>A class, behind its opening bracket.</summary>
    private CodePointSet Class()
    {
        if (++_depth > MaxDepth)
            throw Refuse($"classes nested deeper than {MaxDepth}");
        bool negative = Take('^');
        CodePointSet set = new();
        CodePointSet? left = null;
        for (bool first = true; ; first = false)
        {
            if (Peek() == ']' && !first)
            {
                _at++;
                break;
            }
            if (Take("&&"))
            {
                left = left is null ? set : left.Intersect(set);
                set = new CodePointSet();
                continue;
            }
            if (Take("[:"))
            {
                set.Add(Posix());
                continue;
            }
            if (Take('['))
            {
                set.Add(Class());
                continue;
            }
            int low;
            if (Take('\\'))
            {
                if (EscapedSet() is { } escaped)
                {
                    set.Add(escaped);
                    if (Peek() == '-' && Peek(1) is not (']' or -1))
                        throw Refuse("a range that begins with a set");
                    continue;
                }
                low = EscapedCharacter(inClass: true);
            }
            else
            {
                low = Next();
            }
            if (Peek() == '-' && Peek(1) is not (']' or -1))
            {
                _at++;
                if (Peek() == '[' || (Peek() == '&' && Peek(1) == '&'))
                    throw Refuse("a range that ends with a set");
                int high = Take('\\') ? EscapedSet() is null ? EscapedCharacter(inClass: true) : throw Refuse("a range that ends with a set") : Next();
                set.Add(low, high >= low ? high : throw Refuse("a range from more to less"));
                continue;
            }
            set.Add(low);
        }
        if (left is not null)
            set = left.Intersect(set);
        _depth--;
        return negative ? Folding(set).Invert() : set;
    }

    /// <summary>Case is ignored inside a class before it is turned round.</summary>
    private CodePointSet Folding(CodePointSet set) => _ignoreCase ? CaseFolds.Close(set) : set;

    private CodePointSet Posix()
    {
        bool negative = Take('^');
        StringBuilder name = new();
        while (Peek() is >= 'a' and <= 'z')
            name.Append((char)Next());
        if (!Take(":]"))
            throw Refuse("[: without :]");
        CodePointSet set = name.ToString() switch
        {
            "punct" => UnicodeProperties.Find("p")!.Copy().Add(UnicodeProperties.Find("s")!),
            "cntrl" => UnicodeProperties.Find("cc")!,
            "alnum" or "alpha" or "ascii" or "blank" or "digit" or "graph" or "lower" or "print" or "space" or "upper" or "word" or "xdigit" =>
                UnicodeProperties.Find(name.ToString())!,
            _ => throw Refuse($"[:{name}:]"),
        };
        return negative ? set.Copy().Invert() : set;
    }
}
