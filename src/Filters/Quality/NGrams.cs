using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Counts repeated runs of words without a string for any of them.</summary>
/// <remarks>
/// The words are laid side by side, so that the joined words of an n-gram are a slice to hash. A verdict needs few of the counts: bounds that are cheap to
/// find (<see cref="NGramBounds"/>) show for most texts that no limit can be broken. What is counted is counted exactly, equal hashes are compared by
/// their characters, and a run of n words is looked at only where its first n - 1 and its last n - 1 words repeat, or the first characters of its joined words.
/// An earlier form kept polynomial hashes of all n-grams in all nine passes and took about two and a half times as long.
/// </remarks>
internal ref struct NGrams
{
    /// <summary>Units behind the joined words that may be read and mean nothing.</summary>
    public const int Padding = 16;

    private readonly char[] _joined;
    private readonly int[] _start, _codePoints, _candidates;
    private readonly bool[] _repeats;
    private int _repeatsOf = 1;
    private int _candidateCount = -1;

    public NGrams(TextView view, WordRule rule)
    {
        ReadOnlySpan<Slice> words = view.WordsBy(rule);
        Words = words.Length;
        _joined = ArrayPool<char>.Shared.Rent(view.Text.Length + Padding);
        _start = ArrayPool<int>.Shared.Rent(Words + 1);
        _codePoints = view.HasSurrogates ? ArrayPool<int>.Shared.Rent(Words + 1) : _start;
        _candidates = ArrayPool<int>.Shared.Rent(Words + 1);
        _repeats = ArrayPool<bool>.Shared.Rent(Words + 1);
        Join(view, words);
        if (_codePoints == _start)
            return;
        _codePoints[0] = 0;
        for (int i = 0; i < words.Length; i++)
            _codePoints[i + 1] = _codePoints[i] + TextView.CountCodePoints(view[words[i]]);
    }

    /// <summary>Number of words.</summary>
    public int Words { get; }

    /// <summary>The words without what stood between them, and <see cref="Padding"/>.</summary>
    public readonly char[] Joined => _joined;

    /// <summary>Where each word starts in <see cref="Joined"/>, and behind the last one; longer than that.</summary>
    public readonly int[] Starts => _start;

    /// <summary>Occurrences of the most frequent run of n words times its length with spaces; the first seen wins a tie, and a run that occurs once counts.</summary>
    /// <remarks>Ask for n = 2, 3, 4, ... in turn: what did not repeat with fewer words is not looked at again.</remarks>
    public long TopChars(int n)
    {
        int last = Words - n, best = last >= 0 ? 1 : 0, bestFirst = 0;
        bool all = _repeatsOf != n - 1 || n == 2;
        RepeatTable table = RepeatTable.Rent(last + 1);
        Span<int> firsts = _candidates.AsSpan(0, Math.Max(0, last + 1)), counts = new int[firsts.Length];
        var same = new SameWords(_joined, _start, n);
        for (int i = 0; i <= last; i++)
        {
            firsts[i] = -1;
            if (!all && !(_repeats[i] && _repeats[i + 1]))
                continue;
            int first = firsts[i] = table.Count(Hash.Of(JoinedWords(i, n)), i, same, out int count);
            counts[first] = count;
            if (count > best || (count == best && first < bestFirst))
                (best, bestFirst) = (count, first);
        }
        for (int i = 0; i < Words; i++)
            _repeats[i] = i <= last && firsts[i] >= 0 && counts[firsts[i]] > 1;
        (_repeatsOf, _candidateCount) = (n, -1);
        return best == 0 ? 0 : (long)best * (Length(bestFirst, n) + n - 1);
    }

    /// <summary>Characters in repeated runs of n words, n at least 5: from left to right, a run whose joined words were seen adds its length and is jumped over.</summary>
    public long DuplicateChars(int n)
    {
        int prefix = NGramBounds.PrefixLength(_start[Words], Words);
        if (_candidateCount < 0)
            FindCandidates(prefix);
        long chars = 0;
        int next = 0;
        RepeatTable seen = RepeatTable.Rent(_candidateCount);
        var same = new SameJoined(_joined, _start, n);
        foreach (int i in _candidates.AsSpan(0, _candidateCount))
        {
            if (i + n > Words)
                break;
            if (i < next)
                continue;
            seen.Count(Hash.Of(JoinedWords(i, n)), i, same, out int count);
            if (count == 1)
                continue;
            chars += Length(i, n);
            next = i + n;
        }
        return chars;
    }

    public readonly void Dispose()
    {
        ArrayPool<char>.Shared.Return(_joined);
        if (_codePoints != _start)
            ArrayPool<int>.Shared.Return(_codePoints);
        ArrayPool<int>.Shared.Return(_start);
        ArrayPool<int>.Shared.Return(_candidates);
        ArrayPool<bool>.Shared.Return(_repeats);
    }

    private readonly void Join(TextView view, ReadOnlySpan<Slice> words)
    {
        ReadOnlySpan<char> text = view.Text;
        int length = 0;
        _start[0] = 0;
        for (int i = 0; i < words.Length; i++)
        {
            Slice word = words[i];
            // Sixteen units at once, of which those of the next words are written over.
            if (word.Length <= 16 && word.Start + 16 <= text.Length)
                Vector256.LoadUnsafe(ref At(text, word.Start)).StoreUnsafe(ref At(_joined, length));
            else
                text.Slice(word.Start, word.Length).CopyTo(_joined.AsSpan(length));
            length += word.Length;
            _start[i + 1] = length;
        }
        _joined.AsSpan(length, Padding).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref ushort At(ReadOnlySpan<char> units, int at) => ref Unsafe.As<char, ushort>(ref Unsafe.Add(ref MemoryMarshal.GetReference(units), at));

    private readonly ReadOnlySpan<char> JoinedWords(int first, int n) => _joined.AsSpan(_start[first], _start[first + n] - _start[first]);

    private readonly int Length(int first, int n) => _codePoints[first + n] - _codePoints[first];

    // Words whose joined characters from there on begin like those of another word, and words whose run of five is too short to tell by its first characters.
    // Runs of n words with equal characters are either both shorter than the prefix or have it in common.
    private void FindCandidates(int prefix)
    {
        RepeatTable table = RepeatTable.Rent(Words);
        int[] firsts = _candidates, counts = ArrayPool<int>.Shared.Rent(Words + 1);
        var same = new SamePrefix(_joined, _start, prefix);
        for (int i = 0; i < Words; i++)
        {
            firsts[i] = table.Count(NGramBounds.PrefixHash(_joined, _start[i], prefix), i, same, out int count);
            counts[firsts[i]] = count;
        }
        _candidateCount = 0;
        for (int i = 0; i < Words; i++)
        {
            if (counts[firsts[i]] > 1 || _start[Math.Min(i + 5, Words)] - _start[i] < prefix)
                _candidates[_candidateCount++] = i;
        }
        ArrayPool<int>.Shared.Return(counts);
    }

    /// <summary>Runs of n words are the same joined with spaces: the same words.</summary>
    private readonly struct SameWords(char[] joined, int[] start, int n) : ISame
    {
        public bool Same(int first, int second)
        {
            for (int k = 1; k <= n; k++)
            {
                if (start[first + k] - start[first] != start[second + k] - start[second])
                    return false;
            }
            int length = start[first + n] - start[first];
            return joined.AsSpan(start[first], length).SequenceEqual(joined.AsSpan(start[second], length));
        }
    }

    /// <summary>Runs of n words are the same joined without spaces, wherever their words end.</summary>
    private readonly struct SameJoined(char[] joined, int[] start, int n) : ISame
    {
        public bool Same(int first, int second) =>
            joined.AsSpan(start[first]..start[first + n]).SequenceEqual(joined.AsSpan(start[second]..start[second + n]));
    }

    private readonly struct SamePrefix(char[] joined, int[] start, int length) : ISame
    {
        public bool Same(int first, int second) => joined.AsSpan(start[first], length).SequenceEqual(joined.AsSpan(start[second], length));
    }
}
