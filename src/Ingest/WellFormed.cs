namespace DataPipeline.Ingest;

/// <summary>Keeps texts well-formed UTF-16, as documents promise.</summary>
internal static class WellFormed
{
    /// <summary>The text with lone surrogates and NUL replaced by U+FFFD; itself when there are none.</summary>
    public static string Text(string text)
    {
        int bad = FirstBad(text, 0);
        if (bad < 0)
            return text;
        char[] chars = text.ToCharArray();
        for (; bad >= 0; bad = FirstBad(text, bad + 1))
            chars[bad] = '\ufffd';
        return new string(chars);
    }

    private static int FirstBad(string text, int from)
    {
        while (true)
        {
            int at = text.AsSpan(from).IndexOfAnyInRange('\ud800', '\udfff');
            int nul = text.AsSpan(from).IndexOf('\0');
            if (nul >= 0 && (at < 0 || nul < at))
                return from + nul;
            if (at < 0)
                return -1;
            at += from;
            if (at + 1 >= text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
                return at;
            from = at + 2;
        }
    }
}
