using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace DataPipeline.Filters;

/// <summary>The words and labels of a fastText model, and the features of a text: rows of its words, of their character n-grams and of word n-grams.</summary>
internal sealed class FastTextDictionary
{
    public const string LabelPrefix = "__label__";
    internal const uint FnvOffset = 2166136261, FnvPrime = 16777619;
    private const ulong WordNGramFactor = 116049371;
    private static readonly byte[] Prefix = Encoding.ASCII.GetBytes(LabelPrefix);

    private readonly int _minn, _maxn, _wordNGrams;
    private readonly byte[] _text;
    private readonly int[] _ends;
    private readonly Slot[] _slots;
    private readonly bool _hasHashedRows, _hasSubwords;
    private int[]? _subwordEnds;
    private int[] _subwords = [];

    /// <summary>Makes a dictionary.</summary>
    /// <param name="arguments">What the model was made with.</param>
    /// <param name="entries">Words, then labels with their prefix.</param>
    /// <param name="wordCount">How many entries are words.</param>
    /// <param name="tokens">Tokens of the training text.</param>
    /// <param name="hashed">Rows of hashed features.</param>
    public FastTextDictionary(FastTextArguments arguments, IReadOnlyList<Entry> entries, int wordCount, long tokens, HashedRows hashed)
    {
        (_minn, _maxn, _wordNGrams) = (Math.Max(1, arguments.MinN), arguments.MaxN, arguments.WordNGrams);
        (WordCount, Tokens, Hashed) = (wordCount, tokens, hashed);
        _hasHashedRows = hashed.Count > 0;
        _hasSubwords = _hasHashedRows && _maxn > 0;
        Counts = [.. entries.Select(entry => entry.Count)];
        _ends = new int[entries.Count];
        _text = new byte[entries.Sum(entry => entry.Text.Length)];
        int end = 0;
        for (int i = 0; i < entries.Count; i++)
        {
            entries[i].Text.CopyTo(_text, end);
            _ends[i] = end += entries[i].Text.Length;
        }
        Labels = [.. entries.Skip(wordCount).Select(entry => Encoding.UTF8.GetString(entry.Text)).Select(label => label.StartsWith(LabelPrefix, StringComparison.Ordinal) ? label[LabelPrefix.Length..] : label)];
        _slots = BuildSlots();
    }

    /// <summary>A literal end of line, which ends a text for fastText too.</summary>
    public static ReadOnlySpan<byte> EndOfLine => "</s>"u8;

    /// <summary>Words, whose rows come first.</summary>
    public int WordCount { get; }

    /// <summary>Tokens of the training text, labels and line ends included.</summary>
    public long Tokens { get; }

    /// <summary>How often each entry was seen in training, words before labels.</summary>
    public long[] Counts { get; }

    /// <summary>The labels without <c>__label__</c>.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>How often each label was seen in training.</summary>
    public ReadOnlySpan<long> LabelCounts => Counts.AsSpan(WordCount);

    /// <summary>Rows of hashed features, behind those of words.</summary>
    public HashedRows Hashed { get; }

    /// <summary>Rows that the input matrix must have.</summary>
    public long Rows => (long)WordCount + Hashed.Count;

    /// <summary>The bytes of an entry, a label with its prefix.</summary>
    public ReadOnlySpan<byte> TextOf(int entry)
    {
        int start = entry == 0 ? 0 : _ends[entry - 1];
        return _text.AsSpan(start, _ends[entry] - start);
    }

    /// <summary>Lists the rows of every feature of the text, the end of the line included.</summary>
    /// <param name="text">One text in UTF-8; line ends count as spaces.</param>
    /// <param name="features">Cleared and filled.</param>
    /// <param name="wholeWords">For each word the number of features that its row is the sum of, where character n-grams of known words were added to their
    /// rows beforehand; null where they have to be listed.</param>
    /// <param name="labels">Where not null: is given the labels that stand in the text.</param>
    /// <returns>Tokens read, labels and the end of the line included.</returns>
    public int AddFeatures(ReadOnlySpan<byte> text, FeatureList features, int[]? wholeWords = null, List<int>? labels = null)
    {
        features.Clear();
        int tokens = 0;
        for (int at = 0; ;)
        {
            while (at < text.Length && IsSeparator(text[at]))
                at++;
            int start = at;
            uint hash = FnvOffset;
            for (; at < text.Length && !IsSeparator(text[at]); at++)
                hash = HashByte(hash, text[at]);
            ReadOnlySpan<byte> word = text[start..at];
            if (at == start)
            {
                word = EndOfLine;
                hash = HashOf(EndOfLine);
            }
            tokens++;
            int id = Find(word, hash);
            if (id >= WordCount)
            {
                labels?.Add(id - WordCount);
                continue;
            }
            bool isEnd = word.SequenceEqual(EndOfLine);
            if (id >= 0 || !IsLabel(word))
            {
                if (id >= 0)
                {
                    features.Reserve(1);
                    features.Rows[features.Count++] = id;
                    features.Features += wholeWords is null ? 1 : wholeWords[id];
                }
                if (_hasSubwords && !isEnd && (id < 0 || wholeWords is null))
                {
                    if (_subwordEnds is { } ends && id >= 0)
                        features.Add(_subwords.AsSpan((id == 0 ? 0 : ends[id - 1])..ends[id]));
                    else
                        AddSubwords(word, features);
                }
                if (_wordNGrams > 1)
                    features.AddWordHash((int)hash);
            }
            if (isEnd)
                break;
        }
        if (_wordNGrams > 1 && _hasHashedRows)
            AddWordNGrams(features);
        return tokens;
    }

