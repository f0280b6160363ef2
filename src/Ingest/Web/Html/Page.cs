namespace DataPipeline.Ingest.Web.Html;

/// <summary>A page as one flat array of nodes in document order: a subtree is a range, sums over it are prefix sums, and nothing is allocated per
/// node.</summary>
internal sealed class Page
{
    private Node[] _nodes = new Node[256];
    private char[] _text = new char[4096];
    private int _textLength;

    /// <summary>Number of nodes.</summary>
    public int Count { get; private set; }

    /// <summary>Nodes in document order; node 0 is the root.</summary>
    public Span<Node> Nodes => _nodes.AsSpan(0, Count);

    /// <summary>Text of the <c>title</c> element.</summary>
    public string? Title { get; set; }

    /// <summary>Language of the <c>html</c> element.</summary>
    public string? Language { get; set; }

    /// <summary>Address that the page gives as its own.</summary>
    public string? Canonical { get; set; }

    /// <summary>Contents of <c>meta</c> elements by lower-case name or property; the first of each.</summary>
    public Dictionary<string, string> Meta { get; } = new(StringComparer.Ordinal);

    /// <summary>JSON that describes the page (<c>application/ld+json</c>), the first few blocks.</summary>
    public List<string> LinkedData { get; } = [];

    /// <summary>The first element that says it names the author; -1 if there is none.</summary>
    public int AuthorNode { get; set; } = -1;

    /// <summary>The first time that says it is the page's own, else the first of all, as written for machines.</summary>
    public string? Time { get; set; }

    /// <summary>Characters of a text node.</summary>
    public ReadOnlySpan<char> TextOf(in Node node) => _text.AsSpan(node.TextStart, node.TextLength);

    /// <summary>Adds a node under <paramref name="parent"/>.</summary>
    public int Add(Tag tag, int parent, Hint hint)
    {
        if (Count == _nodes.Length)
            Array.Resize(ref _nodes, Count * 2);
        _nodes[Count] = new Node { Tag = tag, Parent = parent, Hint = hint, TextStart = _textLength };
        return Count++;
    }

    /// <summary>Adds characters to the text buffer; they belong to the text node being built.</summary>
    public void Append(ReadOnlySpan<char> text)
    {
        if (_textLength + text.Length > _text.Length)
            Array.Resize(ref _text, Math.Max(_text.Length * 2, _textLength + text.Length));
        text.CopyTo(_text.AsSpan(_textLength));
        _textLength += text.Length;
    }

    /// <summary>Ends the text node <paramref name="index"/> and counts what it holds.</summary>
    public void EndText(int index, bool inLink)
    {
        ref Node node = ref _nodes[index];
        node.TextLength = _textLength - node.TextStart;
        node.End = index + 1;
        foreach (char c in _text.AsSpan(node.TextStart, node.TextLength))
        {
            if (char.IsWhiteSpace(c))
                continue;
            // A CJK character says about as much as three letters.
            int weight = c is >= '\u2e80' and <= '\u9fff' or >= '\uac00' and <= '\ud7a3' or >= '\uf900' and <= '\ufaff' or >= '\uff00'
                and <= '\uff60' ? 3 : 1;
            node.Chars += weight;
            if (c is ',' or '.' or ';' or '!' or '?' or '、' or '。' or '，' or '！' or '？' or '；' or '،' or '؟' or '।')
                node.Marks++;
        }
        if (inLink)
            node.LinkChars = node.Chars;
    }
}

/// <summary>An element or a run of text.</summary>
internal struct Node
{
    public Tag Tag;
    public Hint Hint;
    public int Parent;

    /// <summary>Index behind the last node of the subtree.</summary>
    public int End;
    public int TextStart;
    public int TextLength;

    /// <summary>Visible characters below, a CJK character counted three times.</summary>
    public int Chars;

    /// <summary>Those of them inside links.</summary>
    public int LinkChars;

    /// <summary>Commas and sentence marks below.</summary>
    public int Marks;
}
