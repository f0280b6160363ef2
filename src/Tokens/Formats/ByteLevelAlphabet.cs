namespace DataPipeline.Tokens.Formats;

/// <summary>GPT-2's printable character for each byte: itself where it prints, else 256 and up.</summary>
internal static class ByteLevelAlphabet
{
    private static readonly char[] ToChar = Build();
    private static readonly short[] ToByte = Invert();

    public static char Of(byte value) => ToChar[value];

    public static string Of(ReadOnlySpan<byte> bytes)
    {
        Span<char> chars = bytes.Length <= 256 ? stackalloc char[bytes.Length] : new char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
            chars[i] = ToChar[bytes[i]];
        return chars.ToString();
    }

    /// <summary>The bytes of a token's text into <paramref name="bytes"/>; false when a character stands for no byte.</summary>
    public static bool TryDecode(ReadOnlySpan<char> token, Span<byte> bytes)
    {
        for (int i = 0; i < token.Length; i++)
        {
            int value = token[i] < ToByte.Length ? ToByte[token[i]] : -1;
            if (value < 0)
                return false;
            bytes[i] = (byte)value;
        }
        return true;
    }

    private static char[] Build()
    {
        char[] chars = new char[256];
        int next = 256;
        for (int value = 0; value < 256; value++)
            chars[value] = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)value : (char)next++;
        return chars;
    }

    private static short[] Invert()
    {
        short[] bytes = new short[ToChar.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < 256; value++)
            bytes[ToChar[value]] = (short)value;
        return bytes;
    }
}
