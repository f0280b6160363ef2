using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Whose published limits a quality filter starts from; a setting given by hand wins over them.</summary>
public enum Thresholds
{
    /// <summary>By the document's metadata <c>language</c>: zh and ja have limits of their own; every other language has the English ones,
    /// and where the language is known and not English no English stop words are asked for.</summary>
    Auto,

    /// <summary>The limits of Gopher and FineWeb, made on English.</summary>
    English,

    /// <summary>FineWeb-2's limits for cmn_Hani.</summary>
    Chinese,

    /// <summary>FineWeb-2's limits for jpn_Jpan.</summary>
    Japanese,
}

/// <summary>The limits that differ by language (Gopher, arXiv 2112.11446; FineWeb, 2406.17557; FineWeb-2's configurations).</summary>
internal sealed record Limits
{
    private static readonly Limits English = new();

    private static readonly Limits OtherLanguage = new() { StopWords = [] };

    private static readonly Limits Chinese = new()
    {
        MinMeanWordLength = 1, MaxMeanWordLength = 5, MinAlphabeticWords = 0.735,
        StopWords = ["的", "年", "在", "月", "是", "和", "日", "了", "於", "·", "為", "有", "被", "人", "中", "为", "他", "與", "後", "也", "而", "由"],
        DuplicateParagraphs = 1, DuplicateParagraphChars = 1, DuplicateLines = 0.287, DuplicateLineChars = 1,
        TopNGrams = [0.256, 0.201, 0.171], DuplicateNGrams = [0.198, 0.182, 0.167, 0.154, 0.140, 0.127],
        LinePunctuation = 0.106, ShortLines = 1, DuplicateChars = 0.1, Newlines = 0.178,
    };

    // FineWeb-2 has 15 stop words for Japanese; these are the 15 commonest one-character words of its grammar.
    private static readonly Limits Japanese = Chinese with
    {
        MaxMeanWordLength = 6, MinAlphabeticWords = 0.759,
        StopWords = ["の", "は", "に", "を", "が", "で", "と", "も", "し", "た", "な", "て", "い", "る", "れ"],
        DuplicateLines = 0.328, TopNGrams = [0.239, 0.196, 0.172], DuplicateNGrams = [0.243, 0.225, 0.207, 0.190, 0.175, 0.159],
        LinePunctuation = 0.096, Newlines = 0.130,
    };

    public double MinMeanWordLength { get; init; } = 3;

    public double MaxMeanWordLength { get; init; } = 10;

    public double MinAlphabeticWords { get; init; } = 0.8;

    public IReadOnlyList<string> StopWords { get; init; } = ["the", "be", "to", "of", "and", "that", "have", "with"];

    public double DuplicateParagraphs { get; init; } = 0.3;

    public double DuplicateParagraphChars { get; init; } = 0.2;

    public double DuplicateLines { get; init; } = 0.3;

    public double DuplicateLineChars { get; init; } = 0.2;

    /// <summary>For 2, 3, 4 words.</summary>
    public IReadOnlyList<double> TopNGrams { get; init; } = [0.20, 0.18, 0.16];

    /// <summary>For 5 to 10 words.</summary>
    public IReadOnlyList<double> DuplicateNGrams { get; init; } = [0.15, 0.14, 0.13, 0.12, 0.11, 0.10];

    public double LinePunctuation { get; init; } = 0.12;

    public double ShortLines { get; init; } = 0.67;

    public double DuplicateChars { get; init; } = 0.01;

    public double Newlines { get; init; } = 0.3;

    /// <summary>One set for each language group, edited by the settings given by hand.</summary>
    public static Limits[] For(Func<Limits, Limits> edit) => [edit(English), edit(OtherLanguage), edit(Chinese), edit(Japanese)];

    /// <summary>Picks one of <see cref="For"/> for a document.</summary>
    public static Limits Choose(Limits[] sets, Thresholds thresholds, Document document) => thresholds switch
    {
        Thresholds.English => sets[0],
        Thresholds.Chinese => sets[2],
        Thresholds.Japanese => sets[3],
        _ => document.Metadata.TryGetValue("language", out string? language) ? sets[GroupOf(language)] : sets[0],
    };

    private static int GroupOf(string language) => language switch
    {
        "en" or "eng" => 0,
        "zh" or "cmn" or "zho" or "yue" => 2,
        "ja" or "jpn" => 3,
        _ => 1,
    };
}
