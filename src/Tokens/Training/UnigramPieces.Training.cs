namespace DataPipeline.Tokens.Training;

/// <summary>Expectation, maximisation and pruning.</summary>
internal sealed partial class UnigramPieces
{
    private const int WordsAtOnce = 2048;
    private const double FixedPoint = 1 << 20;

    // A piece expected less often is left out, as in SentencePiece.
    private const double LeastExpected = 0.5;

    /// <summary>One step of expectation and maximisation; pieces that are hardly expected are left out.</summary>
    public void Improve(WordSymbols words, TrainingRun run)
    {
        long[] expected = Sum(words, run, (lattice, word, count, sums) =>
        {
            lattice.Fill(words[word]);
            lattice.AddExpected(count * FixedPoint, sums);
        });
        double sum = 0;
        for (int piece = 0; piece < expected.Length; piece++)
        {
            if (_isAlive[piece] && expected[piece] < LeastExpected * FixedPoint)
                LeaveOut(piece);
            if (_isAlive[piece])
                sum += expected[piece] / FixedPoint;
        }
        double logSum = Digamma(sum);
        for (int piece = 0; piece < expected.Length; piece++)
        {
            if (_isAlive[piece])
                _scores[piece] = Digamma(expected[piece] / FixedPoint) - logSum;
        }
        ScoresChanged();
    }

    /// <summary>Leaves out the pieces without which the text loses least, until <paramref name="size"/> are left; false if nothing could be left out.</summary>
    public bool Prune(WordSymbols words, int size, TrainingRun run)
    {
        int before = AliveCount;
        int[][] alternatives = new int[_characters.Count][];
        bool[] isNeeded = new bool[_characters.Count];
        Parallel.For(0, _characters.Count, Options(run), () => new UnigramLattice(this), (piece, _, lattice) =>
        {
            if (_isAlive[piece])
            {
                lattice.Fill(_characters[piece]);
                (alternatives[piece], double score) = lattice.BestWithout(piece);
                isNeeded[piece] = alternatives[piece].Length == 0 || score <= _scores[piece];
            }
            return lattice;
        }, _ => { });
        long[] frequency = Sum(words, run, (lattice, word, count, sums) =>
        {
            lattice.Fill(words[word]);
            foreach (int piece in lattice.Best())
            {
                if (piece >= 0)
                    sums[piece] += count;
            }
        });

        double total = frequency.Sum(count => (double)count), logTotal = Math.Log(total);
        List<(int Piece, double Loss)> candidates = [];
        int kept = 0;
        for (int piece = 0; piece < _characters.Count; piece++)
        {
            if (!_isAlive[piece])
                continue;
            if (frequency[piece] == 0 || !isNeeded[piece])
            {
                // A single character stays: no word may become unknown by pruning.
                if (_characters[piece].Length > 1)
                    LeaveOut(piece);
                else
                    kept++;
                continue;
            }
            if (alternatives[piece].Length == 0)
            {
                kept++;
                continue;
            }
            double own = frequency[piece], logAfter = Math.Log(total + own * (alternatives[piece].Length - 1));
            double instead = alternatives[piece].Sum(other => Math.Log((other >= 0 ? frequency[other] : 0) + own) - logAfter);
            candidates.Add((piece, own / total * (Math.Log(own) - logTotal - instead)));
        }
        foreach ((int piece, _) in candidates.OrderByDescending(candidate => candidate.Loss).ThenBy(candidate => candidate.Piece).Skip(Math.Max(0, size - kept)))
            LeaveOut(piece);
        ScoresChanged();
        return AliveCount < before;
    }

    /// <summary>Adds up whole numbers over all words, on all cores; the order does not matter to a sum of whole numbers.</summary>
    private long[] Sum(WordSymbols words, TrainingRun run, Action<UnigramLattice, int, long, long[]> add)
    {
        long[] total = new long[_characters.Count];
        Parallel.For(0, (words.Words + WordsAtOnce - 1) / WordsAtOnce, Options(run), () => (Lattice: new UnigramLattice(this), Sums: new long[_characters.Count]), (block, _, own) =>
        {
            for (int word = block * WordsAtOnce; word < Math.Min(words.Words, (block + 1) * WordsAtOnce); word++)
                add(own.Lattice, word, words.CountOf(word), own.Sums);
            return own;
        }, own =>
        {
            lock (total)
            {
                for (int i = 0; i < total.Length; i++)
                    total[i] += own.Sums[i];
            }
        });
        return total;
    }

    private static ParallelOptions Options(TrainingRun run) => new() { MaxDegreeOfParallelism = run.Threads, CancellationToken = run.Cancel };

    /// <summary>The derivative of the logarithm of the gamma function, by recurrence up to 10 and an asymptotic series (Bernardo 1976, AS 103).</summary>
    internal static double Digamma(double x)
    {
        double result = 0;
        for (; x < 10; x++)
            result -= 1 / x;
        double inverse = 1 / (x * x);
        return result + Math.Log(x) - 1 / (2 * x) - inverse * (1.0 / 12 - inverse * (1.0 / 120 - inverse * (1.0 / 252 - inverse * (1.0 / 240 - inverse / 132))));
    }
}
