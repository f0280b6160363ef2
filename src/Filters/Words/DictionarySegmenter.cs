using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Words without case: Chinese, Japanese or Thai ones by a word list with frequencies, the others as the filters find them. What has no letter or digit is none.</summary>
/// <param name="file">Lines of <c>word frequency [tag]</c>, such as jieba's dict.txt.</param>
[Stage("dictionary")]
public sealed class DictionarySegmenter(string file) : Segmenter
{
    private readonly WordDictionary _dictionary = new(file);

    /// <inheritdoc/>
    public override string Fingerprint => _dictionary.Fingerprint;

    /// <inheritdoc/>
    public override ulong[] Units(string text)
    {
        TextView view = _dictionary.Join(new TextView(text));
        var units = new List<ulong>();
        Span<char> small = stackalloc char[64];
        foreach (Slice word in view.EnumerateWords(WordRule.Script))
        {
            ReadOnlySpan<char> letters = view[word];
            if (!IsWord(letters))
                continue;
            Span<char> lower = letters.Length <= small.Length ? small[..letters.Length] : new char[letters.Length];
            letters.ToLowerInvariant(lower);
            units.Add(Hash.Of(lower));
        }
        return [.. units];
    }

    private static bool IsWord(ReadOnlySpan<char> word)
    {
        foreach (System.Text.Rune rune in word.EnumerateRunes())
        {
            if ((CharacterClass.Of(rune) & CharacterClass.LetterOrDigit) != 0)
                return true;
        }
        return false;
    }
}
