using System.Buffers;
using System.Text;

namespace DataPipeline.Filters;

/// <summary>Chinese in GBK that was read as Latin-1 or windows-1252: <c>ÖÐ¹ú</c> for 中国.</summary>
/// <remarks>Proof is asked of the whole text: runs of bytes A1 to FE of even length whose pairs are characters of the first level of GB 2312, every eighth of them among the commonest of
/// Chinese. Cyrillic and Korean read in the same wrong way give rare characters.</remarks>
internal static class GbkMojibake
{
    private const int LeastPairs = 8, FirstLead = 0x81, Trails = 256;

    private static readonly SearchValues<char> Commonest = SearchValues.Create(
        "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间知世什两次使身者被高已其进此话常与活正感");

    private static readonly Lazy<char[]> Table = new(MakeTable);

    /// <summary>The text repaired, itself where that is not certain.</summary>
    public static string Repair(string text, ref int repaired)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u00B0', '\u00F7') || !IsCertain(text))
            return text;
        var result = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length;)
        {
            int run = RunLength(text, at);
            // Behind a pair one more lead byte may stand whose second is in ASCII or in the gap of Latin-1: a character that GB 2312 lacks.
            bool begun = run >= 2;
            while (begun && at + 1 < text.Length && Decode(text[at], text[at + 1]) is var c and not '\0')
            {
                result.Append(c);
                repaired++;
                at += 2;
            }
            if (!begun)
                result.Append(text[at++]);
            else if (at < text.Length && IsHigh(text[at]))
                result.Append(text[at++]);
        }
        return result.ToString();
    }

    private static bool IsCertain(string text)
    {
        int pairs = 0, common = 0, good = 0, others = 0;
        for (int at = 0; at < text.Length;)
        {
            int run = RunLength(text, at);
            if (run == 0)
            {
                others += text[at] > '\u00FF' && char.IsLetter(text[at]) ? 1 : 0;
                at++;
                continue;
            }
            if (run % 2 == 1)
                others++;
            for (int i = at; i + 1 < at + run && run % 2 == 0; i += 2)
            {
                pairs++;
                // The first level (B0 to D7), punctuation (A1) and full-width forms (A3).
                good += text[i] is '\u00A1' or '\u00A3' or (>= '\u00B0' and <= '\u00D7') ? 1 : 0;
                common += Commonest.Contains(Decode(text[i], text[i + 1])) ? 1 : 0;
            }
            at += run;
        }
        return pairs >= LeastPairs && good * 10 >= pairs * 9 && common * 8 >= pairs && others * 5 <= pairs;
    }

    private static bool IsHigh(char c) => c is >= '\u00A1' and <= '\u00FE';

    private static int RunLength(string text, int at)
    {
        int end = at;
        while (end < text.Length && IsHigh(text[end]))
            end++;
        return end - at;
    }

    private static char Decode(char lead, char trail)
    {
        int first = Utf8Mojibake.ByteOf(lead), second = Utf8Mojibake.ByteOf(trail);
        return first is >= FirstLead and <= 0xFE && second is >= 0x40 and <= 0xFE and not 0x7F ? Table.Value[(first - FirstLead) * Trails + second] : '\0';
    }

    private static char[] MakeTable()
    {
        Encoding gbk = CodePagesEncodingProvider.Instance.GetEncoding(936, EncoderFallback.ExceptionFallback, new DecoderReplacementFallback("\0"))!;
        char[] table = new char[(0xFE - FirstLead + 1) * Trails];
        for (int i = 0; i < table.Length; i++)
        {
            string decoded = i % Trails < 0x40 ? "" : gbk.GetString([(byte)(FirstLead + i / Trails), (byte)(i % Trails)]);
            table[i] = decoded.Length == 1 && char.GetUnicodeCategory(decoded[0]) != System.Globalization.UnicodeCategory.PrivateUse ? decoded[0] : '\0';
        }
        return table;
    }
}
