using System.Runtime.CompilerServices;
using System.Text;

namespace DataPipeline.Filters;

/// <summary>The words and labels of a fastText model, and the features of a text: rows of its words, of their character n-grams and of word n-grams.</summary>
internal sealed class FastTextDictionary
{
    private const uint FnvOffset = 2166136261, FnvPrime = 16777619;
    private const ulong WordNGramFactor = 116049371;
    private static readonly byte[] EndOfLine = "</s>"u8.ToArray(), LabelPrefix = "__label__"u8.ToArray();

    private readonly int _minn, _maxn, _wordNGrams, _wordCount;
    private readonly uint _bucket;
    private readonly ulong _bucketInverse;
    private readonly byte[][] _words;
    private readonly int[] _slots;
    private readonly KeptRows? _kept;
    private readonly bool _hasHashedRows;

    public FastTextDictionary(FastTextReader reader, FastTextArguments arguments)
    {
        (_minn, _maxn, _wordNGrams, _bucket) = (arguments.MinN, arguments.MaxN, arguments.WordNGrams, (uint)arguments.Bucket);
        _bucketInverse = _bucket == 0 ? 0 : ulong.MaxValue / _bucket + 1;
        int size = reader.ReadCount("entries");
        _wordCount = reader.ReadCount("words");
        int labelCount = reader.ReadCount("labels");
        if (_wordCount + labelCount != size || labelCount == 0)
            throw reader.Broken($"{size} entries are not {_wordCount} words and {labelCount} labels");
        reader.ReadInt64();
        long pruned = reader.ReadInt64();
        _words = new byte[_wordCount][];
        var labels = new string[labelCount];
        var counts = new long[labelCount];
        for (int i = 0; i < size; i++)
        {
            byte[] entry = reader.ReadZeroTerminated();
            long count = reader.ReadInt64();
            bool isLabel = reader.ReadBool();
            if (isLabel != i >= _wordCount)
                throw reader.Broken($"entry {i} is a {(isLabel ? "label among words" : "word among labels")}");
            if (!isLabel)
            {
                _words[i] = entry;
                continue;
            }
            string label = Encoding.UTF8.GetString(entry);
            labels[i - _wordCount] = label.StartsWith("__label__", StringComparison.Ordinal) ? label[LabelPrefix.Length..] : label;
            counts[i - _wordCount] = count;
        }
        (Labels, LabelCounts) = (labels, counts);
        _hasHashedRows = pruned != 0 && _bucket > 0;
        Rows = _wordCount + (pruned < 0 ? (int)_bucket : (int)pruned);
        if (pruned > 0)
            _kept = new KeptRows(reader, pruned, _bucket);
        _slots = BuildSlots();
    }

    /// <summary>The labels without <c>__label__</c>.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>How often each label was seen in training.</summary>
    public IReadOnlyList<long> LabelCounts { get; }

    /// <summary>Rows that the input matrix must have.</summary>
    public int Rows { get; }

    /// <summary>Lists the rows of every feature of the text, the end of the line included.</summary>
    public void AddFeatures(ReadOnlySpan<byte> text, List<int> rows)
    {
        List<int>? hashes = _wordNGrams > 1 ? [] : null;
        for (int at = 0; ;)
        {
            while (at < text.Length && IsSeparator(text[at]))
                at++;
            int start = at;
            while (at < text.Length && !IsSeparator(text[at]))
                at++;
            ReadOnlySpan<byte> word = at > start ? text[start..at] : EndOfLine;
            uint hash = HashOf(word);
            int id = Find(word, hash);
            if (id >= 0 || !word.StartsWith(LabelPrefix))
            {
                bool isEnd = word.SequenceEqual(EndOfLine);
                if (id >= 0)
                    rows.Add(id);
                if (_maxn > 0 && !isEnd && _hasHashedRows)
                    AddSubwords(word, rows);
                hashes?.Add((int)hash);
                // fastText ends a line at a literal </s> too.
                if (isEnd)
                    break;
            }
        }
        if (hashes is not null)
            AddWordNGrams(hashes, rows);
    }

    private static bool IsSeparator(byte c) => c is (byte)' ' or (>= 9 and <= 13) or 0;

    // Bytes are sign-extended, as fastText's int8_t cast does: every non-ASCII word depends on it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint HashByte(uint hash, byte value) => (hash ^ (uint)(sbyte)value) * FnvPrime;

    private static uint HashOf(ReadOnlySpan<byte> word)
    {
        uint hash = FnvOffset;
        foreach (byte value in word)
            hash = HashByte(hash, value);
        return hash;
    }

