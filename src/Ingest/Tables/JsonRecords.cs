using DataPipeline.Core;
using DataPipeline.Ingest.Compression;

namespace DataPipeline.Ingest.Tables;

/// <summary>The records of a JSON file: a line each, or the elements of one array. Only boundaries are found here; broken JSON is found when a
/// record is parsed.</summary>
/// <remarks>Linear. Memory: one record. A record above the limit is passed over and counted as <c>record_too_large</c>.</remarks>
internal sealed class JsonRecords(ByteFlow flow, string file, int maxRecordBytes)
{
    private long _number;

    /// <summary>All records in order; empty lines are none.</summary>
    public IEnumerable<RawRecord> Read()
    {
        bool array = SkipBlank() && flow.Buffered[0] == '[';
        if (array)
            flow.Advance(1);
        while (true)
        {
            RawRecord? record = array ? NextElement() : NextLine();
            if (record is not null)
                yield return record;
            if (flow.Damage is { } damage)
            {
                yield return RawRecord.Unreadable(new Origin(file, _number++, damage.Offset), damage.Reason, damage.Detail);
                flow.Resume();
                // What follows a break is in the middle of anything: go on at the next line.
                SkipLine();
                array = false;
            }
            else if (record is null && !flow.Ensure(1))
            {
                yield break;
            }
        }
    }

    private bool SkipBlank()
    {
        if (flow.Ensure(3) && flow.Buffered.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]))
            flow.Advance(3);
        while (flow.Ensure(1))
        {
            int text = flow.Buffered.IndexOfAnyExcept(" \t\r\n"u8);
            flow.Advance(text < 0 ? flow.Buffered.Length : text);
            if (text >= 0)
                return true;
        }
        return false;
    }

    private RawRecord? NextLine()
    {
        if (!SkipBlank())
            return null;
        long offset = OffsetHere();
        int searched = 0;
        while (true)
        {
            int end = flow.Buffered[searched..].IndexOf((byte)'\n');
            if (end >= 0)
                return Take(offset, searched + end);
            searched = flow.Buffered.Length;
            if (searched > maxRecordBytes)
            {
                SkipLine();
                return TooLarge(offset);
            }
            if (!flow.Fill())
                return flow.Damage is null ? Take(offset, flow.Buffered.Length) : null;
        }
    }

    /// <summary>The next element of the array: a value up to a comma or bracket outside strings and nesting.</summary>
    private RawRecord? NextElement()
    {
        while (SkipBlank() && flow.Buffered[0] is (byte)',' or (byte)']')
            flow.Advance(1);
        if (!flow.Ensure(1))
            return null;
        long offset = OffsetHere();
        int at = 0, depth = 0;
        bool inString = false;
        while (true)
        {
            ReadOnlySpan<byte> bytes = flow.Buffered;
            for (; at < bytes.Length; at++)
            {
                byte c = bytes[at];
                if (inString)
                {
                    int stop = bytes[at..].IndexOfAny((byte)'"', (byte)'\\');
                    if (stop < 0 || bytes[at + stop] == '\\' && at + stop + 1 >= bytes.Length)
                    {
                        at = stop < 0 ? bytes.Length : at + stop;
                        break;
                    }
                    at += stop;
                    if (bytes[at] == '\\')
                        at++;
                    else
                        inString = false;
                }
                else if (c == '"')
                {
                    inString = true;
                }
                else if (c is (byte)'{' or (byte)'[')
                {
                    depth++;
                }
                else if (depth == 0 && c is (byte)',' or (byte)']')
                {
                    return Take(offset, at);
                }
                else if (c is (byte)'}' or (byte)']')
                {
                    depth--;
                }
            }
            if (bytes.Length > maxRecordBytes)
            {
                // The rest of this array cannot be told apart any more.
                while (flow.Fill())
                    flow.Advance(flow.Buffered.Length);
                flow.Advance(flow.Buffered.Length);
                return TooLarge(offset);
            }
            if (!flow.Fill())
                return flow.Damage is null ? Take(offset, flow.Buffered.Length) : null;
        }
    }

    private RawRecord? Take(long offset, int length)
    {
        byte[] content = flow.Buffered[..length].TrimEnd(" \t\r\n"u8).ToArray();
        flow.Advance(length);
        return content.Length == 0 ? null
            : content.Length > maxRecordBytes ? TooLarge(offset)
            : new RawRecord(new Origin(file, _number++, offset), content);
    }

    // Lines have no offset of their own in a compressed file: the decompressed one says where to look.
    private long OffsetHere() => flow.Position;

    private RawRecord TooLarge(long offset) => RawRecord.Unreadable(new Origin(file, _number++, offset), "record_too_large",
        $"the record at byte {offset} is longer than {maxRecordBytes} bytes: raise max_record_bytes to keep it");

    private void SkipLine()
    {
        while (flow.Ensure(1))
        {
            int end = flow.Buffered.IndexOf((byte)'\n');
            flow.Advance(end < 0 ? flow.Buffered.Length : end + 1);
            if (end >= 0)
                return;
        }
    }
}
