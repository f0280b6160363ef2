using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens.Models;

/// <summary>What <see cref="CharacterMergeEncoder"/> works on.</summary>
/// <param name="Symbols">One more than the highest symbol.</param>
internal sealed record CharacterMerges(int Symbols)
{
    /// <summary>Each character that has a symbol.</summary>
    public required IReadOnlyDictionary<Rune, int> Characters { get; init; }

    /// <summary>Pairs of symbols that merge, and what does the merging without a cache; no pair has a symbol that no text is made of.</summary>
    public required PairTable Pairs { get; init; }

    /// <summary>Merges symbols by scanning them.</summary>
    public required SymbolMerger Merger { get; init; }

    /// <summary>The text of a symbol that is a character or the result of a merge.</summary>
    public required Func<int, byte[]> TextOf { get; init; }

    /// <summary>The id of each symbol; null where symbols are ids.</summary>
    public IReadOnlyList<int>? Ids { get; init; }

    /// <summary>The tokens of the 256 bytes, which stand for a character that has no token; null if it becomes the unknown token.</summary>
    public int[]? Bytes { get; init; }

    /// <summary>The unknown token.</summary>
    public int Unknown { get; init; } = -1;

    /// <summary>Unknown characters in a row are one token.</summary>
    public bool FusesUnknown { get; init; }
}

/// <summary>Byte-pair encoding over characters of texts that nothing cuts into words, as Llama and Gemma do it, at the speed of those that are cut.</summary>
/// <remarks>The text is cut where no token can cross (<see cref="SafeSplits"/>): before the mark of a space, if no token has one inside, and between most characters of
/// scripts that the vocabulary hardly knows. What lies between is a word or less, which a cache mostly has. Longer stretches, of characters that all stand together in tokens, are
/// encoded in linear time (<see cref="CharacterBacktrack"/>). The ids are those of <see cref="SymbolMerger"/> on the whole text, which tests hold it against.</remarks>
internal sealed unsafe class CharacterMergeEncoder
{
    private const int ShortPiece = 15;
    private const int Scanned = 24;

    private readonly CharacterMerges _merges;
    private readonly int[] _symbols = new int[0x10000];
    private readonly int[] _ids;
    private readonly SafeSplits _splits;
    private readonly Lazy<CharacterBacktrack?> _backtrack;

    public CharacterMergeEncoder(CharacterMerges merges)
    {
        _merges = merges;
        Array.Fill(_symbols, -1);
        foreach ((Rune character, int symbol) in merges.Characters)
        {
            if (character.IsBmp)
                _symbols[character.Value] = symbol;
        }
        _ids = merges.Ids is null ? [.. Enumerable.Range(0, merges.Symbols)] : [.. merges.Ids];
        TokenBytes texts = new(merges.Symbols);
        List<int> made = [];
        foreach ((_, _, _, int merged) in merges.Pairs.ByRank())
        {
            if (texts.Add(merged, merges.TextOf(merged), indexed: false))
                made.Add(merged);
        }
        _splits = new SafeSplits(texts, CollectionsMarshal.AsSpan(made));
        _backtrack = new Lazy<CharacterBacktrack?>(() => CharacterBacktrack.Grow(merges, texts, made));
    }

