using System.Buffers;
using System.Text;

namespace DataPipeline.Filters;

/// <summary>Names the language of a text by a fastText model. Any number of threads may ask at once.</summary>
/// <remarks>
/// A model from a file says what fastText says. The built-in one is asked less: where half of the letters are of a script that one of its languages alone
/// is written in, that is the language and the score their share (<see cref="ScriptCounts"/>); a text of which hardly anything is a letter has no language; and of a
/// text longer than <see cref="WholeBytes"/> four pieces spread over it are judged, which costs a fraction: of 2,281 pages of books,
/// news and web 1 got another label and 3 a score on the other side of 0.65.
/// </remarks>
public sealed class LanguageIdentifier
{
    /// <summary>The code for a text without a language: nothing in it that the model knows.</summary>
    public const string Undetermined = "und";

    /// <summary>Bytes of UTF-8 up to which the built-in model reads the whole of a text.</summary>
    public const int WholeBytes = Pieces * PieceBytes;

    private const int Pieces = 4, PieceBytes = 192;

    // Of what is seen in ASCII, a fifth are letters at least: less is numbers, punctuation, data.
    private const int LettersAmongVisible = 5, FewestLetters = 2;

    private readonly FastTextModel _model;
    private readonly bool _isDefault;

    private LanguageIdentifier(FastTextModel model, bool isDefault) => (_model, _isDefault) = (model, isDefault);

    /// <summary>The model of this project: 75 languages, docs/language-model.md.</summary>
    public static LanguageIdentifier Default { get; } = new(DefaultLanguageModel.Instance, isDefault: true);

    /// <summary>The labels of the model.</summary>
    public IReadOnlyList<string> Labels => _model.Labels;

    /// <summary>Reads a fastText model of languages, such as lid.176.ftz or GlotLID's. It says what fastText says, of an empty line too.</summary>
    /// <exception cref="Core.InputException">The file is no supervised fastText model.</exception>
    public static LanguageIdentifier Load(string path) => new(FastTextModel.Load(path), isDefault: false);

    /// <summary>The language of a text in UTF-8 as a short code (<see cref="LanguageCode"/>) and its score, 0 to 1 (fastText's scores go up to 1.00001). Line ends count as spaces.</summary>
    public (string Code, double Score) Identify(ReadOnlySpan<byte> text) => Label(text) is var (label, score) ? (LanguageCode.Of(label), score) : (Undetermined, 0);

    /// <summary>The label of the model for a text, and its score; <see cref="Undetermined"/> and 0 where there is nothing to judge by.</summary>
    public (string Label, double Score) Label(ReadOnlySpan<char> text)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        (string, double) label = Label(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
        ArrayPool<byte>.Shared.Return(bytes);
        return label;
    }

    /// <summary>The label of the model for a text in UTF-8, and its score; <see cref="Undetermined"/> and 0 where there is nothing to judge by.</summary>
    public (string Label, double Score) Label(ReadOnlySpan<byte> text)
    {
        if (_isDefault)
        {
            Span<byte> sample = stackalloc byte[WholeBytes + Pieces];
            return LabelByDefault(text.Length <= WholeBytes ? text : sample[..Sample(text, sample)]);
        }
        return _model.Predict(text) is { } best ? (best.Label, best.Score) : (Undetermined, 0);
    }

    private (string Label, double Score) LabelByDefault(ReadOnlySpan<byte> text)
    {
        var scripts = ScriptCounts.Of(text);
        if (scripts.Shown() is var (language, share))
            return (language, share);
        if ((scripts.Letters < FewestLetters && scripts.Ideographs == 0) || scripts.Letters * LettersAmongVisible < scripts.AsciiVisible)
            return (Undetermined, 0);
        return _model.Predict(text) is { } best ? (best.Label, Math.Min(best.Score, 1)) : (Undetermined, 0);
    }

    /// <summary>Pieces from the start of a text to its end, each from the start of a word where one is near, with a space between.</summary>
    private static int Sample(ReadOnlySpan<byte> text, Span<byte> sample)
    {
        int written = 0;
        for (int piece = 0; piece < Pieces; piece++)
        {
            int start = (int)((long)(text.Length - PieceBytes) * piece / (Pieces - 1)), end = start + PieceBytes;
            int space = piece == 0 ? -1 : text[start..end].IndexOf((byte)' ');
            start += space is >= 0 and < PieceBytes / 4 ? space : 0;
            while ((text[start] & 0xC0) == 0x80)
                start++;
            while (end < text.Length && (text[end] & 0xC0) == 0x80)
                end--;
            text[start..end].CopyTo(sample[written..]);
            written += end - start;
            sample[written++] = (byte)' ';
        }
        return written;
    }
}
