using System.Numerics;
using System.Runtime.CompilerServices;
using DataPipeline.Core;
using DataPipeline.Core.Unicode;

namespace DataPipeline.Filters;

// Grams are keyed by a polynomial of their words' 64-bit hashes modulo 2^64, so that the key of any stretch of words comes from two sums before it and
// one product. A text is asked first: two bits of the first words of each gram, in one 64-bit word of a table that the second cache may hold (8 to 16
// bits a gram), send nearly every word on after one look, and two of the whole gram in another table nearly all others.
// What the table then finds is compared with the stored hashes of the test item's words, one by one: two grams are only taken for one another where
// words of one hash (2^-64) stand in the same place. Cost: linear in the text but for the words that do match. An Aho-Corasick machine over words was
// refused: a step for each word through a table of transitions, ten times the memory, and no faster a clean text.

/// <summary>The word n-grams of test items, and where texts hold them. Safe to use from several threads.</summary>
internal sealed class GramIndex
{
    /// <summary>Most bytes of memory for a word of a test item while the index is made: its hash and mark, its gram, slots, number, places and bits.</summary>
    public const int BytesPerWord = 112;

    private const ulong Base = 0x9E3779B97F4A7C15, LengthBase = 0xD1342543DE82EF95;
    private const int Chunk = 1024;

    private readonly ulong[] _words, _beginnings, _wholes, _powers;
    private readonly byte[] _alone;
    private readonly int[] _itemStarts, _firstPlaces, _places, _lengths, _itemGrams;
    private readonly WantedThing[] _items;
    private readonly GramSizes _sizes;
    private readonly GramTable _entries;
    private readonly int _shift;

