using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens.Normalize;

/// <summary>SentencePiece's compiled replacements: a double-array trie (Aoe 1989, as darts-clone lays it out) over what is replaced, and the texts in its place.</summary>
internal sealed class PrecompiledCharsMap
{
    private readonly uint[] _units;
    private readonly byte[] _texts;
    private readonly bool[] _plainAscii = new bool[128];

    /// <param name="blob">Length of the trie in bytes, the trie, and the texts, each ended by zero.</param>
    /// <param name="path">The file it stands in.</param>
    /// <exception cref="InputException">It is broken.</exception>
    public PrecompiledCharsMap(ReadOnlySpan<byte> blob, string path)
    {
        uint size = blob.Length > 4 ? BinaryPrimitives.ReadUInt32LittleEndian(blob) : 0;
        if (size == 0 || size % 4 != 0 || size > blob.Length - 4)
            throw new InputException($"{path}: the compiled normalization rules are broken: get the file again");
        _units = new uint[size / 4];
        for (int i = 0; i < _units.Length; i++)
            _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(blob[(4 + i * 4)..]);
        _texts = [.. blob[(4 + (int)size)..], 0];
        for (int c = 1; c < 128; c++)
            _plainAscii[c] = IsPlain((byte)c);
    }

    /// <summary>True when this ASCII byte, before another or the end of the text, begins no replacement.</summary>
    public bool IsPlainAscii(byte value) => value < 128 && _plainAscii[value];

    /// <summary>The longest text that is replaced at the start of <paramref name="text"/>: its length, or 0, and what stands for it.</summary>
    public int Longest(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement) => Search(text, shortest: false, out replacement);

    /// <summary>The shortest one.</summary>
    public int Shortest(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement) => Search(text, shortest: true, out replacement);

    private bool IsPlain(byte first)
    {
        uint node = Offset(_units[0]);
        uint at = node ^ first;
        if (at >= _units.Length || Label(_units[at]) != first)
            return true;
        if (HasLeaf(_units[at]))
            return false;
        uint next = at ^ Offset(_units[at]);
        for (uint second = 1; second < 128; second++)
        {
            if ((next ^ second) < _units.Length && Label(_units[next ^ second]) == second)
                return false;
        }
        return true;
    }

    private int Search(ReadOnlySpan<byte> text, bool shortest, out ReadOnlySpan<byte> replacement)
    {
        replacement = default;
        int length = 0;
        uint node = Offset(_units[0]);
        for (int i = 0; i < text.Length; i++)
        {
            node ^= text[i];
            if (text[i] == 0 || node >= _units.Length || Label(_units[node]) != text[i])
                break;
            uint unit = _units[node];
            node ^= Offset(unit);
            if (!HasLeaf(unit) || node >= _units.Length)
                continue;
            int value = (int)(_units[node] & 0x7FFFFFFF);
            if (value >= _texts.Length)
                continue;
            ReadOnlySpan<byte> rest = _texts.AsSpan(value);
            replacement = rest[..rest.IndexOf((byte)0)];
            length = i + 1;
            if (shortest)
                break;
        }
        return length;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);

    // The highest bit marks a value, which no label equals.
    private static uint Label(uint unit) => unit & ((1u << 31) | 0xFF);

    private static bool HasLeaf(uint unit) => (unit & (1u << 8)) != 0;
}

/// <summary>The replacements as Hugging Face tokenizers applies them: to a grapheme of fewer than six bytes by the shortest rule that begins it, else to each character.</summary>
internal sealed class PrecompiledNormalizer(PrecompiledCharsMap map) : Normalizer
{
    public override void Apply(NormalizedText text)
    {
        ReadOnlySpan<byte> bytes = text.Bytes;
        int kept = 0;
        bool changed = false;
        for (int at = 0; at < bytes.Length;)
        {
            // An ASCII character before another is a grapheme of its own, but for the end of a line.
            if (map.IsPlainAscii(bytes[at]) && bytes[at] != '\r' && (at + 1 == bytes.Length || bytes[at + 1] < 0x80))
            {
                at++;
                continue;
            }
            int end = at + Graphemes.LengthOf(bytes[at..]);
            if (end - at < 6 && map.Shortest(bytes[at..end], out ReadOnlySpan<byte> whole) > 0)
            {
                Put(text, at, end, whole, ref kept, ref changed);
                at = end;
                continue;
            }
            while (at < end)
            {
                int next = at + Utf8Point.LengthOf(bytes[at]);
                if (map.Shortest(bytes[at..next], out ReadOnlySpan<byte> part) > 0)
                    Put(text, at, next, part, ref kept, ref changed);
                at = next;
            }
        }
        if (!changed)
            return;
        text.Keep(kept, bytes.Length);
        text.Commit();
    }

    private static void Put(NormalizedText text, int at, int end, ReadOnlySpan<byte> replacement, ref int kept, ref bool changed)
    {
        text.Keep(kept, at);
        text.Replace(replacement, at);
        kept = end;
        changed = true;
    }
}

/// <summary>Extended grapheme clusters (UAX 29) of UTF-8.</summary>
internal static class Graphemes
{
    /// <summary>Bytes of the first cluster of a text that is not empty.</summary>
    public static int LengthOf(ReadOnlySpan<byte> text)
    {
        // Far more characters than a cluster that matters has; longer ones are looked at again with twice as many.
        Span<char> window = stackalloc char[64];
        for (int take = 48; ; take *= 4)
        {
            int length = Math.Min(take, text.Length);
            while (length < text.Length && (text[length] & 0xC0) == 0x80)
                length--;
            Span<char> chars = length <= window.Length ? window : new char[length];
            int count = Encoding.UTF8.GetChars(text[..length], chars);
            int cluster = StringInfo.GetNextTextElementLength(chars[..count]);
            if (cluster < count || length == text.Length)
                return Encoding.UTF8.GetByteCount(chars[..cluster]);
        }
    }
}
