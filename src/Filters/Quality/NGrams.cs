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
internal struct NGrams
{
    // Units behind the joined words that may be read and mean nothing.
    private const int Padding = 16;

    private readonly char[] _joined;
    private readonly int[] _start, _codePoints, _candidates;
    private readonly bool[] _repeats;
    private NGramBounds _bounds;
    private int _repeatsOf = 1;
    private int _candidateCount = -1;

    public NGrams(TextView view, WordRule rule)
    {
        Words = view.CountWords(rule, new Slice(0, view.Text.Length));
        _joined = ArrayPool<char>.Shared.Rent(view.Text.Length + Padding);
        _start = ArrayPool<int>.Shared.Rent(Words + 1);
        _codePoints = view.HasSurrogates ? ArrayPool<int>.Shared.Rent(Words + 1) : _start;
        _candidates = ArrayPool<int>.Shared.Rent(Words + 1);
        _repeats = ArrayPool<bool>.Shared.Rent(Words + 1);
        Join(view, rule);
        _bounds = new NGramBounds(_joined, _start, Words);
        if (_codePoints == _start)
            return;
        _codePoints[0] = 0;
        for (int i = 0; i < Words; i++)
            _codePoints[i + 1] = _codePoints[i] + TextView.CountCodePoints(JoinedWords(i, 1));
    }

    /// <summary>Number of words.</summary>
    public int Words { get; }

    /// <summary>True when a look at bounds shows that <see cref="TopChars"/> is within a limit.</summary>
    public bool TopStaysWithin(int n, double limit, double length) => n <= NGramBounds.LargestTop && _bounds.TopStaysWithin(n, limit, length);

    /// <summary>True when a look at bounds shows that <see cref="DuplicateChars"/> is within a limit.</summary>
    public bool DuplicatesStayWithin(int n, double limit, double length) => _bounds.DuplicatesStayWithin(n, limit, length);

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
            int first = firsts[i] = table.Count(Hash.OfPiece(JoinedWords(i, n)), i, same, out int count);
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
        if (_candidateCount < 0)
            _candidateCount = _bounds.FindCandidates(_candidates);
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
            seen.Count(Hash.OfPiece(JoinedWords(i, n)), i, same, out int count);
            if (count == 1)
                continue;
            chars += Length(i, n);
            next = i + n;
        }
        return chars;
    }

    public readonly void Dispose()
    {
        _bounds.Dispose();
        ArrayPool<char>.Shared.Return(_joined);
        if (_codePoints != _start)
            ArrayPool<int>.Shared.Return(_codePoints);
        ArrayPool<int>.Shared.Return(_start);
        ArrayPool<int>.Shared.Return(_candidates);
        ArrayPool<bool>.Shared.Return(_repeats);
    }

    private readonly void Join(TextView view, WordRule rule)
    {
        ReadOnlySpan<char> text = view.Text;
        int length = 0, count = 0;
        int[] starts = _start;
        starts[0] = 0;
        foreach (Slice word in view.EnumerateWords(rule))
        {
            // Sixteen units at once, of which those of the next words are written over.
            if (word.Length <= 16 && word.Start + 16 <= text.Length)
                Vector256.LoadUnsafe(ref At(text, word.Start)).StoreUnsafe(ref At(_joined, length));
            else
                text.Slice(word.Start, word.Length).CopyTo(_joined.AsSpan(length));
            length += word.Length;
            starts[++count] = length;
        }
        _joined.AsSpan(length, Padding).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref ushort At(ReadOnlySpan<char> units, int at) => ref Unsafe.As<char, ushort>(ref Unsafe.Add(ref MemoryMarshal.GetReference(units), at));

    private readonly ReadOnlySpan<char> JoinedWords(int first, int n) => _joined.AsSpan(_start[first], _start[first + n] - _start[first]);

    private readonly int Length(int first, int n) => _codePoints[first + n] - _codePoints[first];

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
}
