using DataPipeline.Core;
using DataPipeline.Ingest.Compression;

namespace DataPipeline.Ingest.Text;

/// <summary>Lines or paragraphs of a text file in any encoding that keeps ASCII line ends.</summary>
/// <remarks>Linear. Memory: one record.</remarks>
internal sealed class TextRecords(ByteFlow flow, string file, int maxRecordBytes, bool paragraphs, long firstNumber = 0)
{
    private readonly List<byte> _paragraph = [];
    private long _number = firstNumber;
    private long _offset;
    private bool _tooLarge;

    /// <summary>All records in order; blank ones are none.</summary>
    public IEnumerable<RawRecord> Read()
    {
        while (true)
        {
            long offset = flow.Position;
            bool ended = !NextLine(out byte[]? line, out bool tooLarge);
            bool blank = line is null || line.AsSpan().IndexOfAnyExcept(" \t\r\n"u8) < 0;
            if (paragraphs && !ended && !blank)
            {
                if (_paragraph.Count == 0)
                    _offset = offset;
                if (_paragraph.Count + line!.Length > maxRecordBytes || tooLarge)
                    _tooLarge = true;
                else
                    _paragraph.AddRange(line);
                continue;
            }
            if (paragraphs && (_paragraph.Count > 0 || _tooLarge))
            {
                byte[] whole = [.. _paragraph];
                yield return _tooLarge ? TooLarge(_offset) : new RawRecord(new Origin(file, _number++, _offset), whole);
                _paragraph.Clear();
                _tooLarge = false;
            }
            else if (!paragraphs && !blank)
            {
                yield return tooLarge ? TooLarge(offset) : new RawRecord(new Origin(file, _number++, offset), line);
            }
            if (flow.Damage is { } damage && ended)
            {
                yield return RawRecord.Unreadable(new Origin(file, _number++, damage.Offset), damage.Reason, damage.Detail);
                flow.Resume();
            }
            else if (ended)
            {
                yield break;
            }
        }
    }

    private bool NextLine(out byte[]? line, out bool tooLarge)
    {
        tooLarge = false;
        int searched = 0;
        while (true)
        {
            int end = flow.Buffered[searched..].IndexOf((byte)'\n');
            if (end >= 0)
            {
                line = flow.Buffered[..(searched + end + 1)].ToArray();
                flow.Advance(line.Length);
                tooLarge |= line.Length > maxRecordBytes;
                return true;
            }
            searched = flow.Buffered.Length;
            if (searched > maxRecordBytes)
            {
                tooLarge = true;
                flow.Advance(searched - 1);
                searched = 1;
            }
            if (flow.Fill())
                continue;
            line = flow.Damage is null && searched > 0 ? flow.Buffered.ToArray() : null;
            flow.Advance(flow.Buffered.Length);
            return line is not null;
        }
    }

    private RawRecord TooLarge(long offset) => RawRecord.Unreadable(new Origin(file, _number++, offset), "record_too_large",
        $"the text at byte {offset} is longer than {maxRecordBytes} bytes: raise max_record_bytes to keep it");
}