    /// <summary>Finds the character n-grams of all known words once, for training, which meets each word often.</summary>
    public void CacheSubwords()
    {
        if (!_hasSubwords || _subwordEnds is not null)
            return;
        var features = new FeatureList();
        var ends = new int[WordCount];
        for (int word = 0; word < WordCount; word++)
        {
            if (!TextOf(word).SequenceEqual(EndOfLine))
                AddSubwords(TextOf(word), features);
            ends[word] = features.Count;
        }
        _subwords = features.InUse.ToArray();
        _subwordEnds = ends;
    }

    /// <summary>Lists the rows of the character n-grams of <c>&lt;word&gt;</c>.</summary>
    public void AddSubwords(ReadOnlySpan<byte> word, FeatureList features)
    {
        // A character has at most as many n-grams as there are lengths; whole vectors are written, so there is room for one more.
        features.Reserve((long)(word.Length + 2) * _maxn + SubwordHashes.Room);
        Span<int> buckets = features.Rows.AsSpan(features.Count);
        int added = Hashed.ToRows(buckets[..SubwordHashes.Buckets(word, _minn, _maxn, Hashed, buckets)], WordCount);
        features.Features += added;
        features.Count += added;
    }

    private void AddWordNGrams(FeatureList features)
    {
        ReadOnlySpan<int> hashes = features.WordHashes.AsSpan(0, features.WordCount);
        features.Reserve((long)hashes.Length * _wordNGrams + 1);
        int count = features.Count;
        for (int i = 0; i < hashes.Length; i++)
        {
            ulong hash = (ulong)hashes[i];
            for (int j = i + 1; j < hashes.Length && j < i + _wordNGrams; j++)
            {
                hash = hash * WordNGramFactor + (ulong)hashes[j];
                uint bucket = (uint)(hash % Hashed.Bucket);
                Hashed.Prefetch(bucket);
                features.Rows[count++] = (int)bucket;
            }
        }
        int added = Hashed.ToRows(features.Rows.AsSpan(features.Count, count - features.Count), WordCount);
        features.Features += added;
        features.Count += added;
    }

    /// <summary>The number of an entry, -1 if there is none.</summary>
    public int Find(ReadOnlySpan<byte> word, uint hash)
    {
        int mask = _slots.Length - 1;
        for (int at = (int)hash & mask; ; at = (at + 1) & mask)
        {
            Slot slot = _slots[at];
            if (slot.Entry < 0 || (slot.Hash == hash && word.SequenceEqual(TextOf(slot.Entry))))
                return slot.Entry;
        }
    }

    public static uint HashOf(ReadOnlySpan<byte> word)
    {
        uint hash = FnvOffset;
        foreach (byte value in word)
            hash = HashByte(hash, value);
        return hash;
    }

    /// <summary>True for a word that stands for a label, of the model or not.</summary>
    public static bool IsLabel(ReadOnlySpan<byte> word) => word.StartsWith(Prefix);

    public static bool IsSeparator(byte c) => c <= 32 && (0x1_0000_3E01L >> c & 1) != 0;

    // Bytes are sign-extended, as fastText's int8_t cast does: every non-ASCII word depends on it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint HashByte(uint hash, byte value) => (hash ^ (uint)(sbyte)value) * FnvPrime;

    private Slot[] BuildSlots()
    {
        var slots = new Slot[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, _ends.Length * 2))];
        slots.AsSpan().Fill(new Slot(0, -1));
        for (int entry = 0; entry < _ends.Length; entry++)
        {
            uint hash = HashOf(TextOf(entry));
            int at = (int)hash & (slots.Length - 1);
            while (slots[at].Entry >= 0)
                at = (at + 1) & (slots.Length - 1);
            slots[at] = new Slot(hash, entry);
        }
        return slots;
    }

    /// <summary>A word or label with its prefix, and how often it was seen.</summary>
    public readonly record struct Entry(byte[] Text, long Count);

    private readonly record struct Slot(uint Hash, int Entry);
}
