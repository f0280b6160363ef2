using System.Buffers;

namespace DataPipeline.Ingest.Web.Html;

/// <summary>The main text of a page: paragraphs, headings, lists, quotations, tables and code, without what surrounds them.</summary>
/// <remarks>Method: (1) elements that announce themselves as something else by tag, role or name are cut, unless they hold most of the page;
/// (2) every line of text gets a mass, its letters outside links if it reads like a sentence; (3) runs of siblings that each hold a headline to somewhere
/// else are cut; (4) from the root, go down while one child holds nearly all mass; (5) inside, link lists and headings with nothing under them go, and
/// sentences between the main heading and the root are put before it. Each step is a pass over the flat <see cref="Page"/>: linear in its size.
/// Refused: scoring by classifier (opaque, needs training data per language) and text density over source lines (breaks on minified pages).</remarks>
internal sealed partial class MainText : IDisposable
{
    private const double NearlyAll = 0.8;
    private const double Trusted = 0.7;
    private const double NearlyAllOfArticle = 0.95;
    private const int TooShort = 250;
    private const int SentenceChars = 30;
    private const int LongestCell = 400;
    private static readonly SearchValues<char> SentenceMarks = SearchValues.Create(",.;!?、。，！？；،؟।");

    private readonly Page _page;
    private readonly bool[] _cut;
    private readonly int[] _block;
    private readonly Line[] _lines;
    private readonly Line[] _sums;
    private readonly double[] _mass;

    private readonly ExtractionPreset _preset;

