using DataPipeline.Ingest.Text;

namespace DataPipeline.Cli;

/// <summary>The lines of a block one after the other, without their ends: texts, or documents of JSON lines, of which blank lines are none.</summary>
/// <param name="block">The block.</param>
/// <param name="isJson">Its lines are documents.</param>
internal struct BlockLines(LineBlock block, bool isJson)
{
    private ReadOnlyMemory<byte> _rest = isJson ? block.Json() : block.Bytes;
    private long _next = block.FirstLine;

    /// <summary>The line reached.</summary>
    public BlockLine Current { get; private set; }

    /// <summary>For <c>foreach</c>.</summary>
    public readonly BlockLines GetEnumerator() => this;

    /// <summary>Goes to the next line; false when there is none.</summary>
    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            int length = _rest.Span.IndexOf((byte)'\n');
            Current = new BlockLine(block.File, _next++, length < 0 ? _rest : _rest[..length]);
            _rest = length < 0 ? default : _rest[(length + 1)..];
            if (!isJson || Current.Bytes.IndexOfAnyExcept(" \t\r"u8) >= 0)
                return true;
        }
        return false;
    }
}

/// <summary>One line of a file.</summary>
/// <param name="File">The file, for messages.</param>
/// <param name="Number">Number of the line, from 1.</param>
/// <param name="Memory">The line without its end.</param>
internal readonly record struct BlockLine(string File, long Number, ReadOnlyMemory<byte> Memory)
{
    /// <summary>The line without its end.</summary>
    public ReadOnlySpan<byte> Bytes => Memory.Span;

    /// <summary><see cref="TextLine.Read"/> of the line.</summary>
    public (string? Id, string Text) Document() => TextLine.Read(Bytes, File, Number);
}
