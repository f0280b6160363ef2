namespace DataPipeline.Filters;

/// <summary>A language model of n-grams with backoff: the probability of a word after the words before it (Katz 1987). Scores are base-10 logarithms, as in ARPA files.</summary>
/// <remarks>An n-gram is the number of its context and its word, so each order costs one look-up in a table and no hash stands for another. Immutable once built: any
/// number of threads may ask.</remarks>
public sealed class NGramModel
{
    /// <summary>Words that every model has: what it does not know, the start and the end of a line.</summary>
    public const string Unknown = "<unk>", Start = "<s>", End = "</s>";

    /// <summary>The score of an unknown word where a file gives none, as KenLM has it.</summary>
    internal const float NoUnknown = -100;

    /// <summary>Longest n-grams that can be held.</summary>
    public const int MaxOrder = 10;

    private readonly Dictionary<string, int> _words;
    private readonly int _unknown, _start, _end;

    internal NGramModel(IReadOnlyList<string> words, NGramTable[] tables, float[][] scores, float[][] backoffs)
    {
        (Words, Tables, Scores, Backoffs) = (words, tables, scores, backoffs);
        _words = new Dictionary<string, int>(words.Count, StringComparer.Ordinal);
        for (int i = 0; i < words.Count; i++)
            _words[words[i]] = i;
        (_unknown, _start, _end) = (_words[Unknown], _words[Start], _words[End]);
    }

    /// <summary>Words of the longest n-grams.</summary>
    public int Order => Scores.Length;

    /// <summary>N-grams of each order, from 1.</summary>
    public IReadOnlyList<int> Counts => [.. Scores.Select(scores => scores.Length)];

    internal IReadOnlyList<string> Words { get; }

    /// <summary>Tables of the orders from 2 on; the number of an n-gram of order 1 is that of its word.</summary>
    internal NGramTable[] Tables { get; }

    internal float[][] Scores { get; }

    internal float[][] Backoffs { get; }

    /// <summary>The score of a line: the sum over its words and its end of log10 P(word | words before).</summary>
    /// <param name="words">Words of the line, without start and end.</param>
    public (double Score, int Tokens) Score(IEnumerable<string> words)
    {
        // Numbers of the n-grams that end here, by length; -1 where the model has none.
        Span<int> context = stackalloc int[MaxOrder], next = stackalloc int[MaxOrder];
        context.Fill(-1);
        context[1 % MaxOrder] = _start;
        double sum = 0;
        int tokens = 1;
        foreach (string word in words)
        {
            sum += Next(_words.GetValueOrDefault(word, _unknown), context, next);
            next.CopyTo(context);
            tokens++;
        }
        return (sum + Next(_end, context, next), tokens);
    }

    /// <summary>The perplexity of lines, each with its end: 10 to the power of the mean of minus the scores (as CCNet's, Wenzek et al. 2019, arXiv 1911.00359).</summary>
    public double Perplexity(IEnumerable<IEnumerable<string>> lines)
    {
        double sum = 0;
        long count = 0;
        foreach (IEnumerable<string> line in lines)
        {
            (double score, int tokens) = Score(line);
            sum += score;
            count += tokens;
        }
        return count == 0 ? 0 : Math.Pow(10, -sum / count);
    }

    private double Next(int word, ReadOnlySpan<int> context, Span<int> next)
    {
        next.Fill(-1);
        next[1 % MaxOrder] = word;
        int longest = 1;
        float score = Scores[0][word];
        for (int length = 1; length < Order && context[length] >= 0; length++)
        {
            int found = Tables[length - 1].Find(context[length], word);
            if (found < 0)
                continue;
            (longest, score) = (length + 1, Scores[length][found]);
            if (length + 1 < Order)
                next[length + 1] = found;
        }
        double sum = score;
        for (int length = longest; length < Order && context[length] >= 0; length++)
            sum += Backoffs[length - 1][context[length]];
        return sum;
    }
}
