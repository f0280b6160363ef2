namespace DataPipeline.Ingest;

/// <summary>Tells files that hold no text.</summary>
internal static class Binary
{
    private const int HeadBytes = 8192;

    /// <summary>True when the first 8 KiB hold NUL bytes (and no UTF-16 mark) or many control characters.</summary>
    public static bool Is(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> head = bytes[..Math.Min(bytes.Length, HeadBytes)];
        if (head.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || head.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]))
            return false;
        return head.Contains((byte)0) || IsMostly(bytes);
    }

    /// <summary>True when more than a twentieth of the first 8 KiB are control characters; a few stray ones are no reason to give up a
    /// page.</summary>
    public static bool IsMostly(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> head = bytes[..Math.Min(bytes.Length, HeadBytes)];
        if (head.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || head.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]))
            return false;
        int controls = 0;
        foreach (byte value in head)
        {
            if (value < 32 && value is not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f' or 27))
                controls++;
        }
        return controls > head.Length / 20;
    }
}
