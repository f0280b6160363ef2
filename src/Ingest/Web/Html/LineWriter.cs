namespace DataPipeline.Ingest.Web.Html;

/// <summary>Writes blocks as lines: white space collapsed except in <c>pre</c>, table cells apart, headings that head nothing left out.</summary>
internal sealed class LineWriter
{
    private readonly List<PageBlock> _blocks = [];
    private char[] _line = new char[1024];
    private int _length;
    // Items counted in each open list; -1 in lists without numbers.
    private readonly Stack<int> _lists = new();
    private bool _gap;
    private int _pre, _quote, _heading, _tables, _inTable;
    private bool _item;
    private bool _cell;
    // The line holds more than one cell.
    private bool _isRow;
    // In a table of data: a line is a row, whatever blocks its cells hold.
    private bool _data, _inRow, _brokenCell;
    private int _cellStart, _column, _owedCells;
    // For each column of it, the rows below that a cell above still covers.
    private readonly List<int> _covered = [];

    /// <summary>Adds characters to the line.</summary>
    public void Write(ReadOnlySpan<char> text)
    {
        // As many as there are characters, each behind a space.
        if (_line.Length - _length <= 2 * text.Length)
            Array.Resize(ref _line, Math.Max(2 * _line.Length, _length + 2 * text.Length + 1));
        if (_pre > 0)
        {
            text.CopyTo(_line.AsSpan(_length));
            _length += text.Length;
            return;
        }
        Span<char> line = _line;
        int length = _length, start = _inRow ? _cellStart : 0;
        if (_brokenCell && !text.IsWhiteSpace())
        {
            (_brokenCell, _gap) = (false, false);
            if (length > start)
                line[length++] = '\n';
        }
        bool gap = _gap;
        foreach (char c in text)
        {
            if (char.IsWhiteSpace(c))
            {
                gap = true;
                continue;
            }
            if (gap && length > start)
                line[length++] = ' ';
            gap = false;
            line[length++] = c;
        }
        (_length, _gap) = (length, gap);
    }

    /// <summary>Rows and cells of a table of data; a block in a cell begins a line of the cell.</summary>
    private bool StartInTable(Tag tag, byte spans)
    {
        if (tag == Tag.Tr)
        {
            Flush();
            (_inRow, _column, _owedCells, _cellStart) = (true, 0, -1, 0);
            return true;
        }
        if (tag is Tag.Td or Tag.Th && _inRow)
        {
            for (; _column < _covered.Count && _covered[_column] > 0; _column++, _owedCells++)
                _covered[_column]--;
            for (_owedCells++; _owedCells > 0; _owedCells--)
                Put('\t');
            int columns = Math.Max(1, spans & 15), rows = Math.Max(1, spans >> 4);
            for (int i = 0; i < columns; i++, _column++)
            {
                if (_column == _covered.Count)
                    _covered.Add(0);
                _covered[_column] = rows - 1;
            }
            (_owedCells, _cellStart, _gap, _brokenCell) = (columns - 1, _length, false, false);
            return true;
        }
        _brokenCell |= _inRow;
        return _inRow;
    }

    private void Put(char c)
    {
        if (_length == _line.Length)
            Array.Resize(ref _line, 2 * _length);
        _line[_length++] = c;
    }

    /// <summary>A line break inside a block.</summary>
    public void Break()
    {
        if (_pre > 0)
            Put('\n');
        else if (_inRow)
            _brokenCell = true;
        else
            Flush();
    }

    /// <summary>A block starts.</summary>
    /// <param name="tag">What it is.</param>
    /// <param name="spans">Of a cell: the columns and rows that it covers.</param>
    /// <param name="isData">Of a table: its rows are lines.</param>
    public void StartBlock(Tag tag, byte spans = 0, bool isData = false)
    {
        if (_data && StartInTable(tag, spans))
            return;
        if (tag is Tag.Td or Tag.Th)
        {
            _cell = _length > 0;
            if (_cell)
                Put('\t');
            _isRow |= _cell;
            _gap = false;
            return;
        }
        if (_length > 0 && !(_cell && tag is Tag.P or Tag.Div))
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
        if (isData)
        {
            _data = true;
            _covered.Clear();
        }
        _pre += tag == Tag.Pre ? 1 : 0;
        _quote += tag == Tag.Blockquote ? 1 : 0;
    }

    /// <summary>A block ends.</summary>
    public void EndBlock(Tag tag)
    {
        if (tag is Tag.Td or Tag.Th)
            return;
        if (_inRow && tag is not (Tag.Tr or Tag.Table))
        {
            _brokenCell = true;
            return;
        }
        Flush();
        _data &= tag != Tag.Table;
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

    private void Flush()
    {
        _gap = false;
        _cell = false;
        bool isRow = _isRow;
        _isRow = false;
        ReadOnlySpan<char> written = _line.AsSpan(0, _length);
        bool inRow = _inRow;
        written = _pre > 0 ? written.Trim("\n\r") : inRow ? written.TrimEnd() : written.Trim();
        _length = 0;
        (_inRow, _brokenCell) = (false, false);
        // Columns behind the last cell of the row that a cell above covers.
        for (; inRow && _column < _covered.Count; _column++)
            _covered[_column] = Math.Max(0, _covered[_column] - 1);
        if (written.IsWhiteSpace() || _pre == 0 && Labels.Is(written))
            return;
        string line = written.ToString();
        if (_heading > 0)
            DropHeadings(_heading);
        _blocks.Add(new PageBlock(inRow ? BlockKind.Row : Kind(isRow && line.Contains('\t', StringComparison.Ordinal)), line)
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
