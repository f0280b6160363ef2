using System.Buffers;
using System.Globalization;

namespace DataPipeline.Ingest.Web.Html;

/// <summary>Builds a <see cref="Page"/> in one pass over the characters of a page: tokens and tree by the HTML standard where text depends on it
/// (implied ends, scopes, raw text), without its repair of misnested formatting, which changes no text.</summary>
/// <remarks>Linear: nesting is cut at <see cref="MaxDepth"/>, and an end tag that nothing opened costs nothing. No regular expressions.</remarks>
internal ref partial struct HtmlParser
{
    private const int MaxDepth = 400;
    private const int MaxLinkedData = 8, MaxLinkedDataChars = 1 << 17;
    private static readonly SearchValues<char> AttributeEnd = SearchValues.Create(" \t\r\n\f/>=");
    private static readonly SearchValues<char> ValueEnd = SearchValues.Create(" \t\r\n\f>");
    private readonly ReadOnlySpan<char> _html;
    private readonly Page _page;
    private readonly Span<int> _open;
    private readonly Span<int> _openByTag;
    private readonly Span<KnownNames> _names;
    private int _depth;
    private int _at;
    private int _link = -1;

    private HtmlParser(ReadOnlySpan<char> html, Page page, Span<int> open, Span<int> openByTag, Span<KnownNames> names)
    {
        _html = html;
        _page = page;
        _open = open;
        _openByTag = openByTag;
        _names = names;
    }

    /// <summary>Reads a page; any characters make one.</summary>
    public static Page Parse(ReadOnlySpan<char> html)
    {
        Span<int> open = stackalloc int[MaxDepth];
        Span<int> openByTag = stackalloc int[256];
        openByTag.Clear();
        Span<KnownNames> names = stackalloc KnownNames[KnownNames.Places];
        names.Clear();
        var parser = new HtmlParser(html, new Page(html.Length), open, openByTag, names);
        return parser.Run();
    }

    private Page Run()
    {
        Push(_page.Add(Tag.Html, -1, Hint.None), Tag.Html);
        while (_at < _html.Length)
        {
            int next = _html[_at..].IndexOf('<');
            int end = next < 0 ? _html.Length : _at + next;
            if (end > _at)
                AddText(_html[_at..end]);
            _at = end;
            if (_at < _html.Length)
                Markup();
        }
        while (_depth > 0)
            Pop();
        Span<Node> nodes = _page.Nodes;
        for (int i = nodes.Length - 1; i > 0; i--)
        {
            ref Node parent = ref nodes[nodes[i].Parent];
            parent.Chars += nodes[i].Chars;
            parent.LinkChars += nodes[i].LinkChars;
            parent.Marks += nodes[i].Marks;
        }
        return _page;
    }

    private void Markup()
    {
        char c = _at + 1 < _html.Length ? _html[_at + 1] : '\0';
        if (char.IsAsciiLetter(c))
        {
            StartTag();
        }
        else if (c == '/' && _at + 2 < _html.Length && char.IsAsciiLetter(_html[_at + 2]))
        {
            EndTag();
        }
        else if (c == '!' && _html[_at..].StartsWith("<!--"))
        {
            // "<!-->" is a whole comment too.
            int end = _html[(_at + 2)..].IndexOf("-->");
            _at = end < 0 ? _html.Length : _at + 2 + end + 3;
        }
        else if (c is '!' or '?' or '/')
        {
            int end = _html[_at..].IndexOf('>');
            _at = end < 0 ? _html.Length : _at + end + 1;
        }
        else
        {
            AddText("<");
            _at++;
        }
    }

    private void StartTag()
    {
        ReadOnlySpan<char> rest = _html[++_at..];
        Tag tag = Tags.Of(rest, out int length);
        ReadOnlySpan<char> name = rest[..length];
        _at += length;
        Attributes attributes = ReadAttributes();
        if (tag is Tag.Html or Tag.Body && _openByTag[(int)tag] > 0 || tag == Tag.Html)
        {
            if (tag == Tag.Html && !attributes.Lang.IsEmpty)
                _page.Language ??= attributes.Lang.ToString();
            return;
        }
        if (Tags.IsRaw(tag))
        {
            RawText(tag, name, isLinkedData: tag == Tag.Script && attributes.Type.Equals("application/ld+json", StringComparison.OrdinalIgnoreCase));
            return;
        }
        if (tag is Tag.Meta or Tag.Link)
            Describe(tag, attributes);
        CloseImplied(tag);
        if (Tags.IsVoid(tag))
        {
            AddLeaf(tag);
            return;
        }
        if (attributes.SelfClosing && tag is Tag.Other or Tag.Svg or Tag.Math && attributes.SelfClosing)
            return;
        if (_depth == MaxDepth)
            return;
        Hint names = HintOf(attributes.Class) | HintOf(attributes.Id);
        int node = _page.Add(tag, _open[_depth - 1], Hints.Of(tag, attributes, names));
        Push(node, tag);
        if (tag is Tag.Td or Tag.Th)
            _page.Nodes[node].Spans = (byte)(SpanOf(attributes.ColSpan) | SpanOf(attributes.RowSpan) << 4);
        if (tag == Tag.A && !attributes.Href.IsEmpty)
            _link = node;
        NoteFacts(node, attributes);
    }

    private static int SpanOf(ReadOnlySpan<char> value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int span) ? Math.Clamp(span, 1, 15) : 1;

    private readonly void NoteFacts(int node, in Attributes attributes)
    {
        bool named = !attributes.ItemProp.IsEmpty && HasWord(attributes.ItemProp, "author") || !attributes.Rel.IsEmpty && HasWord(attributes.Rel, "author");
        if (named || (_page.Nodes[node].Hint & (Hint.Byline | Hint.Author)) != 0)
            _page.NoteAuthor(node, named ? AuthorTrust.Named : (_page.Nodes[node].Hint & Hint.Byline) != 0 ? AuthorTrust.Byline : AuthorTrust.Author);
        bool published = attributes.ItemProp is "datePublished";
        if (!attributes.DateTime.IsEmpty && (published || _page.Time is null))
            _page.Time = attributes.DateTime.ToString();
    }

    // A list of words, as in class and rel.
    private static bool HasWord(ReadOnlySpan<char> list, string word)
    {
        foreach (Range range in list.Split(' '))
        {
            if (list[range].Trim().Equals(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    /// <summary>What a class list or id says. Pages repeat them much, so each is read once and found again by where it stood.</summary>
    private readonly Hint HintOf(ReadOnlySpan<char> names)
    {
        if (names.IsEmpty)
            return Hint.None;
        ref KnownNames known = ref _names[KnownNames.PlaceOf(names)];
        if (known.Length == names.Length && _html.Slice(known.Start, known.Length).SequenceEqual(names))
            return known.Hint;
        Hint hint = Hints.OfNames(names);
        if (_html.Overlaps(names, out int start))
            known = new KnownNames(start, names.Length, hint);
        return hint;
    }

    private void EndTag()
    {
        int nameStart = _at + 2;
        ReadOnlySpan<char> rest = _html[nameStart..];
        Tag tag = Tags.Of(rest, out _);
        int close = rest.IndexOf('>');
        _at = close < 0 ? _html.Length : nameStart + close + 1;
        if (tag == Tag.Br)
            AddLeaf(Tag.Br);
        if (tag == Tag.A)
            _link = -1;
        if (tag is Tag.Html or Tag.Body || _openByTag[(int)tag] == 0)
            return;
        bool inline = !Tags.IsBlock(tag);
        for (int i = _depth - 1; i > 0; i--)
        {
            Tag open = _page.Nodes[_open[i]].Tag;
            if (open == tag || Tags.IsHeading(tag) && Tags.IsHeading(open))
            {
                while (_depth > i)
                    Pop();
                return;
            }
            if (Tags.IsScope(open) && tag is not (Tag.Table or Tag.Thead or Tag.Tbody or Tag.Tfoot or Tag.Tr) || inline && Tags.IsBlock(open))
                return;
        }
    }

    /// <summary>Ends what the start of <paramref name="tag"/> ends without an end tag.</summary>
    private void CloseImplied(Tag tag)
    {
        if (_openByTag[(int)Tag.P] > 0 && Tags.ClosesParagraph(tag))
            CloseUpTo(Tag.P, Tag.P, Tag.Button);
        switch (tag)
        {
            case Tag.Li:
                CloseUpTo(Tag.Li, Tag.Li, Tag.Ul, Tag.Ol);
                break;
            case Tag.Dt or Tag.Dd:
                CloseUpTo(Tag.Dt, Tag.Dd, Tag.Dl);
                break;
            case Tag.Td or Tag.Th:
                CloseUpTo(Tag.Td, Tag.Th, Tag.Table);
                break;
            case Tag.Tr:
                CloseUpTo(Tag.Tr, Tag.Tr, Tag.Table);
                break;
            case Tag.Thead or Tag.Tbody or Tag.Tfoot:
                CloseUpTo(Tag.Thead, Tag.Tbody, Tag.Table);
                CloseUpTo(Tag.Tfoot, Tag.Tfoot, Tag.Table);
                break;
            case Tag.Option or Tag.Optgroup:
                CloseUpTo(Tag.Option, Tag.Option, Tag.Select);
                break;
            case Tag.A when _link >= 0:
                _link = -1;
                CloseUpTo(Tag.A, Tag.A, Tag.Div);
                break;
            case >= Tag.H1 and <= Tag.H6 when Tags.IsHeading(_page.Nodes[_open[_depth - 1]].Tag):
                Pop();
                break;
            case Tag.Body when _openByTag[(int)Tag.Head] > 0:
                CloseUpTo(Tag.Head, Tag.Head, Tag.Html);
                break;
        }
    }

    private void CloseUpTo(Tag first, Tag second, Tag boundary, Tag boundary2 = Tag.Text)
    {
        if (_openByTag[(int)first] == 0 && _openByTag[(int)second] == 0)
            return;
        for (int i = _depth - 1; i > 0; i--)
        {
            Tag open = _page.Nodes[_open[i]].Tag;
            if (open == first || open == second)
            {
                while (_depth > i)
                    Pop();
                return;
            }
            bool tableParts = first is Tag.Tr or Tag.Thead or Tag.Tfoot or Tag.Td;
            if (open == boundary || open == boundary2 || !tableParts && Tags.IsScope(open))
                return;
        }
    }

    private void RawText(Tag tag, ReadOnlySpan<char> name, bool isLinkedData)
    {
        int start = _at, end = start;
        while (true)
        {
            int found = _html[end..].IndexOf("</");
            if (found < 0)
            {
                end = _html.Length;
                break;
            }
            end += found;
            ReadOnlySpan<char> after = _html[(end + 2)..];
            if (after.StartsWith(name, StringComparison.OrdinalIgnoreCase)
                && (after.Length == name.Length || !char.IsAsciiLetterOrDigit(after[name.Length])))
                break;
            end += 2;
        }
        int close = _html[end..].IndexOf('>');
        _at = close < 0 ? _html.Length : end + close + 1;
        if (tag == Tag.Title && _page.Title is null && _openByTag[(int)Tag.Svg] == 0)
            _page.Title = Whitespace.Collapse(Entities.Decode(_html[start..end]));
        else if (tag == Tag.Xmp)
            AddText(_html[start..end]);
        else if (isLinkedData && _page.LinkedData.Count < MaxLinkedData && end - start <= MaxLinkedDataChars)
            _page.LinkedData.Add(_html[start..end].ToString());
    }

    private void AddText(ReadOnlySpan<char> text)
    {
        int node = _page.Add(Tag.Text, _open[_depth - 1], Hint.None);
        Span<char> decoded = stackalloc char[2];
        while (true)
        {
            int at = text.IndexOf('&');
            if (at < 0)
                break;
            _page.Append(text[..at]);
            text = text[at..];
            int used = Entities.Decode(text, false, decoded, out int written);
            _page.Append(used == 0 ? "&" : decoded[..written]);
            text = text[Math.Max(1, used)..];
        }
        _page.Append(text);
        _page.EndText(node, _link >= 0);
    }

    private readonly void Describe(Tag tag, Attributes attributes)
    {
        if (tag == Tag.Link)
        {
            if (attributes.Rel.Equals("canonical", StringComparison.OrdinalIgnoreCase))
                _page.Canonical ??= Entities.Decode(attributes.Href).Trim();
            return;
        }
        if (!attributes.ItemProp.IsEmpty && !attributes.Content.IsEmpty && attributes.ItemProp.Length <= 64)
            Note(attributes.ItemProp, attributes.Content);
        if (attributes.Name.IsEmpty || attributes.Content.IsEmpty || attributes.Name.Length > 64)
            return;
        Note(attributes.Name, attributes.Content);
    }

    private readonly void Note(ReadOnlySpan<char> key, ReadOnlySpan<char> content)
    {
        string name = key.ToString().ToLowerInvariant();
        if (_page.Meta.Count < 200)
            _page.Meta.TryAdd(name, Whitespace.Collapse(Entities.Decode(content)));
    }

    private readonly void AddLeaf(Tag tag)
    {
        int leaf = _page.Add(tag, _open[_depth - 1], Hint.None);
        _page.Nodes[leaf].End = leaf + 1;
    }

    private void Push(int node, Tag tag)
    {
        _open[_depth++] = node;
        _openByTag[(int)tag]++;
    }

    private void Pop()
    {
        int node = _open[--_depth];
        ref Node closed = ref _page.Nodes[node];
        closed.End = _page.Count;
        _openByTag[(int)closed.Tag]--;
        if (node == _link)
            _link = -1;
    }
}

/// <summary>A class list or id that was read, and where it stands in the page.</summary>
internal readonly record struct KnownNames(int Start, int Length, Hint Hint)
{
    /// <summary>Places of a page's table; a power of two.</summary>
    public const int Places = 256;

    /// <summary>The place of names in the table; the next that fall on it take it over.</summary>
    public static int PlaceOf(ReadOnlySpan<char> names)
    {
        uint hash = (uint)names.Length;
        hash = (hash ^ names[0]) * 0x9e3779b1;
        hash = (hash ^ names[names.Length / 2]) * 0x9e3779b1;
        hash = (hash ^ names[names.Length - names.Length / 4 - 1]) * 0x9e3779b1;
        hash = (hash ^ names[^1]) * 0x9e3779b1;
        return (int)(hash >> 24);
    }
}
