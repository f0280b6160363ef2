namespace DataPipeline.Filters;

/// <summary>How many words a gram has. A gram that begins with a character of a script without spaces counts characters: a word of Chinese or Japanese has about one and a half.</summary>
/// <param name="Words">Words of a gram.</param>
/// <param name="Characters">Words of a gram that begins with such a character, each of which is a word.</param>
/// <param name="ShortWords">Fewest words of a test item that is looked for as a whole because no gram fits into it; as <paramref name="Words"/> when there are none.</param>
/// <param name="ShortCharacters">The same for one that begins with such a character.</param>
internal readonly record struct GramSizes(int Words, int Characters, int ShortWords, int ShortCharacters)
{
    public static GramSizes Of(int words, int shortWords, double charactersPerWord)
    {
        int characters = (int)Math.Ceiling(words * charactersPerWord);
        return shortWords == 0 || shortWords >= words ? new(words, characters, words, characters)
            : new(words, characters, shortWords, (int)Math.Ceiling(shortWords * charactersPerWord));
    }

    public int Longest => Math.Max(Words, Characters);

    public int Of(byte alone) => alone == 0 ? Words : Characters;

    public int ShortestOf(byte alone) => alone == 0 ? ShortWords : ShortCharacters;
}
