using System.Text;

namespace DataPipeline.Tests.Tokens;

/// <summary>Texts of characters that tokenizers treat apart: scripts, marks, spaces, controls, digits, emoji, names of special tokens. The same seed gives the same texts.</summary>
internal sealed class RandomTexts(ulong seed)
{
    public static readonly string[] Words =
        ["hello", "world", "Hello", "the", "ing", "don't", "I'm", "<s>", "</s>", "[SEP]", " <mask> ", "  ", "\n\n", "123", "4567", "3.14", "https://a.b/c?d=e", "ATTN"];

    public static readonly string[] Pools =
    [
        "abcdefghij ", "ABC'sdt ", "0123456789", "  \t\n\r", "!.,;?-_()[]{}@#$%^&*", "\u00E9\u00E0\u00FC\u00DF\u00F8\u0130\u0131\u017F\u212A", "e\u0301a\u0302\u0327n\u0303\u0323",
        "\u4E2D\u6587\u5B57\u7B26\u6F22\u65E5\u672C\u8A9E", "\u3072\u3089\u304C\u306A\u30AB\u30BF\u30FC\u309D", "\uD55C\uAD6D\uC5B4\uB9D0\uAC01", "\u1100\u1161\u11A8",
        "\u0627\u0644\u0639\u0631\u0628\u064A\u0629", "\u05E9\u05DC\u05D5\u05DD", "\u0E44\u0E17\u0E22\u0E2A\u0E27\u0E31", "\u0926\u0947\u0935\u093E\u0917\u0930\u0940",
        "\U0001F642\U0001F469\u200D\U0001F467\U0001F1E9\U0001F1EA\U0001F44D\U0001F3FD", "\u00A0\u2000\u200B\u200C\u3000\u2028\uFEFF", "\u0001\u001F\u007F\u0085\u009F",
        "\U00010410\U00010401\U0001D49C\U00020000\U00020BB7", "\uFB01\uFB02\u2460\u2163\u00BD\u3300\uFF8A\uFF9E", "\u0300\u0345\u0F71\u0591", "\u2581", "\u03A9\u03C2\u03C3",
        "\u0897\u1734\u1CF2\U00011F00\U0001E08F\uA7DA", "\u00B2\u00B3\u00B9\u00BC",
    ];

    private ulong _state = seed;

    /// <summary>A number from 0 up to but without <paramref name="limit"/>.</summary>
    public int Next(int limit)
    {
        _state = _state * 6364136223846793005UL + 1442695040888963407UL;
        return (int)((_state >> 33) % (ulong)limit);
    }

    /// <summary>A text.</summary>
    public string Text()
    {
        StringBuilder text = new();
        for (int parts = 1 + Next(12); parts > 0; parts--)
        {
            if (Next(3) == 0)
            {
                text.Append(Words[Next(Words.Length)]).Append(Next(2) == 0 ? " " : "");
                continue;
            }
            Rune[] pool = [.. Pools[Next(Pools.Length)].EnumerateRunes()];
            for (int count = 1 + Next(5); count > 0; count--)
                text.Append(pool[Next(pool.Length)].ToString());
        }
        return text.ToString();
    }

    /// <summary>Every character that the texts are made of.</summary>
    public static IEnumerable<string> Characters() =>
        string.Concat(Pools.Concat(Words)).EnumerateRunes().Select(rune => rune.ToString()).Distinct();
}
