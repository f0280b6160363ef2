using System.Buffers;

namespace DataPipeline.Filters;

/// <summary>Names the language of a text by a fastText model, in short codes (<see cref="LanguageCode"/>). Any number of threads may ask at once.</summary>
public sealed class LanguageIdentifier
{
    /// <summary>The code for a text without a language: nothing in it that the model knows.</summary>
    public const string Undetermined = "und";

    private static readonly SearchValues<byte> NoLetters = SearchValues.Create(
        [.. Enumerable.Range(0, 128).Select(value => (byte)value).Where(value => !char.IsAsciiLetter((char)value))]);

    private readonly FastTextModel _model;
    private readonly bool _needsLetters;

    private LanguageIdentifier(FastTextModel model, bool needsLetters) => (_model, _needsLetters) = (model, needsLetters);

    /// <summary>The model of this project: 75 languages, docs/language-model.md. A text without letters has no language to it.</summary>
    public static LanguageIdentifier Default { get; } = new(DefaultLanguageModel.Instance, needsLetters: true);

    /// <summary>Reads a fastText model of languages, such as lid.176.ftz or GlotLID's. It says what fastText says, of an empty line too.</summary>
    /// <exception cref="Core.InputException">The file is no supervised fastText model.</exception>
    public static LanguageIdentifier Load(string path) => new(FastTextModel.Load(path), needsLetters: false);

    /// <summary>The language of a text in UTF-8 and its score, 0 to 1 (fastText's scores go up to 1.00001). Line ends count as spaces.</summary>
    public (string Code, double Score) Identify(ReadOnlySpan<byte> text)
    {
        if (_needsLetters && text.IndexOfAnyExcept(NoLetters) < 0)
            return (Undetermined, 0);
        return _model.Predict(text) is { } best ? (LanguageCode.Of(best.Label), best.Score) : (Undetermined, 0);
    }
}
