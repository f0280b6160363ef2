namespace DataPipeline.Filters;

/// <summary>What a fastText classifier is made with; the defaults are those of fastText's own program.</summary>
public sealed record FastTextArguments
{
    /// <summary>Columns of the vectors, 1 to 100,000; default 100.</summary>
    public int Dim { get; init; } = 100;

    /// <summary>Passes over the training text; default 5.</summary>
    public int Epoch { get; init; } = 5;

    /// <summary>A word has to be seen this often; default 1.</summary>
    public int MinCount { get; init; } = 1;

    /// <summary>Labels drawn for each example where <see cref="Loss"/> is negative sampling; default 5.</summary>
    public int Negatives { get; init; } = 5;

    /// <summary>Longest sequence of words that is a feature; 1, the default, is words alone.</summary>
    public int WordNGrams { get; init; } = 1;

    /// <summary>How the output is scored; default <see cref="FastTextLoss.Softmax"/>.</summary>
    public FastTextLoss Loss { get; init; } = FastTextLoss.Softmax;

    /// <summary>Rows shared by all n-grams of words and of characters, by hash; default 2,000,000, and 0 where there are none of either.</summary>
    public int Bucket { get; init; } = 2_000_000;

    /// <summary>Fewest characters of a character n-gram.</summary>
    public int MinN { get; init; }

    /// <summary>Most characters of a character n-gram; 0, the default, is none.</summary>
    public int MaxN { get; init; }

    /// <summary>Of the file format, not used by classifiers.</summary>
    internal int WindowSize { get; init; } = 5;

    /// <summary>Of the file format, not used here.</summary>
    internal int LearningRateUpdates { get; init; } = 100;

    /// <summary>Of the file format, not used by classifiers.</summary>
    internal double SamplingThreshold { get; init; } = 1e-4;
}

/// <summary>fastText's numbers for its losses.</summary>
public enum FastTextLoss
{
    /// <summary>A binary tree over the labels, built from their counts.</summary>
    HierarchicalSoftmax = 1,

    /// <summary>A logistic function for the right label and for some wrong ones.</summary>
    NegativeSampling = 2,

    /// <summary>Probabilities over all labels.</summary>
    Softmax = 3,

    /// <summary>A logistic function for each label alone: a text may have several.</summary>
    OneVersusAll = 4,
}
