namespace DataPipeline.Core;

/// <summary>The words, lines, paragraphs and sentences of one text, each found at most once, when first asked for, and shared by every filter.</summary>
/// <remarks>Slices point into <see cref="Text"/> in UTF-16 units; lengths that rules compare are code points (<see cref="CodePointsIn"/>), as Python counts them.
/// One thread looks at a document at a time; a second would do the work twice and find the same.</remarks>
public sealed partial class TextView(string text)
{
    private int _codePoints = -1;
    private Slice[]? _words, _scriptWords, _lines, _splitLines, _lineRuns, _paragraphs, _sentences, _scriptSentences;
    private WordStatistics? _wordCounts, _scriptWordCounts;
    private ulong[]? _lineHashes, _lineRunHashes, _paragraphHashes;

    /// <summary>The text itself.</summary>
    public string Text { get; } = text;

    /// <summary>The characters of one slice.</summary>
    public ReadOnlySpan<char> this[Slice slice] => Text.AsSpan(slice.Start, slice.Length);

    /// <summary>Length in code points: astral characters count once.</summary>
    public int CodePoints => _codePoints >= 0 ? _codePoints : _codePoints = CountCodePoints(Blocks, 0, Text.Length);

    /// <summary>False when every character is one UTF-16 unit, so that lengths need no counting.</summary>
    public bool HasSurrogates => CodePoints != Text.Length;

    /// <summary>Length of a slice in code points.</summary>
    public int CodePointsIn(Slice slice) => HasSurrogates ? CountCodePoints(this[slice]) : slice.Length;

    /// <summary>Pieces between newlines, empty ones too; an empty text is one empty line.</summary>
    public ReadOnlySpan<Slice> Lines => _lines ??= SplitAtNewlines(Blocks, Text.Length);

    /// <summary>Lines as Python's <c>str.splitlines()</c> finds them: eleven line ends, none after the last.</summary>
    public ReadOnlySpan<Slice> SplitLines => _splitLines ??= SplitAtLineEnds(Blocks, Text);

    /// <summary>Pieces between runs of newlines; an empty piece stands only at the edges.</summary>
    public ReadOnlySpan<Slice> LineRuns => _lineRuns ??= SplitAtNewlineRuns(Blocks, new Slice(0, Text.Length), 1);

    /// <summary>Pieces of the text without outer white space between runs of at least two newlines.</summary>
    public ReadOnlySpan<Slice> Paragraphs => _paragraphs ??= SplitAtNewlineRuns(Blocks, Strip(Text, new Slice(0, Text.Length)), 2);

    /// <summary>Sentences by one of the two rules, each with the white space before it.</summary>
    public ReadOnlySpan<Slice> SentencesBy(WordRule rule) => rule == WordRule.Whitespace
        ? _sentences ??= SplitSentences(Text, rule)
        : _scriptSentences ??= SplitSentences(Text, rule);

    /// <summary><see cref="Hash.OfPiece"/> of every line of <see cref="Lines"/>.</summary>
    public ReadOnlySpan<ulong> LineHashes => _lineHashes ??= HashAll(Lines);

    /// <summary><see cref="Hash.OfPiece"/> of every piece of <see cref="LineRuns"/>.</summary>
    public ReadOnlySpan<ulong> LineRunHashes => _lineRunHashes ??= HashAll(LineRuns);

    /// <summary><see cref="Hash.OfPiece"/> of every paragraph of <see cref="Paragraphs"/>.</summary>
    public ReadOnlySpan<ulong> ParagraphHashes => _paragraphHashes ??= HashAll(Paragraphs);

    /// <summary>Number of code points; a lone surrogate counts as one.</summary>
    public static int CountCodePoints(ReadOnlySpan<char> text)
    {
        int first = text.IndexOfAnyInRange('\uDC00', '\uDFFF');
        if (first < 0)
            return text.Length;
        int pairs = 0;
        for (int i = Math.Max(first, 1); i < text.Length; i++)
        {
            if (char.IsLowSurrogate(text[i]) && char.IsHighSurrogate(text[i - 1]))
                pairs++;
        }
        return text.Length - pairs;
    }

    private ulong[] HashAll(ReadOnlySpan<Slice> slices)
    {
        var hashes = new ulong[slices.Length];
        for (int i = 0; i < slices.Length; i++)
            hashes[i] = Hash.OfPiece(this[slices[i]]);
        return hashes;
    }
}

/// <summary>A piece of a text in UTF-16 units.</summary>
/// <param name="Start">Index of its first unit.</param>
/// <param name="Length">Number of units.</param>
public readonly record struct Slice(int Start, int Length)
{
    /// <summary>Index behind its last unit.</summary>
    public int End => Start + Length;
}

/// <summary>How words and sentences are found.</summary>
public enum WordRule
{
    /// <summary>In the manner of UAX 29, with characters of scripts without spaces as words, and their full stops as sentence ends.</summary>
    Script,

    /// <summary>Between white space; a sentence ends where <c>. ! ?</c>, closing quotes or brackets, and white space follow each other.</summary>
    Whitespace,
}
