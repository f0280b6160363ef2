using System.Buffers;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Counts every run of n words, n = 2, 3, 4, ... in turn, with overlaps: what dolma, DCLM, RedPajama and data-juicer measure.</summary>
/// <remarks>
/// A word is named by the place where it stood first, and so is a run: a run of n words is the pair of the run of n - 1 at its place and of its last word, so that two numbers are
/// hashed and compared, never characters. Only where both runs of n - 1 words in it repeat can a run repeat: of most texts few are left from n = 4 on.
/// </remarks>
internal sealed class WordRuns : IDisposable
{
    private readonly int _words;
    private readonly int[] _word, _chars, _counts;
    private int[] _run, _longer;
    private int _n = 1;

    public WordRuns(string text, ReadOnlySpan<Slice> words)
    {
        bool surrogates = text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');
        _words = words.Length;
        _word = ArrayPool<int>.Shared.Rent(_words + 1);
        _run = ArrayPool<int>.Shared.Rent(_words + 1);
        _longer = ArrayPool<int>.Shared.Rent(_words + 1);
        _counts = ArrayPool<int>.Shared.Rent(_words + 1);
        _chars = ArrayPool<int>.Shared.Rent(_words + 1);
        RepeatTable table = RepeatTable.Rent(_words);
        var same = new SamePieces(text, words);
        _chars[0] = 0;
        for (int i = 0; i < words.Length; i++)
        {
            ReadOnlySpan<char> word = text.AsSpan(words[i].Start, words[i].Length);
            _word[i] = table.Count(Hash.OfPiece(word), i, same, out int count);
            _counts[_word[i]] = count;
            _chars[i + 1] = _chars[i] + (surrogates ? TextView.CountCodePoints(word) : word.Length);
        }
        _word.AsSpan(0, _words).CopyTo(_run);
    }

    /// <summary>Length of all words together, in code points.</summary>
    public long Chars => _chars[_words];

    /// <summary>Runs of the present length.</summary>
    public int Runs => Math.Max(0, _words - _n + 1);

    /// <summary>Goes on to runs of one word more.</summary>
    public void Next()
    {
        _n++;
        RepeatTable table = RepeatTable.Rent(Runs);
        var same = new SameRuns(_run, _word, _n);
        // Runs of n words, and of n - 1 one more, so that the place behind the last is asked too.
        bool before = Runs > 0 && _counts[_run[0]] > 1;
        for (int i = 0; i < Runs; i++)
        {
            bool behind = _counts[_run[i + 1]] > 1;
            _longer[i] = before && behind ? table.Count(Mix(_run[i], _word[i + _n - 1]), i, same, out _) : i;
            before = behind;
        }
        (_run, _longer) = (_longer, _run);
        _counts.AsSpan(0, Runs).Clear();
        foreach (int first in _run.AsSpan(0, Runs))
            _counts[first]++;
    }

    /// <summary>Length of the words of the most frequent run times its occurrences.</summary>
    /// <param name="oncesCount">True where a run that occurs once counts when none occurs twice.</param>
    /// <param name="longest">True to take the longest of those that are equally frequent, false for the one seen first.</param>
    public long TopChars(bool oncesCount, bool longest)
    {
        int most = 0, length = 0;
        for (int i = 0; i < Runs; i++)
        {
            if (_run[i] == i && (_counts[i] > most || (longest && _counts[i] == most && Length(i) > length)))
                (most, length) = (_counts[i], Length(i));
        }
        return most > 1 || oncesCount ? (long)most * length : 0;
    }

    /// <summary>Runs that occur more than once, every occurrence counted.</summary>
    public int Repeated()
    {
        int repeated = 0;
        foreach (int first in _run.AsSpan(0, Runs))
            repeated += _counts[first] > 1 ? 1 : 0;
        return repeated;
    }

    /// <summary>Length of all repeated runs against the length of all runs, each word as often as runs hold it.</summary>
    public double RepeatedMass()
    {
        long all = 0, repeated = 0;
        for (int i = 0; i < Runs; i++)
        {
            all += Length(i);
            repeated += _counts[_run[i]] > 1 ? Length(i) : 0;
        }
        return repeated / Math.Max(1.0, all);
    }

    /// <summary>Length of the words in any repeated run, each word once.</summary>
    public long CoveredChars()
    {
        long chars = 0;
        int end = 0;
        for (int i = 0; i < Runs; i++)
        {
            if (_counts[_run[i]] <= 1)
                continue;
            chars += _chars[i + _n] - _chars[Math.Max(i, end)];
            end = i + _n;
        }
        return chars;
    }

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_word);
        ArrayPool<int>.Shared.Return(_run);
        ArrayPool<int>.Shared.Return(_longer);
        ArrayPool<int>.Shared.Return(_counts);
        ArrayPool<int>.Shared.Return(_chars);
    }

    private int Length(int first) => _chars[first + _n] - _chars[first];

    private static ulong Mix(int run, int word)
    {
        ulong mixed = (((ulong)(uint)run << 32) | (uint)word) * 0xD6E8FEB86659FD93;
        return mixed ^ (mixed >> 32);
    }

    private readonly struct SameRuns(int[] run, int[] word, int n) : ISame
    {
        public bool Same(int first, int second) => run[first] == run[second] && word[first + n - 1] == word[second + n - 1];
    }
}