    // N-grams of characters of "<word>"; the hash grows with each character, so all lengths from one start cost one pass.
    private void AddSubwords(ReadOnlySpan<byte> word, List<int> rows)
    {
        Span<byte> framed = word.Length <= 254 ? stackalloc byte[256] : new byte[word.Length + 2];
        framed = framed[..(word.Length + 2)];
        framed[0] = (byte)'<';
        word.CopyTo(framed[1..]);
        framed[^1] = (byte)'>';
        for (int i = 0; i < framed.Length; i++)
        {
            if (IsContinuation(framed[i]))
                continue;
            uint hash = FnvOffset;
            int j = i;
            for (int n = 1; j < framed.Length && n <= _maxn; n++)
            {
                hash = HashByte(hash, framed[j++]);
                while (j < framed.Length && IsContinuation(framed[j]))
                    hash = HashByte(hash, framed[j++]);
                if (n >= _minn && !(n == 1 && (i == 0 || j == framed.Length)))
                    AddBucket((int)Remainder(hash), rows);
            }
        }
    }

    private void AddWordNGrams(List<int> hashes, List<int> rows)
    {
        for (int i = 0; i < hashes.Count; i++)
        {
            ulong hash = (ulong)hashes[i];
            for (int j = i + 1; j < hashes.Count && j < i + _wordNGrams; j++)
            {
                hash = hash * WordNGramFactor + (ulong)hashes[j];
                AddHashed(hash, rows);
            }
        }
    }

    // hash % bucket by two multiplications (Lemire, Kaser and Kurz 2019, arXiv 1902.01961): a division per n-gram would cost more than all else.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Remainder(uint hash) => (uint)Math.BigMul(_bucketInverse * hash, _bucket, out _);

    private void AddHashed(ulong hash, List<int> rows)
    {
        if (_hasHashedRows)
            AddBucket((int)(hash % _bucket), rows);
    }

    private void AddBucket(int bucket, List<int> rows)
    {
        int row = _kept is null ? bucket : _kept.RowOf(bucket);
        if (row >= 0)
            rows.Add(_wordCount + row);
    }

    private static bool IsContinuation(byte value) => (value & 0xC0) == 0x80;

    private int Find(ReadOnlySpan<byte> word, uint hash)
    {
        int mask = _slots.Length - 1;
        for (int slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            int id = _slots[slot];
            if (id < 0 || word.SequenceEqual(_words[id]))
                return id;
        }
    }

    private int[] BuildSlots()
    {
        var slots = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, _wordCount * 2))];
        slots.AsSpan().Fill(-1);
        for (int id = 0; id < _wordCount; id++)
        {
            int slot = (int)HashOf(_words[id]) & (slots.Length - 1);
            while (slots[slot] >= 0)
                slot = (slot + 1) & (slots.Length - 1);
            slots[slot] = id;
        }
        return slots;
    }
}

/// <summary>The hashed rows that a pruned model kept: bucket to row, in memory that grows with what was kept and not with the buckets.</summary>
internal sealed class KeptRows
{
    private readonly (int Bucket, int Row)[] _slots;
    private readonly int _shift;

    // A bit for each of at least 8 times as many hash values as there are rows: most n-grams were not kept and end here, in the first cache.
    private readonly ulong[] _maybe;

    public KeptRows(FastTextReader reader, long pruned, uint bucketCount)
    {
        reader.RequireBytes(pruned * 8, "kept rows");
        int bits = System.Numerics.BitOperations.Log2((ulong)pruned) + 2;
        _shift = 32 - bits;
        _slots = new (int, int)[1 << bits];
        _slots.AsSpan().Fill((-1, -1));
        _maybe = new ulong[Math.Max(1, _slots.Length * 4 / 64)];
        for (long i = 0; i < pruned; i++)
        {
            int bucket = reader.ReadInt32(), row = reader.ReadInt32();
            if ((uint)bucket >= bucketCount || (ulong)row >= (ulong)pruned)
                throw reader.Broken($"kept bucket {bucket} -> row {row} is out of range");
            _slots[Slot(bucket)] = (bucket, row);
            uint bit = (uint)bucket & (uint)(_maybe.Length * 64 - 1);
            _maybe[bit / 64] |= 1UL << (int)(bit % 64);
        }
    }

    /// <summary>The row of a bucket, -1 where it went.</summary>
    public int RowOf(int bucket)
    {
        uint bit = (uint)bucket & (uint)(_maybe.Length * 64 - 1);
        return (_maybe[bit / 64] >> (int)(bit % 64) & 1) == 0 ? -1 : _slots[Slot(bucket)].Row;
    }

    private int Slot(int bucket)
    {
        int slot = (int)((uint)bucket * 0x9E3779B1u >> _shift);
        while (_slots[slot].Bucket != bucket && _slots[slot].Bucket >= 0)
            slot = (slot + 1) & (_slots.Length - 1);
        return slot;
    }
}
