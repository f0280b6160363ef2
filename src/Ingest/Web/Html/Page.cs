using System.Buffers;

namespace DataPipeline.Ingest.Web.Html;

/// <summary>A page as one flat array of nodes in document order: a subtree is a range, sums over it are prefix sums, and nothing is allocated per
/// node.</summary>
internal sealed class Page : IDisposable
{
    private const int MaxAuthorNodes = 16;
    private static readonly byte[] AsciiCounts = [.. Enumerable.Range(0, 128).Select(c => (byte)CountsOf((char)c))];
    private Node[] _nodes;
    private char[] _text;
    private int _textLength;

    /// <summary>An empty page.</summary>
    /// <param name="htmlChars">Characters of its source, by which room is made: text is mostly a tenth of them, and a node stands in fifty.</param>
    public Page(int htmlChars)
    {
        _nodes = ArrayPool<Node>.Shared.Rent(Math.Max(256, htmlChars / 32));
        _text = ArrayPool<char>.Shared.Rent(Math.Max(4096, htmlChars / 4));
    }

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

    /// <summary>Elements that say they name the author, in document order.</summary>
    public List<(int Node, AuthorTrust Trust)> Authors { get; } = [];

    /// <summary>The first time that says it is the page's own, else the first of all, as written for machines.</summary>
    public string? Time { get; set; }

    /// <summary>Characters of all text nodes, one behind another.</summary>
    public ReadOnlySpan<char> Text => _text.AsSpan(0, _textLength);

    /// <summary>Characters of a text node.</summary>
    public ReadOnlySpan<char> TextOf(in Node node) => _text.AsSpan(node.TextStart, node.TextLength);

    /// <summary>Notes that an element says it names the author.</summary>
    public void NoteAuthor(int node, AuthorTrust trust)
    {
        if (Authors.Count < MaxAuthorNodes)
            Authors.Add((node, trust));
    }

    /// <summary>Adds a node under <paramref name="parent"/>.</summary>
    public int Add(Tag tag, int parent, Hint hint)
    {
        if (Count == _nodes.Length)
            Grow(ref _nodes, Count, Count + 1);
        _nodes[Count] = new Node { Tag = tag, Parent = parent, Hint = hint, TextStart = _textLength };
        return Count++;
    }

    /// <summary>Adds characters to the text buffer; they belong to the text node being built.</summary>
    public void Append(ReadOnlySpan<char> text)
    {
        if (_textLength + text.Length > _text.Length)
            Grow(ref _text, _textLength, _textLength + text.Length);
        text.CopyTo(_text.AsSpan(_textLength));
        _textLength += text.Length;
    }

    /// <summary>Ends the text node <paramref name="index"/> and counts what it holds.</summary>
    public void EndText(int index, bool inLink)
    {
        ref Node node = ref _nodes[index];
        node.TextLength = _textLength - node.TextStart;
        node.End = index + 1;
        int chars = 0, marks = 0;
        foreach (char c in _text.AsSpan(node.TextStart, node.TextLength))
        {
            int counts = c < 128 ? AsciiCounts[c] : CountsOf(c);
            chars += counts & 3;
            marks += counts >> 2;
        }
        node.Chars = chars;
        node.Marks = marks;
        if (inLink)
            node.LinkChars = chars;
    }

    /// <summary>Gives the memory back; the page must not be used again.</summary>
    public void Dispose()
    {
        ArrayPool<Node>.Shared.Return(_nodes);
        ArrayPool<char>.Shared.Return(_text);
        (_nodes, _text, Count) = ([], [], 0);
    }

    private static void Grow<T>(ref T[] array, int used, int needed)
    {
        T[] larger = ArrayPool<T>.Shared.Rent(Math.Max(2 * array.Length, needed));
        array.AsSpan(0, used).CopyTo(larger);
        ArrayPool<T>.Shared.Return(array);
        array = larger;
    }

    /// <summary>What a character counts: visible ones in the lower two bits (a CJK character says about as much as three letters), sentence marks above.</summary>
    private static int CountsOf(char c)
    {
        if (char.IsWhiteSpace(c))
            return 0;
        int weight = c is >= '\u2e80' and <= '\u9fff' or >= '\uac00' and <= '\ud7a3' or >= '\uf900' and <= '\ufaff' or >= '\uff00' and <= '\uff60' ? 3 : 1;
        return c is ',' or '.' or ';' or '!' or '?' or '、' or '。' or '，' or '！' or '？' or '；' or '،' or '؟' or '।' ? weight + 4 : weight;
    }
}

/// <summary>How surely an element names the author of the page; the surer first.</summary>
internal enum AuthorTrust : byte
{
    /// <summary><c>rel</c> or <c>itemprop</c> says so.</summary>
    Named,

    /// <summary>It is called a byline.</summary>
    Byline,

    /// <summary>It is called after the author, as are boxes about other people's stories.</summary>
    Author,
}

/// <summary>An element or a run of text.</summary>
internal struct Node
{
    public Tag Tag;

    /// <summary>Of a cell: the columns it covers in the lower four bits, the rows above; 0 means one.</summary>
    public byte Spans;
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
