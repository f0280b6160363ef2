using System.Text;

namespace DataPipeline.Tokens.Lines;

/// <summary>How many tokens a tokenizer makes of texts: few for a byte and for a word is a good fit.</summary>
/// <remarks>A word is a run of characters between white space. Chinese, Japanese and Thai have none: there the tokens for a character say more.</remarks>
public sealed class Fertility
{
    /// <summary>Texts measured.</summary>
    public long Documents { get; private set; }

    /// <summary>Their bytes of UTF-8.</summary>
    public long Bytes { get; private set; }

    /// <summary>Their code points.</summary>
    public long Characters { get; private set; }

    /// <summary>Their words.</summary>
    public long Words { get; private set; }

    /// <summary>Tokens by tokenizer.</summary>
    public IReadOnlyList<long> Tokens { get; private set; } = [];

    /// <summary>Measures one text.</summary>
    public static Fertility Of(string text, IReadOnlyList<Tokenizer> tokenizers)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        long characters = 0, words = 0;
        bool inWord = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isSpace = Rune.IsWhiteSpace(rune);
            if (!isSpace && !inWord)
                words++;
            inWord = !isSpace;
            characters++;
        }
        long[] tokens = new long[tokenizers.Count];
        IdBuffer ids = new(utf8.Length / 2);
        for (int i = 0; i < tokens.Length; i++)
        {
            ids.Clear();
            tokenizers[i].Encode(utf8, ids);
            tokens[i] = ids.Count;
        }
        return new Fertility { Documents = 1, Bytes = utf8.Length, Characters = characters, Words = words, Tokens = tokens };
    }

    /// <summary>Adds what was measured elsewhere.</summary>
    public void Add(Fertility other)
    {
        Documents += other.Documents;
        Bytes += other.Bytes;
        Characters += other.Characters;
        Words += other.Words;
        Tokens = Tokens.Count == 0 ? [.. other.Tokens] : [.. Tokens.Zip(other.Tokens, (mine, theirs) => mine + theirs)];
    }
}
