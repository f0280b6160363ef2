namespace DataPipeline.Filters;

/// <summary>Counts the letters of a text by script, and names the language where a script belongs to one language of the built-in model.</summary>
/// <remarks>A model asked about Greek or Thai can only do worse than this, and takes many times as long.</remarks>
internal ref struct ScriptCounts
{
    private const byte None = 0, Latin = 1, Other = 2, Han = 3, Kana = 4, FirstOfOne = 5;

    // Fewer Han characters than this may be a Japanese name without kana.
    private const int EnoughHan = 12;

    private static readonly string[] Languages = ["", "", "", "", "", "el", "hy", "ka", "he", "th", "ko", "gu", "pa", "ta", "te", "bn"];

    // Script of 16 code points that follow each other; letters that no line names are of another script.
    private static readonly byte[] Scripts = Build();

    private unsafe fixed int _counts[16];

    /// <summary>Letters, digits, punctuation of ASCII: all of it that is no white space.</summary>
    public int AsciiVisible { get; private set; }

    /// <summary>Letters of all scripts.</summary>
    public int Letters { get; private set; }

    /// <summary>Han and kana among them, of which one alone is a word.</summary>
    public readonly unsafe int Ideographs => _counts[Han] + _counts[Kana];

    /// <summary>Counts the letters of a text in UTF-8; broken bytes count as nothing.</summary>
    public static unsafe ScriptCounts Of(ReadOnlySpan<byte> text)
    {
        var made = new ScriptCounts();
        int ascii = 0, visible = 0;
        for (int i = 0; i < text.Length;)
        {
            byte first = text[i];
            if (first < 0x80)
            {
                ascii += (uint)((first | 0x20) - 'a') < 26 ? 1 : 0;
                visible += first > ' ' ? 1 : 0;
                i++;
                continue;
            }
            int size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
            if (first < 0xC0 || i + size > text.Length)
            {
                i++;
                continue;
            }
            int point = size == 2 ? ((first & 0x1F) << 6) | (text[i + 1] & 0x3F)
                : size == 3 ? ((first & 0x0F) << 12) | ((text[i + 1] & 0x3F) << 6) | (text[i + 2] & 0x3F)
                : ((first & 7) << 18) | ((text[i + 1] & 0x3F) << 12) | ((text[i + 2] & 0x3F) << 6) | (text[i + 3] & 0x3F);
            made._counts[point < 0x10000 ? Scripts[point >> 4] : point is >= 0x20000 and < 0x40000 ? Han : None]++;
            i += size;
        }
        made._counts[Latin] += ascii;
        made.AsciiVisible = visible;
        for (int script = Latin; script < Languages.Length; script++)
            made.Letters += made._counts[script];
        return made;
    }

    /// <summary>The language that at least half of the letters show by themselves, and their share of all letters.</summary>
    public unsafe (string Language, double Share)? Shown()
    {
        int half = (Letters + 1) / 2, han = _counts[Han], kana = _counts[Kana];
        if (Letters == 0)
            return null;
        // Japanese is a third kana or more; Chinese text quotes a word of it at most.
        if (kana > 0 && kana * 10 >= han && kana + han >= half)
            return ("ja", (double)(kana + han) / Letters);
        if (han >= EnoughHan && kana * 10 < han && han >= half)
            return ("zh", (double)(kana + han) / Letters);
        for (int script = FirstOfOne; script < Languages.Length; script++)
        {
            if (_counts[script] >= half)
                return (Languages[script], (double)_counts[script] / Letters);
        }
        return null;
    }

    private static byte[] Build()
    {
        var scripts = new byte[0x1000];
        void Put(int first, int last, byte script) => scripts.AsSpan(first >> 4, (last >> 4) - (first >> 4) + 1).Fill(script);
        Put(0x00C0, 0x024F, Latin);
        Put(0x0250, 0x1FFF, Other);
        Put(0x0300, 0x036F, None);
        Put(0x1E00, 0x1EFF, Latin);
        Put(0x2C00, 0x2DFF, Other);
        Put(0xA000, 0xABFF, Other);
        Put(0xFB00, 0xFDFF, Other);
        Put(0xFE70, 0xFEFF, Other);
        Put(0x3400, 0x9FFF, Han);
        Put(0xF900, 0xFAFF, Han);
        Put(0x3040, 0x30FF, Kana);
        byte next = FirstOfOne;
        foreach ((int First, int Last)[] ranges in ((int, int)[][])[[(0x0370, 0x03FF), (0x1F00, 0x1FFF)], [(0x0530, 0x058F)], [(0x10A0, 0x10FF), (0x1C90, 0x1CBF)],
            [(0x0590, 0x05FF), (0xFB1D, 0xFB4F)], [(0x0E00, 0x0E7F)], [(0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF)], [(0x0A80, 0x0AFF)], [(0x0A00, 0x0A7F)],
            [(0x0B80, 0x0BFF)], [(0x0C00, 0x0C7F)], [(0x0980, 0x09FF)]])
        {
            foreach ((int first, int last) in ranges)
                Put(first, last, next);
            next++;
        }
        return scripts;
    }
}