    /// <summary>Appends the ids of well-formed UTF-8.</summary>
    public void Encode(ReadOnlySpan<byte> text, IdBuffer output, EncoderScratch scratch)
    {
        if (text.IsEmpty)
            return;
        int first = output.Count;
        fixed (byte* start = text)
        {
            byte* end = start + text.Length, from = start;
            for (byte* p = start + 1; p < end; p++)
            {
                if ((*p & 0xC0) == 0x80 || !_splits.IsSafe(from, p, end))
                    continue;
                EncodeChunk(from, (int)(p - from), end, first, output, scratch);
                from = p;
            }
            EncodeChunk(from, (int)(end - from), end, first, output, scratch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void EncodeChunk(byte* p, int length, byte* end, int first, IdBuffer output, EncoderScratch scratch)
    {
        int before = output.Count;
        if (length > ShortPiece)
        {
            EncodeNew(new ReadOnlySpan<byte>(p, length), output, scratch);
        }
        else
        {
            Vector128<ulong> key = PieceCache.KeyOf(p, length, end);
            PieceCache.Entry* entry = scratch.Cache.At(key), found = entry;
            if (found->Key == key || (++found)->Key == key)
            {
                int[] ids = output.Reserve(4);
                output.Count = before + PieceCache.Unpack(found, ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(ids), before));
            }
            else
            {
                EncodeNew(new ReadOnlySpan<byte>(p, length), output, scratch);
                PieceCache.Store(entry, key, output.Ids[before..]);
            }
        }
        if (_merges.FusesUnknown && before > first && output.Ids[before] == _merges.Unknown && output.Ids[before - 1] == _merges.Unknown)
        {
            int[] ids = output.Reserve(0);
            Array.Copy(ids, before + 1, ids, before, --output.Count - before);
        }
    }

    /// <summary>A chunk that the cache lacks: stretches of characters that have symbols, and what is between them.</summary>
    private void EncodeNew(ReadOnlySpan<byte> chunk, IdBuffer output, EncoderScratch scratch)
    {
        int first = output.Count;
        for (int at = 0; at < chunk.Length;)
        {
            int from = at, count = 0, length;
            while (at < chunk.Length && SymbolAt(chunk, at, out length) >= 0)
            {
                at += length;
                count++;
            }
            if (count > 0)
                EncodeKnown(chunk[from..at], count, output, scratch);
            if (at == chunk.Length)
                break;
            length = Utf8Point.LengthOf(chunk[at]);
            if (_merges.Bytes is not null)
                AddBytes(chunk.Slice(at, length), output);
            else
                AddUnknown(first, output);
            at += length;
        }
    }

    private void EncodeKnown(ReadOnlySpan<byte> text, int count, IdBuffer output, EncoderScratch scratch)
    {
        int first = output.Count;
        if (count > Scanned && _backtrack.Value is { } table)
        {
            table.Encode(text, output, scratch);
            Name(first, output);
            return;
        }
        Span<int> symbols = count > Scanned ? new int[count] : stackalloc int[count], lengths = count > Scanned ? new int[count] : stackalloc int[count];
        for (int at = 0, i = 0; i < count; at += lengths[i++])
            symbols[i] = SymbolAt(text, at, out lengths[i]);
        count = _merges.Merger.Merge(symbols, lengths, count);
        symbols[..count].CopyTo(output.Reserve(count).AsSpan(first));
        output.Count += count;
        Name(first, output);
    }

    /// <summary>Ids in place of symbols; a character that is only a part of tokens has none, and becomes bytes or the unknown token.</summary>
    private void Name(int first, IdBuffer output)
    {
        if (_merges.Ids is null)
            return;
        ReadOnlySpan<int> made = output.Ids[first..];
        bool plain = true;
        foreach (int symbol in made)
            plain &= _ids[symbol] != _merges.Unknown;
        if (plain)
        {
            Span<int> ids = output.Reserve(0).AsSpan(first, made.Length);
            for (int i = 0; i < ids.Length; i++)
                ids[i] = _ids[ids[i]];
            return;
        }
        int[] symbols = made.ToArray();
        output.Count = first;
        foreach (int symbol in symbols)
        {
            if (_ids[symbol] != _merges.Unknown)
                output.Add(_ids[symbol]);
            else if (_merges.Bytes is not null)
                AddBytes(_merges.TextOf(symbol), output);
            else
                AddUnknown(first, output);
        }
    }

    private void AddBytes(ReadOnlySpan<byte> character, IdBuffer output)
    {
        foreach (byte value in character)
            output.Add(_merges.Bytes![value]);
    }

    private void AddUnknown(int first, IdBuffer output)
    {
        if (!_merges.FusesUnknown || output.Count == first || output.Ids[^1] != _merges.Unknown)
            output.Add(_merges.Unknown);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int SymbolAt(ReadOnlySpan<byte> text, int at, out int length)
    {
        int point = Utf8Point.At(text, at, out length);
        return point < _symbols.Length ? _symbols[point] : _merges.Characters.GetValueOrDefault(new Rune(point), -1);
    }
}
