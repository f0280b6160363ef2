using System.Text;

namespace DataPipeline.Ingest.Web.Html;

/// <summary>Writes blocks as lines: white space collapsed except in <c>pre</c>, list items marked, table cells apart, headings that head nothing
/// left out.</summary>
internal sealed class LineWriter
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _line = new();
    private readonly List<(int Start, int Level)> _headings = [];
    private bool _gap;
    private int _pre;
    private int _heading;
    private bool _item;
    private bool _cell;

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
            _gap = false;
            return;
        }
        if (_line.Length > 0 && !(_cell && tag is Tag.P or Tag.Div))
            Flush();
        if (tag == Tag.Pre)
            _pre++;
        if (tag == Tag.Li)
            _item = true;
        if (Tags.IsHeading(tag))
            _heading = tag - Tag.H1 + 1;
    }

    /// <summary>A block ends.</summary>
    public void EndBlock(Tag tag)
    {
        if (tag is Tag.Td or Tag.Th)
            return;
        Flush();
        if (tag == Tag.Pre)
            _pre--;
        if (tag == Tag.Li)
            _item = false;
        if (Tags.IsHeading(tag))
            _heading = 0;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Flush();
        DropHeadings(0);
        return _text.ToString().TrimEnd('\n');
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
        string line = _pre > 0 ? _line.ToString().Trim('\n', '\r') : _line.ToString().Trim();
        _line.Clear();
        if (string.IsNullOrWhiteSpace(line) || _pre == 0 && Labels.Is(line))
            return;
        if (_heading > 0)
            DropHeadings(_heading);
        if (_heading > 0)
            _headings.Add((_text.Length, _heading));
        else
            _headings.Clear();
        if (_item)
            _text.Append("- ");
        _item = false;
        _text.Append(line).Append('\n');
    }

    /// <summary>Headings at the end of the text that rank at or below <paramref name="level"/> head nothing.</summary>
    private void DropHeadings(int level)
    {
        while (_headings.Count > 0 && _headings[^1].Level >= level)
        {
            _text.Length = _headings[^1].Start;
            _headings.RemoveAt(_headings.Count - 1);
        }
    }
}
