using System.Globalization;
using System.Text;
using DataPipeline.Core.Unicode;

namespace DataPipeline.Tokens.Training;

/// <summary>Counts words as BERT cuts text (Devlin et al. 2019): controls removed, Chinese characters and punctuation apart, and in lower case without accents if wanted.</summary>
internal sealed class BertWordCounter(bool lowercase, int maxWords, int threads) : WordCounter(maxWords, threads)
{
    protected override unsafe void Split(byte* start, byte* end, WordCounts counts)
    {
        string text = Encoding.UTF8.GetString(new ReadOnlySpan<byte>(start, (int)(end - start)));
        if (lowercase)
            text = UnicodeNormalizer.Normalize(text, UnicodeForm.Nfd);
        byte[] word = new byte[MaxWordBytes + 4];
        int length = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            UnicodeCategory category = Rune.GetUnicodeCategory(rune);
            bool isSpace = rune.Value is '\t' or '\n' or '\r' || Rune.IsWhiteSpace(rune);
            if (rune.Value is 0 or 0xFFFD || (!isSpace && IsControl(category)) || (lowercase && category == UnicodeCategory.NonSpacingMark))
                continue;
            bool isAlone = !isSpace && (IsChinese(rune.Value) || IsPunctuation(rune, category));
            if (isSpace || isAlone || length >= MaxWordBytes)
                Take();
            if (isSpace)
                continue;
            length += (lowercase ? Rune.ToLowerInvariant(rune) : rune).EncodeToUtf8(word.AsSpan(length));
            if (isAlone)
                Take();
        }
        Take();

        void Take()
        {
            counts.Add(word.AsSpan(0, length));
            length = 0;
        }
    }

    private static bool IsControl(UnicodeCategory category) => category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static bool IsPunctuation(Rune rune, UnicodeCategory category) => rune.IsAscii
        ? rune.Value is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~')
        : category is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
            or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;

    private static bool IsChinese(int c) => c is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