    /// <summary>Puts what a builder gathered in order.</summary>
    /// <param name="words">The words of all items.</param>
    /// <param name="grams">The stretches of words to find: first word and length, in the order of the items.</param>
    public GramIndex(TestWords words, IReadOnlyList<(int Start, int Length)> grams)
    {
        (_words, _alone, _itemStarts, _items, _sizes) = ([.. words.Hashes], [.. words.Alone], [.. words.ItemStarts, words.Hashes.Count], [.. words.Items], words.Sizes);
        _powers = Powers(Math.Max(_sizes.Longest, grams.Count == 0 ? 0 : grams.Max(gram => gram.Length)));
        ulong[] sums = Sums(_words);
        _entries = new GramTable(grams.Count);
        var numbers = new int[grams.Count];
        var lengths = new List<int>();
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = _entries.Add(KeyOf(sums, grams[i].Start, grams[i].Length));
            if (numbers[i] == lengths.Count)
                lengths.Add(grams[i].Length);
        }
        _lengths = [.. lengths];
        (_firstPlaces, _places) = Places(numbers, grams, _entries.Count);
        _itemGrams = new int[_items.Length];
        foreach (int place in _places)
            _itemGrams[ItemOf(place)]++;
        _beginnings = new ulong[BitOperations.RoundUpToPowerOf2((uint)Math.Max(_entries.Count, 64)) / 8];
        _wholes = new ulong[_beginnings.Length * 2];
        _shift = 64 - BitOperations.Log2((uint)_beginnings.Length);
        for (int i = 0; i < numbers.Length; i++)
        {
            ulong beginning = Stretch(sums, grams[i].Start, _sizes.ShortestOf(_alone[grams[i].Start])), whole = KeyOf(sums, grams[i].Start, grams[i].Length);
            _beginnings[beginning >> _shift] |= TwoBits(beginning);
            _wholes[whole >> (_shift - 1)] |= TwoBits(whole);
        }
    }

    public GramSizes Sizes => _sizes;

    /// <summary>Different stretches of words that are looked for.</summary>
    public int Entries => _entries.Count;

    public IReadOnlyList<WantedThing> Items => _items;

    public ReadOnlySpan<ulong> Words => _words;

    /// <summary>First word of an item; behind the last one the number of words.</summary>
    public int ItemStart(int item) => _itemStarts[item];

    /// <summary>Stretches that an item is looked for by.</summary>
    public int GramsOf(int item) => _itemGrams[item];

    /// <summary>The item that a word belongs to.</summary>
    public int ItemOf(int word)
    {
        int at = Array.BinarySearch(_itemStarts, word);
        if (at < 0)
            return ~at - 1;
        // An item without words begins where the next one does.
        while (_itemStarts[at + 1] == word)
            at++;
        return at;
    }

    /// <summary>Finds an entry no more; only before others use the index.</summary>
    public void Ignore(int entry) => _lengths[entry] = 0;

    /// <summary>The places among the words of the items where an entry stands.</summary>
    public ReadOnlySpan<int> PlacesOf(int entry) => _places.AsSpan(_firstPlaces[entry].._firstPlaces[entry + 1]);

    /// <summary>False when no gram stands in a text. True only says that a key does.</summary>
    [SkipLocalsInit]
    public bool MayHold(ReadOnlySpan<char> text)
    {
        Span<ulong> words = stackalloc ulong[Chunk], sums = stackalloc ulong[Chunk + 1];
        Span<byte> alone = stackalloc byte[Chunk];
        var scanner = new WordScanner(text);
        int kept = 0, ahead = _sizes.Longest - 1;
        while (true)
        {
            alone[kept..].Clear();
            int read = scanner.Read(words[kept..], alone[kept..]), count = kept + read;
            bool last = count < Chunk;
            int end = last ? count : count - ahead;
            Sum(words[..count], sums);
            if (alone[..count].Contains((byte)1) ? MayStart(sums, alone[..count], end) : MayStart(sums[..(count + 1)], end))
                return true;
            if (last)
                return false;
            kept = ahead;
            words[end..].CopyTo(words);
            alone[end..].CopyTo(alone);
        }
    }

    /// <summary>The grams that begin at a word of a text, longest first.</summary>
    /// <param name="words">Hashes of all its words.</param>
    /// <param name="alone">1 for each that is a character of a script without spaces.</param>
    /// <param name="sums">Their <see cref="Sums"/>.</param>
    /// <param name="at">The word.</param>
    /// <param name="found">Takes entry and length of each.</param>
    public void Find(ReadOnlySpan<ulong> words, ReadOnlySpan<byte> alone, ReadOnlySpan<ulong> sums, int at, List<(int Entry, int Length)> found)
    {
        int shortest = _sizes.ShortestOf(alone[at]);
        if (at + shortest > words.Length || !HasBeginning(Stretch(sums, at, shortest)))
            return;
        for (int length = Math.Min(_sizes.Of(alone[at]), words.Length - at); length >= shortest; length--)
        {
            if (Entry(sums, at, length) is var entry and >= 0 && words.Slice(at, length).SequenceEqual(_words.AsSpan(PlacesOf(entry)[0], length)))
                found.Add((entry, length));
        }
    }

    /// <summary>The entry of a stretch of words of any length, -1 if there is none.</summary>
    public int Find(ReadOnlySpan<ulong> words)
    {
        if (words.Length >= _powers.Length)
            return -1;
        int entry = Entry(Sums(words), 0, words.Length);
        return entry >= 0 && words.SequenceEqual(_words.AsSpan(PlacesOf(entry)[0], words.Length)) ? entry : -1;
    }

    // The length is in the key: a short entry is none of the beginning of a long one.
    private ulong KeyOf(ReadOnlySpan<ulong> sums, int start, int length) => Stretch(sums, start, length) + (ulong)length * LengthBase;

    /// <summary>The polynomials of all beginnings of some words.</summary>
    public static ulong[] Sums(ReadOnlySpan<ulong> words)
    {
        var sums = new ulong[words.Length + 1];
        Sum(words, sums);
        return sums;
    }

    private static void Sum(ReadOnlySpan<ulong> words, Span<ulong> sums)
    {
        ulong sum = 0;
        sums[0] = 0;
        for (int i = 0; i < words.Length; i++)
            sums[i + 1] = sum = sum * Base + words[i];
    }

    private bool MayStart(ReadOnlySpan<ulong> sums, int end)
    {
        int shortest = _sizes.ShortWords, count = sums.Length - 1;
        ulong power = _powers[shortest];
        ref ulong bits = ref _beginnings[0];
        int shift = _shift;
        for (int i = 0; i < end && i + shortest < sums.Length; i++)
        {
            ulong beginning = sums[i + shortest] - sums[i] * power, two = TwoBits(beginning);
            if ((Unsafe.Add(ref bits, (nint)(beginning >> shift)) & two) == two && HasEntry(sums, i, shortest, Math.Min(_sizes.Words, count - i)))
                return true;
        }
        return false;
    }

    private bool MayStart(ReadOnlySpan<ulong> sums, ReadOnlySpan<byte> alone, int end)
    {
        GramSizes sizes = _sizes;
        ulong power = _powers[sizes.ShortWords], alonePower = _powers[sizes.ShortCharacters];
        for (int i = 0; i < end; i++)
        {
            int shortest = alone[i] == 0 ? sizes.ShortWords : sizes.ShortCharacters;
            if (i + shortest <= alone.Length && HasBeginning(sums[i + shortest] - sums[i] * (alone[i] == 0 ? power : alonePower)) && HasEntry(sums, i, shortest, Math.Min(_sizes.Of(alone[i]), alone.Length - i)))
                return true;
        }
        return false;
    }

    private bool HasEntry(ReadOnlySpan<ulong> sums, int at, int shortest, int longest)
    {
        for (int length = longest; length >= shortest; length--)
        {
            if (Entry(sums, at, length) >= 0)
                return true;
        }
        return false;
    }

    private int Entry(ReadOnlySpan<ulong> sums, int at, int length)
    {
        ulong key = KeyOf(sums, at, length);
        ulong two = TwoBits(key);
        return (_wholes[key >> (_shift - 1)] & two) == two && _entries.Find(key) is var entry and >= 0 && _lengths[entry] == length ? entry : -1;
    }

    private ulong Stretch(ReadOnlySpan<ulong> sums, int start, int length) => sums[start + length] - sums[start] * _powers[length];

    private bool HasBeginning(ulong stretch)
    {
        ulong two = TwoBits(stretch);
        return (_beginnings[stretch >> _shift] & two) == two;
    }

    // The highest bits choose the word, bits in the middle the two in it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong TwoBits(ulong key) => 1UL << (int)(key >> 20) | 1UL << (int)(key >> 26);

    private static ulong[] Powers(int longest)
    {
        var powers = new ulong[longest + 1];
        powers[0] = 1;
        for (int i = 1; i < powers.Length; i++)
            powers[i] = powers[i - 1] * Base;
        return powers;
    }

    private static (int[] First, int[] Places) Places(int[] numbers, IReadOnlyList<(int Start, int Length)> grams, int entries)
    {
        var first = new int[entries + 1];
        foreach (int number in numbers)
            first[number + 1]++;
        for (int i = 0; i < entries; i++)
            first[i + 1] += first[i];
        var places = new int[first[^1]];
        var next = first[..^1];
        for (int i = 0; i < numbers.Length; i++)
            places[next[numbers[i]]++] = grams[i].Start;
        return (first, places);
    }
}

