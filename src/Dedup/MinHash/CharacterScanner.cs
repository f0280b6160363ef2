using System.Buffers;
using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Dedup.MinHash;

/// <summary>Hashes of the characters of a text without case; a run of what is no letter, digit or mark is one space, and none stands at the ends.</summary>
internal ref struct CharacterScanner(ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> _text = text;
    private int _at;
    private bool _gap, _begun;

    /// <summary>Takes the next characters.</summary>
    /// <param name="hashes">Filled but at the end of the text.</param>
    /// <returns>Number of characters.</returns>
    public int Read(scoped Span<ulong> hashes)
    {
        int count = 0;
        while (_at < _text.Length && count < hashes.Length)
        {
            bool good = Rune.DecodeFromUtf16(_text[_at..], out Rune rune, out int size) == OperationStatus.Done;
            if (!good || !WordScanner.Counts(Rune.GetUnicodeCategory(rune)))
            {
                _gap = _begun;
                _at += size;
                continue;
            }
            if (_gap)
            {
                hashes[count++] = Seed.Mix(' ');
                _gap = false;
                continue;
            }
            hashes[count++] = Seed.Mix((uint)Rune.ToLowerInvariant(rune).Value);
            _begun = true;
            _at += size;
        }
        return count;
    }
}
