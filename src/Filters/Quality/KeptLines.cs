using System.Buffers;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Joins the lines that are kept, without the white space around them all; a text of which nothing goes is given back itself, so that its view stays.</summary>
internal struct KeptLines(string text)
{
    // Lines that follow each other in the text as they follow here are one stretch of it. What was before is in rented memory, and needs no more room
    // than the text: an edited line is no longer than it was, and the end of a line takes the place of one.
    private char[]? _before;
    private int _length, _start = -1, _end = -1;

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

    /// <summary>Adds a line that was edited and is no longer than before.</summary>
    public void Add(string line)
    {
        Flush();
        Write(line);
    }

    /// <summary>The joined lines; nothing can be added afterwards.</summary>
    public string Join()
    {
        if (_before is null)
        {
            Slice inner = TextView.Strip(text, _start < 0 ? default : new Slice(_start, _end - _start));
            return text.Substring(inner.Start, inner.Length);
        }
        Flush();
        int start = 0, end = _length;
        while (start < end && TextView.IsSpace(_before[start]))
            start++;
        while (end > start && TextView.IsSpace(_before[end - 1]))
            end--;
        string joined = new(_before, start, end - start);
        ArrayPool<char>.Shared.Return(_before);
        _before = null;
        return joined;
    }

    private void Flush()
    {
        if (_start >= 0)
            Write(text.AsSpan(_start, _end - _start));
        _start = -1;
    }

    private void Write(ReadOnlySpan<char> line)
    {
        _before ??= ArrayPool<char>.Shared.Rent(text.Length + 1);
        line.CopyTo(_before.AsSpan(_length));
        _before[_length + line.Length] = '\n';
        _length += line.Length + 1;
    }
}
