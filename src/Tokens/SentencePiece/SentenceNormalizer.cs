using System.Buffers;
using System.Text;
using DataPipeline.Tokens.Models;
using DataPipeline.Tokens.Normalize;

namespace DataPipeline.Tokens.SentencePiece;

/// <summary>SentencePiece's normalization: the longest compiled replacement at each place, spaces joined and made visible, one put in front.</summary>
/// <remarks>ASCII that no rule begins with is copied as it is. Each byte that begins no well-formed character becomes U+FFFD.</remarks>
internal sealed class SentenceNormalizer
{
    private static readonly byte[] Mark = "\u2581"u8.ToArray();

    private readonly NormalizerSpec _spec;
    private readonly bool _suffix;
    private readonly PrecompiledCharsMap? _map;
    private readonly DoubleArrayTrie? _userDefined;
    private readonly bool[] _plain = new bool[256];

    /// <param name="spec">The rules.</param>
    /// <param name="suffix">Spaces belong to the word before them.</param>
    /// <param name="userDefined">Pieces that no rule touches.</param>
    /// <param name="path">The file.</param>
    public SentenceNormalizer(NormalizerSpec spec, bool suffix, DoubleArrayTrie? userDefined, string path)
    {
        (_spec, _suffix, _userDefined) = (spec, suffix, userDefined);
        _map = spec.CharsMap.Length > 0 ? new PrecompiledCharsMap(spec.CharsMap, path) : null;
        for (int value = 1; value < 128; value++)
        {
            int node = DoubleArrayTrie.Root;
            _plain[value] = value != ' ' && (_map is null || _map.IsPlainAscii((byte)value)) && !(userDefined?.Step(ref node, (byte)value) ?? false);
        }
    }

    /// <summary>Writes the normalized text into a buffer that is free to grow, and for each byte and the end how much of the original stands before it.</summary>
    public int Normalize(ReadOnlySpan<byte> text, ref byte[] output, List<int>? places)
    {
        int at = 0, written = 0;
        if (_spec.RemoveExtraWhitespaces)
        {
            while (at < text.Length)
            {
                ReadOnlySpan<byte> first = Prefix(text[at..], out int taken);
                if (!first.SequenceEqual(" "u8))
                    break;
                at += taken;
            }
        }
        if (at == text.Length)
        {
            places?.Add(at);
            return 0;
        }
        if (!_suffix && _spec.AddDummyPrefix)
            Put(" "u8, at, ref output, ref written, places);
        bool afterSpace = _spec.RemoveExtraWhitespaces;
        while (at < text.Length)
        {
            if (output.Length - written < 64 + 3 * Math.Min(1024, text.Length - at))
                Array.Resize(ref output, (int)Math.Min(Array.MaxLength, output.Length * 2L + 4096));
            int run = at, stop = Math.Min(text.Length, at + 1024);
            while (run < stop && _plain[text[run]] && (run + 1 == text.Length || text[run + 1] < 0x80))
                run++;
            if (run > at)
            {
                text[at..run].CopyTo(output.AsSpan(written));
                for (int i = at; places is not null && i < run; i++)
                    places.Add(i);
                written += run - at;
                at = run;
                afterSpace = false;
                continue;
            }
            ReadOnlySpan<byte> part = Prefix(text[at..], out int taken);
            while (afterSpace && part.Length > 0 && part[0] == ' ')
                part = part[1..];
            if (part.Length > 0)
            {
                Put(part, at, ref output, ref written, places);
                afterSpace = part[^1] == ' ';
            }
            at += taken;
            if (!_spec.RemoveExtraWhitespaces)
                afterSpace = false;
        }
        if (_spec.RemoveExtraWhitespaces)
        {
            ReadOnlySpan<byte> space = _spec.EscapeWhitespaces ? Mark : " "u8;
            while (output.AsSpan(0, written).EndsWith(space))
            {
                written -= space.Length;
                if (places is not null)
                {
                    at = places[written];
                    places.RemoveRange(written, places.Count - written);
                }
            }
        }
        if (_suffix && _spec.AddDummyPrefix)
            Put(" "u8, at, ref output, ref written, places);
        places?.Add(at);
        return written;
    }

    private void Put(ReadOnlySpan<byte> part, int at, ref byte[] output, ref int written, List<int>? places)
    {
        int needed = written + part.Length * 3;
        if (output.Length < needed)
            Array.Resize(ref output, (int)Math.Min(Array.MaxLength, needed * 2L));
        int before = written;
        foreach (byte value in part)
        {
            if (value == ' ' && _spec.EscapeWhitespaces)
            {
                output[written] = Mark[0];
                output[written + 1] = Mark[1];
                output[written + 2] = Mark[2];
                written += 3;
            }
            else
            {
                output[written++] = value;
            }
        }
        for (int i = before; places is not null && i < written; i++)
            places.Add(at);
    }

    /// <summary>What stands for the start of a text that is not empty, and how many bytes that is.</summary>
    private ReadOnlySpan<byte> Prefix(ReadOnlySpan<byte> text, out int taken)
    {
        if (_userDefined is not null)
        {
            taken = _userDefined.Longest(text, out _);
            if (taken > 0)
                return text[..taken];
        }
        if (_map is not null)
        {
            taken = _map.Longest(text, out ReadOnlySpan<byte> replacement);
            if (taken > 0)
                return replacement;
        }
        if (Rune.DecodeFromUtf8(text, out _, out taken) == OperationStatus.Done)
            return text[..taken];
        taken = 1;
        return "\uFFFD"u8;
    }
}