    private MainText(Page page, ExtractionPreset preset)
    {
        _page = page;
        _preset = preset;
        _cut = ArrayPool<bool>.Shared.Rent(page.Count);
        _block = ArrayPool<int>.Shared.Rent(page.Count);
        _lines = ArrayPool<Line>.Shared.Rent(page.Count);
        _sums = ArrayPool<Line>.Shared.Rent(page.Count);
        _mass = ArrayPool<double>.Shared.Rent(page.Count);
        Array.Clear(_cut, 0, page.Count);
        Array.Clear(_lines, 0, page.Count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<bool>.Shared.Return(_cut);
        ArrayPool<int>.Shared.Return(_block);
        ArrayPool<Line>.Shared.Return(_lines);
        ArrayPool<Line>.Shared.Return(_sums);
        ArrayPool<double>.Shared.Return(_mass);
    }

    /// <summary>Counts of text: of a block's own (what stands in it but in no block below it), or of a subtree.</summary>
    private struct Line
    {
        public int Chars, LinkChars, Marks;
    }

    /// <summary>The blocks of the text; none when the page has no text.</summary>
    public static IReadOnlyList<PageBlock> Extract(Page page, ExtractionPreset preset = ExtractionPreset.Balanced) 
    {
        using var main = new MainText(page, preset);
        return main.Run();
    }

    /// <summary>All visible text of a page, for fragments that have nothing around their content.</summary>
    public static IReadOnlyList<PageBlock> All(Page page) 
    {
        using var main = new MainText(page, ExtractionPreset.Balanced);
        return main.Render(0);
    }

    private IReadOnlyList<PageBlock> Run()
    {
        IReadOnlyList<PageBlock> text = Attempt(byName: true);
        if (text.Sum(block => block.Text.Length + 1) > TooShort)
            return text;
        // Names lied, or the page is short: look again believing tags only.
        double found = _mass[0];
        Array.Clear(_cut, 0, _page.Count);
        IReadOnlyList<PageBlock> wider = Attempt(byName: false);
        return _mass[0] > 2 * found + TooShort / 2.0 ? wider : text;
    }

    private IReadOnlyList<PageBlock> Attempt(bool byName)
    {
        Weigh();
        Cut(byName);
        Weigh();
        CutFeeds();
        Weigh();
        int root = Descend();
        CutInside(root);
        return Render(root);
    }

    /// <summary>Sums text over blocks and subtrees, without what is cut.</summary>
    private void Weigh()
    {
        Span<Node> nodes = _page.Nodes;
        Array.Clear(_lines, 0, nodes.Length);
        Array.Clear(_mass, 0, nodes.Length);
        for (int i = 0; i < nodes.Length; i++)
        {
            if (_cut[i])
            {
                i = nodes[i].End - 1;
                continue;
            }
            ref Node node = ref nodes[i];
            _block[i] = i == 0 || Tags.IsBlock(node.Tag) ? i : _block[node.Parent];
            if (node.Tag != Tag.Text)
                continue;
            ref Line line = ref _lines[_block[i]];
            line.Chars += node.Chars;
            line.LinkChars += node.LinkChars;
            line.Marks += node.Marks;
        }
        Array.Copy(_lines, _sums, nodes.Length);
        for (int i = nodes.Length - 1; i >= 0; i--)
        {
            if (_lines[i].Chars > 0)
                _mass[i] += MassOf(nodes[i].Tag, _lines[i]);
            if (i == 0)
                break;
            int parent = nodes[i].Parent;
            _mass[parent] += _mass[i];
            _sums[parent].Chars += _sums[i].Chars;
            _sums[parent].LinkChars += _sums[i].LinkChars;
            _sums[parent].Marks += _sums[i].Marks;
        }
    }

    private static double MassOf(Tag tag, in Line line)
    {
        int plain = line.Chars - line.LinkChars;
        if (plain < SentenceChars || line.LinkChars > plain || Tags.IsHeading(tag))
            return 0;
        if (line.Marks == 0)
            return tag is Tag.P or Tag.Pre or Tag.Blockquote ? plain * 0.5 : 0;
        return tag is Tag.P or Tag.Pre or Tag.Blockquote ? plain : plain * 0.8;
    }

    private int Descend()
    {
        Span<Node> nodes = _page.Nodes;
        int root = 0;
        bool inArticle = false;
        while (true)
        {
            int best = -1;
            inArticle |= nodes[root].Tag is Tag.Article || (nodes[root].Hint & Hint.Body) != 0;
            for (int child = root + 1; child < nodes[root].End; child = nodes[child].End)
            {
                if (!_cut[child] && (best < 0 || _mass[child] > _mass[best]))
                    best = child;
            }
            if (best < 0 || _mass[best] < (inArticle || _preset == ExtractionPreset.Recall ? NearlyAllOfArticle : NearlyAll) * _mass[root] || _mass[root] == 0 || nodes[best].Tag is Tag.P
                or Tag.Pre or Tag.Blockquote or Tag.Text)
                break;
            root = best;
        }
        if (_preset == ExtractionPreset.Recall)
            return root;
        // An element that calls itself the article's body, or an article, may be trusted with less.
        int named = -1;
        for (int i = root + 1; i < nodes[root].End; i++)
        {
            if (_cut[i])
            {
                i = nodes[i].End - 1;
                continue;
            }
            bool body = (nodes[i].Hint & Hint.Body) != 0, article = nodes[i].Tag is Tag.Article or Tag.Main;
            if ((body || article) && _mass[i] >= Trusted * _mass[root] && _mass[i] > 0)
                named = i;
        }
        return named >= 0 ? named : root;
    }

    /// <summary>Sentences between the main heading and the root are the article's lead.</summary>
    private void WriteLead(int root, LineWriter text)
    {
        Span<Node> nodes = _page.Nodes;
        int heading = -1;
        for (int i = 0; i < root; i++)
        {
            if (_cut[i])
                i = nodes[i].End - 1;
            else if (nodes[i].Tag == Tag.H1)
                heading = i;
        }
        if (heading < 0)
            return;
        int open = -1;
        for (int i = nodes[heading].End; i < root; i++)
        {
            if (_cut[i])
            {
                i = nodes[i].End - 1;
                continue;
            }
            if (nodes[i].Tag != Tag.Text || _lines[_block[i]].Chars == 0 || MassOf(nodes[_block[i]].Tag, _lines[_block[i]]) == 0)
                continue;
            if (open != _block[i])
            {
                text.EndBlock(Tag.P);
                text.StartBlock(Tag.P);
            }
            open = _block[i];
            text.Write(_page.TextOf(nodes[i]));
        }
        text.EndBlock(Tag.P);
    }

    private IReadOnlyList<PageBlock> Render(int root)
    {
        var text = new LineWriter();
        WriteLead(root, text);
        Span<Node> nodes = _page.Nodes;
        // Walk the range and remember which blocks are open to end their lines.
        var open = new Stack<int>();
        for (int i = root; i < nodes[root].End; i++)
        {
            while (open.Count > 0 && i >= nodes[open.Peek()].End)
            {
                text.EndBlock(nodes[open.Pop()].Tag);
            }
            ref Node node = ref nodes[i];
            if (_cut[i])
            {
                i = node.End - 1;
                continue;
            }
            if (node.Tag == Tag.Text)
            {
                text.Write(_page.TextOf(node));
            }
            else if (node.Tag == Tag.Br)
            {
                text.Break();
            }
            else if (Tags.IsBlock(node.Tag))
            {
                text.StartBlock(node.Tag, node.Spans, node.Tag == Tag.Table && IsData(i));
                if (node.End > i + 1)
                    open.Push(i);
            }
        }
        while (open.Count > 0)
            text.EndBlock(nodes[open.Pop()].Tag);
        IReadOnlyList<PageBlock> blocks = text.Finish();
        return _preset == ExtractionPreset.Precision ? [.. blocks.Where(block => block.Kind != BlockKind.Paragraph || IsSentence(block.Text))] : blocks;
    }

    /// <summary>True for a table of data: rows of several short cells, without what only arranges a page (other tables, headings, long texts).</summary>
    private bool IsData(int table)
    {
        Span<Node> nodes = _page.Nodes;
        int rows = 0, cells = 0;
        for (int i = table + 1; i < nodes[table].End; i++)
        {
            ref Node node = ref nodes[i];
            if (_cut[i])
                i = node.End - 1;
            else if (node.Tag is Tag.Table or Tag.Pre or Tag.Blockquote or Tag.Article or Tag.Section or Tag.Form or Tag.Dl || Tags.IsHeading(node.Tag) || node.Tag is Tag.Td or Tag.Th && node.Chars > LongestCell)
                return false;
            rows += node.Tag == Tag.Tr ? 1 : 0;
            cells += node.Tag is Tag.Td or Tag.Th ? 1 : 0;
        }
        return rows > 1 && cells > rows;
    }

    private static bool IsSentence(string text) => text.Length >= SentenceChars && text.AsSpan().IndexOfAny(SentenceMarks) >= 0 || text.AsSpan().IndexOfAnyInRange('\u2e80', '\u9fff') >= 0 && text.Length >= SentenceChars / 3;
}
