using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Joins the lines that are kept, without the white space around them all; a text of which nothing goes is given back itself, so that its view stays.</summary>
internal struct KeptLines(string text)
{
    // Lines that follow each other in the text as they follow here are one stretch of it.
    private StringBuilder? _before;
    private int _start = -1, _end = -1;

    /// <summary>Adds a line of the text.</summary>
    public void Add(Slice line)
    {
        if (_start >= 0 && line.Start == _end + 1 && text[_end] == '\n')
        {
            _end = line.End;
            return;
        }
        Flush();
        (_start, _end) = (line.Start, line.End);
    }

    /// <summary>Adds a line that was edited.</summary>
    public void Add(string line)
    {
        Flush();
        (_before ??= new StringBuilder(text.Length)).Append(line).Append('\n');
    }

    /// <summary>The joined lines.</summary>
    public string Join()
    {
        if (_before is null)
            return Cut(text, _start < 0 ? default : new Slice(_start, _end - _start));
        Flush();
        string joined = _before.ToString();
        return Cut(joined, new Slice(0, joined.Length));
    }

    private static string Cut(string text, Slice slice)
    {
        Slice inner = TextView.Strip(text, slice);
        return text.Substring(inner.Start, inner.Length);
    }

    private void Flush()
    {
        if (_start >= 0)
            (_before ??= new StringBuilder(text.Length)).Append(text, _start, _end - _start).Append('\n');
        _start = -1;
    }
}