/// <summary>The words of test items one behind the other, as an index is made of them.</summary>
internal sealed class TestWords(GramSizes sizes)
{
    public GramSizes Sizes => sizes;

    public List<ulong> Hashes { get; } = [];

    public List<byte> Alone { get; } = [];

    public List<int> ItemStarts { get; } = [];

    public List<WantedThing> Items { get; } = [];

    public void Begin(WantedThing item)
    {
        Items.Add(item);
        ItemStarts.Add(Hashes.Count);
    }

    /// <summary>Adds the words of a text in composed form (NFC); gives the first.</summary>
    public int Add(string text)
    {
        int start = Hashes.Count;
        var scanner = new WordScanner(UnicodeNormalizer.Normalize(text, UnicodeForm.Nfc));
        while (scanner.Read(out ulong hash, out _, out bool alone))
        {
            Hashes.Add(hash);
            Alone.Add(alone ? (byte)1 : (byte)0);
        }
        return start;
    }

    /// <summary>Adds words that are there already once more.</summary>
    public void Repeat(int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            Hashes.Add(Hashes[i]);
            Alone.Add(Alone[i]);
        }
    }

    /// <summary>The grams that lie within a stretch and begin before a word.</summary>
    public IEnumerable<(int Start, int Length)> Grams(int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (i + sizes.Of(Alone[i]) <= end)
                yield return (i, sizes.Of(Alone[i]));
        }
    }

    /// <summary>A whole stretch where no gram lies in it and it is long enough.</summary>
    public IEnumerable<(int Start, int Length)> Whole(int start, int end) =>
        end > start && end - start >= sizes.ShortestOf(Alone[start]) && end - start < sizes.Of(Alone[start]) ? [(start, end - start)] : [];
}
