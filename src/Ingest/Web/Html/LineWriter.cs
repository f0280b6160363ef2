using System.Text;

namespace DataPipeline.Ingest.Web.Html;

/// <summary>Writes blocks as lines: white space collapsed except in <c>pre</c>, table cells apart, headings that head nothing left out.</summary>
internal sealed class LineWriter
{
    private readonly List<PageBlock> _blocks = [];
    private readonly StringBuilder _line = new();
    // Items counted in each open list; -1 in lists without numbers.
    private readonly Stack<int> _lists = new();
    private bool _gap;
    private int _pre, _quote, _heading, _tables, _inTable;
    private bool _item;
    private bool _cell;
    // The line holds more than one cell.
    private bool _isRow;

    /// <summary>Adds characters to the line.</summary>
    public void Write(ReadOnlySpan<char> text)
    {
        if (_pre > 0)
        {
            _line.Append(text);
            return;
        }
        while (!text.IsEmpty)
        {
            int space = IndexOfSpace(text);
            ReadOnlySpan<char> word = space < 0 ? text : text[..space];
            if (!word.IsEmpty)
            {
                if (_gap && _line.Length > 0)
                    _line.Append(' ');
                _gap = false;
                _line.Append(word);
            }
            if (space < 0)
                return;
            _gap = true;
            text = text[(space + 1)..];
        }
    }

    /// <summary>A line break inside a block.</summary>
    public void Break()
    {
        if (_pre > 0)
            _line.Append('\n');
        else
            Flush();
    }

    /// <summary>A block starts.</summary>
    public void StartBlock(Tag tag)
    {
        if (tag is Tag.Td or Tag.Th)
        {
            _cell = _line.Length > 0;
            if (_cell)
                _line.Append('\t');
            _isRow |= _cell;
            _gap = false;
            return;
        }
        if (_line.Length > 0 && !(_cell && tag is Tag.P or Tag.Div))
            Flush();
        if (tag == Tag.Li)
        {
            _item = true;
            if (_lists.TryPop(out int items))
                _lists.Push(items < 0 ? items : items + 1);
        }
        if (tag is Tag.Ul or Tag.Ol)
            _lists.Push(tag == Tag.Ol ? 0 : -1);
        if (Tags.IsHeading(tag))
            _heading = tag - Tag.H1 + 1;
        if (tag == Tag.Table && _inTable++ == 0)
            _tables++;
        _pre += tag == Tag.Pre ? 1 : 0;
        _quote += tag == Tag.Blockquote ? 1 : 0;
    }

    /// <summary>A block ends.</summary>
    public void EndBlock(Tag tag)
    {
        if (tag is Tag.Td or Tag.Th)
            return;
        Flush();
        if (tag == Tag.Li)
            _item = false;
        if (tag is Tag.Ul or Tag.Ol)
            _lists.TryPop(out _);
        if (Tags.IsHeading(tag))
            _heading = 0;
        _inTable -= tag == Tag.Table ? 1 : 0;
        _pre -= tag == Tag.Pre ? 1 : 0;
        _quote -= tag == Tag.Blockquote ? 1 : 0;
    }

    /// <summary>What was written.</summary>
    public IReadOnlyList<PageBlock> Finish()
    {
        Flush();
        DropHeadings(0);
        return _blocks;
    }

    private static int IndexOfSpace(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i]))
                return i;
        }
        return -1;
    }

    private void Flush()
    {
        _gap = false;
        _cell = false;
        bool isRow = _isRow;
        _isRow = false;
        string line = _pre > 0 ? _line.ToString().Trim('\n', '\r') : _line.ToString().Trim();
        _line.Clear();
        if (string.IsNullOrWhiteSpace(line) || _pre == 0 && Labels.Is(line))
            return;
        if (_heading > 0)
            DropHeadings(_heading);
        _blocks.Add(new PageBlock(Kind(isRow && line.Contains('\t', StringComparison.Ordinal)), line)
        {
            Level = _heading > 0 ? _heading : _lists.Count,
            Number = _item ? Math.Max(0, _lists.TryPeek(out int items) ? items : 0) : 0,
            Quote = _quote,
            Table = _inTable > 0 ? _tables : 0,
        });
        _item = false;
    }

    private BlockKind Kind(bool isRow) =>
        _heading > 0 ? BlockKind.Heading
        : _pre > 0 ? BlockKind.Code
        : _item ? BlockKind.Item
        : isRow ? BlockKind.Row : BlockKind.Paragraph;

    /// <summary>Headings at the end of the text that rank at or below <paramref name="level"/> head nothing.</summary>
    private void DropHeadings(int level)
    {
        while (_blocks.Count > 0 && _blocks[^1].Kind == BlockKind.Heading && _blocks[^1].Level >= level)
            _blocks.RemoveAt(_blocks.Count - 1);
    }
}
