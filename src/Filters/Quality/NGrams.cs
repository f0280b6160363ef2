using System.Buffers;
using System.Runtime.InteropServices;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Counts repeated runs of words without a string for any of them.</summary>
/// <remarks>
/// The words are laid side by side twice, with and without spaces, so that an n-gram is a slice to hash. Most n-grams are seen to be unique before
/// they are hashed: a run of n words repeats only where its first n - 1 and its last n - 1 words do, and joined words of at least 16 characters are
/// equal only where their first 16 characters are (word ends may differ: "ab c" and "a bc" join to the same). A first form kept polynomial hashes of
/// all n-grams in all nine passes and took about two and a half times as long.
/// </remarks>
internal ref struct NGrams
{
    private const int PrefixLength = 16;

    private readonly char[] _joined, _spaced;
    private readonly int[] _start, _codePoints, _candidates;
    private readonly bool[] _repeats;
    private int _candidateCount = -1, _repeatsOf = 1;

    public NGrams(TextView view, WordRule rule)
    {
        ReadOnlySpan<Slice> words = view.WordsBy(rule);
        Words = words.Length;
        _joined = ArrayPool<char>.Shared.Rent(view.Text.Length);
        _spaced = ArrayPool<char>.Shared.Rent(view.Text.Length + Words);
        _start = ArrayPool<int>.Shared.Rent(Words + 1);
        _codePoints = view.HasSurrogates ? ArrayPool<int>.Shared.Rent(Words + 1) : _start;
        _candidates = ArrayPool<int>.Shared.Rent(Words + 1);
        _repeats = ArrayPool<bool>.Shared.Rent(Words + 1);
        (_start[0], _codePoints[0]) = (0, 0);
        int length = 0;
        for (int i = 0; i < words.Length; i++)
        {
            ReadOnlySpan<char> word = view[words[i]];
            word.CopyTo(_joined.AsSpan(length));
            word.CopyTo(_spaced.AsSpan(length + i));
            length += word.Length;
            _spaced[length + i] = ' ';
            _start[i + 1] = length;
            if (_codePoints != _start)
                _codePoints[i + 1] = _codePoints[i] + TextView.CountCodePoints(word);
        }
    }

    /// <summary>Number of words.</summary>
    public int Words { get; }

    /// <summary>Occurrences of the most frequent run of n words times its length with spaces; the first seen wins a tie, and a run that occurs once counts.</summary>
    /// <remarks>Ask for n = 2, 3, 4, ... in turn: what did not repeat with fewer words is not looked at again.</remarks>
    public long TopChars(int n)
    {
        int last = Words - n, best = last >= 0 ? 1 : 0, bestFirst = 0;
        bool all = _repeatsOf != n - 1 || n == 2;
        HashTable counts = HashTable.Rent(last + 1);
        Span<int> slots = _candidates.AsSpan(0, Math.Max(0, last + 1));
        for (int i = 0; i <= last; i++)
        {
            slots[i] = -1;
            if (!all && !(_repeats[i] && _repeats[i + 1]))
                continue;
            slots[i] = counts.Count(Hash.Of(Spaced(i, n)), i, out int count, out int first);
            if (count > best || (count == best && first < bestFirst))
                (best, bestFirst) = (count, first);
        }
        for (int i = 0; i < Words; i++)
            _repeats[i] = i <= last && slots[i] >= 0 && counts.CountAt(slots[i]) > 1;
        (_repeatsOf, _candidateCount) = (n, -1);
        return best == 0 ? 0 : (long)best * (Length(bestFirst, n) + n - 1);
    }

    /// <summary>Characters in repeated runs of n words, n at least 5: from left to right, a run whose joined words were seen adds its length and is jumped over.</summary>
    public long DuplicateChars(int n)
    {
        if (_candidateCount < 0)
            FindCandidates();
        long chars = 0;
        int next = 0;
        HashTable seen = HashTable.Rent(_candidateCount);
        foreach (int i in _candidates.AsSpan(0, _candidateCount))
        {
            if (i + n > Words)
                break;
            if (i < next || seen.Add(Hash.Of(_joined.AsSpan(_start[i], _start[i + n] - _start[i]))))
                continue;
            chars += Length(i, n);
            next = i + n;
        }
        return chars;
    }

    public readonly void Dispose()
    {
        ArrayPool<char>.Shared.Return(_joined);
        ArrayPool<char>.Shared.Return(_spaced);
        if (_codePoints != _start)
            ArrayPool<int>.Shared.Return(_codePoints);
        ArrayPool<int>.Shared.Return(_start);
        ArrayPool<int>.Shared.Return(_candidates);
        ArrayPool<bool>.Shared.Return(_repeats);
    }

    private readonly ReadOnlySpan<char> Spaced(int first, int n) => _spaced.AsSpan(_start[first] + first, _start[first + n] - _start[first] + n - 1);

    private readonly int Length(int first, int n) => _codePoints[first + n] - _codePoints[first];

    // Words that begin a run of five too short to tell by its prefix, or whose prefix begins another word's run too.
    private void FindCandidates()
    {
        int total = _start[Words];
        HashTable counts = HashTable.Rent(Words);
        int[] slots = _candidates;
        for (int i = 0; i < Words; i++)
        {
            bool isShort = _start[i] + PrefixLength > total || _start[Math.Min(i + 5, Words)] - _start[i] < PrefixLength;
            slots[i] = isShort ? -1 : counts.Count(PrefixHash(_start[i]), i, out _, out _);
        }
        _candidateCount = 0;
        for (int i = 0; i < Words; i++)
        {
            if (slots[i] < 0 || counts.CountAt(slots[i]) > 1)
                _candidates[_candidateCount++] = i;
        }
    }

    private readonly ulong PrefixHash(int at)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<char, ulong>(_joined.AsSpan(at, PrefixLength));
        ulong high = Math.BigMul(words[0] ^ 0x9E3779B97F4A7C15, words[1] ^ 0xC2B2AE3D27D4EB4F, out ulong low);
        ulong high2 = Math.BigMul(words[2] ^ 0x165667B19E3779F9, words[3] ^ 0x85EBCA77C2B2AE63, out ulong low2);
        return high ^ low ^ ulong.RotateLeft(high2 ^ low2, 23);
    }
}
