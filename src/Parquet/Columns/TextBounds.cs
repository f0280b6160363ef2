namespace DataPipeline.Parquet;

/// <summary>Shortened bounds for the statistics of long values, valid UTF-8 where the values are.</summary>
internal static class TextBounds
{
    private const int MaxBytes = 64;

    public static byte[] Lower(ReadOnlySpan<byte> value, out bool isExact)
    {
        isExact = value.Length <= MaxBytes;
        return value[..(isExact ? value.Length : Boundary(value, MaxBytes))].ToArray();
    }

    /// <summary>A short value that no value starting like this one is above, or null where none is found.</summary>
    public static byte[]? Upper(ReadOnlySpan<byte> value, out bool isExact)
    {
        isExact = value.Length <= MaxBytes;
        if (isExact)
            return value.ToArray();

        // Raising the last byte keeps UTF-8 valid below 0x7F and, in continuation bytes, below 0xBF.
        for (int length = Boundary(value, MaxBytes); length > 0; length = Boundary(value, length - 1))
        {
            byte last = value[length - 1];
            if (last is < 0x7F or (>= 0x80 and < 0xBF))
            {
                byte[] bound = value[..length].ToArray();
                bound[^1]++;
                return bound;
            }
        }

        return null;
    }

    /// <summary>The largest place up to <paramref name="at"/> where a code point starts.</summary>
    private static int Boundary(ReadOnlySpan<byte> value, int at)
    {
        while (at > 0 && (value[at] & 0xC0) == 0x80)
            at--;
        return at;
    }
}
