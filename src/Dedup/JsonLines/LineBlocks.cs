using System.Buffers;
using DataPipeline.Core;

namespace DataPipeline.Dedup.JsonLines;

// A file of JSON lines that is not compressed is read in blocks of whole lines: who finds line ends 32 bytes at a time and copies nothing passes several
// gigabytes in a second, a record at a time some hundred megabytes.

/// <summary>Some whole lines of a file.</summary>
/// <param name="buffer">Holds them, and may be longer.</param>
/// <param name="length">Bytes of the lines with their ends.</param>
/// <param name="offset">Place of the first in the file.</param>
/// <param name="firstRecord">Records before them in the file.</param>
internal sealed class LineBlock(byte[] buffer, int length, long offset, long firstRecord)
{
    /// <summary>Place of the first line in the file.</summary>
    public long Offset => offset;

    /// <summary>Records before them in the file.</summary>
    public long FirstRecord => firstRecord;

    /// <summary>Lines that are not blank.</summary>
    public int Records { get; } = Count(buffer.AsSpan(0, length));

    /// <summary>Bytes of the lines with their ends.</summary>
    public int Length => length;

    /// <summary>Gives the buffer back; nothing that points into it may be used any more.</summary>
    public void Return() => ArrayPool<byte>.Shared.Return(buffer);

    /// <summary>Bytes of the block.</summary>
    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(0, length);

    /// <summary>The record of a line.</summary>
    public RawRecord Record(string file, in BlockLine line, int index)
    {
        var origin = new Origin(file, firstRecord + index, offset + line.Start);
        return line.Length <= LineBlocks.MostBytes ? new RawRecord(origin, buffer.AsMemory(line.Start, line.Length))
            : RawRecord.Unreadable(origin, "record_too_large", $"the record at byte {origin.Offset} is longer than {LineBlocks.MostBytes} bytes: raise max_record_bytes to keep it");
    }

    /// <summary>The lines that are not blank.</summary>
    public LineEnumerator Lines => new(Bytes.Span);

    private static int Count(ReadOnlySpan<byte> bytes)
    {
        int count = 0;
        foreach (BlockLine _ in new LineEnumerator(bytes))
            count++;
        return count;
    }
}

/// <summary>A line without white space around it, in its block.</summary>
/// <param name="Start">Its first byte that is not white space.</param>
/// <param name="Length">Bytes to the last that is not.</param>
/// <param name="End">Behind its line end.</param>
/// <param name="Bare">True when nothing stands around it but one line feed behind it.</param>
internal readonly record struct BlockLine(int Start, int Length, int End, bool Bare);

/// <summary>The lines of a block that are not blank.</summary>
internal ref struct LineEnumerator(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    public BlockLine Current { get; private set; }

    public readonly LineEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        while (_at < _bytes.Length)
        {
            int start = _at, end = _bytes[start..].IndexOf((byte)'\n');
            bool ended = end >= 0;
            end = ended ? start + end : _bytes.Length;
            _at = ended ? end + 1 : end;
            int first = start, behind = end;
            while (first < behind && IsBlank(_bytes[first]))
                first++;
            while (behind > first && IsBlank(_bytes[behind - 1]))
                behind--;
            if (first == behind)
                continue;
            Current = new BlockLine(first, behind - first, _at, ended && first == start && behind == end);
            return true;
        }
        return false;
    }

    private static bool IsBlank(byte c) => c is (byte)' ' or (byte)'\t' or (byte)'\r';
}

/// <summary>Reads blocks of lines, and cuts files into ranges of them.</summary>
internal static class LineBlocks
{
    /// <summary>Largest line, as sources of records have it by default.</summary>
    public const int MostBytes = 64 << 20;

    private const int BlockBytes = 1 << 20;
    private const long RangeBytes = 256L << 20;

    /// <summary>True for a file that begins with an object and so is neither compressed nor an array.</summary>
    public static bool Reads(string path)
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[512];
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        return start[Mark(start)..].TrimStart(" \t\r\n"u8) is [(byte)'{', ..];
    }

    /// <summary>Where the ranges of a file end and begin: places behind line ends, fixed by its bytes.</summary>
    public static IReadOnlyList<(long From, long To)> Ranges(string path, long rangeBytes = RangeBytes)
    {
        using FileStream file = File.OpenRead(path);
        var ranges = new List<(long, long)>();
        for (long from = 0, to; from < file.Length; from = to)
        {
            to = from + rangeBytes < file.Length ? BehindLineEnd(file, from + rangeBytes) : file.Length;
            ranges.Add((from, to));
        }
        return ranges;
    }

    /// <summary>The lines of a range in blocks.</summary>
    /// <param name="path">The file.</param>
    /// <param name="from">Where a line begins.</param>
    /// <param name="to">Behind a line end, or the end of the file.</param>
    /// <param name="firstRecord">Records before the range.</param>
    public static IEnumerable<LineBlock> Read(string path, long from, long to, long firstRecord)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        file.Position = from;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BlockBytes);
        int held = 0;
        for (long at = from; ;)
        {
            int read = file.Read(buffer, held, (int)Math.Min(buffer.Length - held, to - at - held));
            int searched = held, cut = 0;
            held += read;
            bool last = at + held == to || read == 0;
            if (last)
                cut = held;
            else if (buffer.AsSpan(searched, read).LastIndexOf((byte)'\n') is >= 0 and var end)
                cut = searched + end + 1;
            if (cut == 0 && !last)
            {
                if (held == buffer.Length)
                    buffer = Grown(buffer, held);
                continue;
            }
            int start = at == 0 ? Mark(buffer.AsSpan(0, cut)) : 0;
            // The mark of the order of bytes is white space to who reads lines.
            buffer.AsSpan(0, start).Fill((byte)' ');
            byte[] next = last ? [] : ArrayPool<byte>.Shared.Rent(Math.Max(BlockBytes, held - cut + 1));
            buffer.AsSpan(cut, held - cut).CopyTo(next);
            var block = new LineBlock(buffer, cut, at, firstRecord);
            firstRecord += block.Records;
            (buffer, held, at) = (next, held - cut, at + cut);
            yield return block;
            if (last)
                break;
        }
    }

    /// <summary>Records in a range.</summary>
    public static long Count(string path, long from, long to)
    {
        long count = 0;
        foreach (LineBlock block in Read(path, from, to, 0))
        {
            count += block.Records;
            block.Return();
        }
        return count;
    }

    private static byte[] Grown(byte[] buffer, int held)
    {
        if (buffer.Length == Array.MaxLength)
            throw new InputException("a line is longer than an array can be; is this a file of JSON lines?");
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, 2L * buffer.Length));
        buffer.AsSpan(0, held).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private static long BehindLineEnd(FileStream file, long at)
    {
        var bytes = new byte[1 << 16];
        file.Position = at;
        for (int read; (read = file.Read(bytes)) > 0; at += read)
        {
            if (bytes.AsSpan(0, read).IndexOf((byte)'\n') is >= 0 and var end)
                return at + end + 1;
        }
        return at;
    }

    private static int Mark(ReadOnlySpan<byte> bytes) => bytes.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]) ? 3 : 0;
}
