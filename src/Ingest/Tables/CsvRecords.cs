using DataPipeline.Core;
using DataPipeline.Ingest.Compression;

namespace DataPipeline.Ingest.Tables;

/// <summary>The rows of a CSV file (RFC 4180) as raw bytes: line ends inside quotes belong to the row.</summary>
/// <remarks>Linear. Memory: one row. A quote that never closes makes a row that outgrows the limit: it is passed over up to the next line.</remarks>
internal sealed class CsvRecords(ByteFlow flow, string file, int maxRecordBytes)
{
    /// <summary>All rows in order, the first (the names of the columns) included as record 0; blank lines are none.</summary>
    public IEnumerable<RawRecord> Read()
    {
        long number = 0;
        if (flow.Ensure(3) && flow.Buffered.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]))
            flow.Advance(3);
        while (true)
        {
            long offset = flow.Position;
            int length = RowLength();
            if (length > maxRecordBytes)
            {
                SkipLine();
                yield return RawRecord.Unreadable(new Origin(file, number++, offset), "record_too_large",
                    $"the row at byte {offset} is longer than {maxRecordBytes} bytes, or its quotes do not close");
                continue;
            }
            if (flow.Damage is { } damage && length < 0)
            {
                yield return RawRecord.Unreadable(new Origin(file, number++, damage.Offset), damage.Reason, damage.Detail);
                flow.Resume();
                SkipLine();
                continue;
            }
            int end = length < 0 ? flow.Buffered.Length : length;
            if (end == 0)
                yield break;
            byte[] row = flow.Buffered[..end].TrimEnd("\r\n"u8).ToArray();
            flow.Advance(end);
            if (row.Length > 0)
                yield return new RawRecord(new Origin(file, number++, offset), row);
        }
    }

    /// <summary>Bytes of the next row with its line end; -1 when the flow ends first.</summary>
    private int RowLength()
    {
        bool quoted = false;
        int at = 0;
        while (true)
        {
            ReadOnlySpan<byte> bytes = flow.Buffered;
            while (at < bytes.Length)
            {
                int next = quoted ? bytes[at..].IndexOf((byte)'"') : bytes[at..].IndexOfAny((byte)'"', (byte)'\n');
                if (next < 0)
                {
                    at = bytes.Length;
                    break;
                }
                at += next + 1;
                if (bytes[at - 1] == '\n')
                    return at;
                quoted = !quoted;
            }
            if (bytes.Length > maxRecordBytes)
                return bytes.Length;
            if (!flow.Fill())
                return -1;
        }
    }

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
