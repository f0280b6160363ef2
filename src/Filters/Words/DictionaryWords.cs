using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Gives the filters behind it words of a list for text without spaces, where each character is a word otherwise: Chinese, Japanese, Thai. Drops nothing.</summary>
/// <remarks>Put it behind the stages that edit: an edited text has its own words again. It does not reach filters with <c>words: whitespace</c> or with <c>part</c>.
/// FineWeb-2's limits for Chinese were chosen with the words of jieba.</remarks>
/// <param name="file">Lines of <c>word frequency [tag]</c>, such as jieba's dict.txt. The most probable way to cut is taken; characters that begin no word stand alone.</param>
[Stage("dictionary_words")]
public sealed class DictionaryWords(string file) : Filter
{
    private readonly WordDictionary _dictionary = new(file);

    /// <inheritdoc/>
    public override Verdict Judge(Document document) => Verdict.Keep(document.WithView(_dictionary.Join(document.View)));
}
