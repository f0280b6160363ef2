using System.Text;
using DataPipeline.Core.Unicode;

namespace DataPipeline.Tokens.Training;

/// <summary>Counts words as SentencePiece cuts text: each begins with U+2581 in place of the space before it.</summary>
/// <param name="nfkc">Normalises text first.</param>
/// <param name="keepsWhitespace">Only U+0020 is a space, and each begins a word; else runs of all white space are one space.</param>
/// <param name="maxWords">Different words at most.</param>
/// <param name="threads">Threads.</param>
internal sealed class MetaspaceWordCounter(bool nfkc, bool keepsWhitespace, int maxWords, int threads) : WordCounter(maxWords, threads)
{
    private static ReadOnlySpan<byte> Mark => "\u2581"u8;

    protected override unsafe void Split(byte* start, byte* end, WordCounts counts)
    {
        ReadOnlySpan<byte> text = new(start, (int)(end - start));
        if (nfkc)
            text = Encoding.UTF8.GetBytes(UnicodeNormalizer.Normalize(Encoding.UTF8.GetString(text), UnicodeForm.Nfkc));
        byte[] word = new byte[MaxWordBytes + 8];
        int length = 0;
        if (keepsWhitespace && text.Length > 0 && !text.StartsWith(Mark) && text[0] != ' ')
            Begin();
        while (!text.IsEmpty)
        {
            Rune.DecodeFromUtf8(text, out Rune rune, out int bytes);
            text = text[bytes..];
            bool isSpace = rune.Value == ' ' || (!keepsWhitespace && Rune.IsWhiteSpace(rune));
            if (isSpace || rune.Value == '\u2581')
            {
                Take();
                if (keepsWhitespace || rune.Value == '\u2581')
                    Begin();
                continue;
            }
            if (length == 0)
                Begin();
            length += rune.EncodeToUtf8(word.AsSpan(length));
            if (length >= MaxWordBytes)
                Take();
        }
        Take();

        void Begin()
        {
            Mark.CopyTo(word);
            length = Mark.Length;
        }

        void Take()
        {
            counts.Add(word.AsSpan(0, length));
            length = 0;
        }
    }
}
