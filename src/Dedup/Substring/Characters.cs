using System.Globalization;
using DataPipeline.Core;

namespace DataPipeline.Dedup.Substring;

/// <summary>Ranges of UTF-8 bytes as ranges of the string: a character that only partly lies in a range stays, and so does one whose marks, or the rest of whose emoji, lie beyond it.</summary>
internal static class Characters
{
    /// <param name="text">The string.</param>
    /// <param name="bytes">Ranges of its UTF-8, ascending and apart.</param>
    public static IReadOnlyList<Slice> Of(string text, List<Slice> bytes)
    {
        var slices = new List<Slice>(bytes.Count);
        int at = 0, offset = 0;
        foreach (Slice range in bytes)
        {
            Forward(text, ref at, ref offset, range.Start, whole: false);
            int start = at;
            Forward(text, ref at, ref offset, range.End, whole: true);
            int from = Boundary(text, start, last: false), to = Boundary(text, at, last: true);
            if (to > from)
                slices.Add(new Slice(from, to - from));
        }
        return slices;
    }

    /// <summary>The nearest boundary between characters as people see them (UAX 29), at or behind a place, or with <paramref name="last"/> at or before it.</summary>
    private static int Boundary(string text, int place, bool last)
    {
        int at = place;
        // Behind a letter of ASCII a character can go on with marks, before one it never does.
        while (at > 0 && (at == text.Length || text[at] is > '\x7F' or '\n'))
            at--;
        for (int next = at; at < place; at = next)
        {
            next = at + StringInfo.GetNextTextElementLength(text.AsSpan(at));
            if (next > place)
                return last ? at : next;
        }
        return at;
    }

    /// <summary>Goes to the first character at or behind a byte, or with <paramref name="whole"/> to the last end of a character at or before it.</summary>
    private static void Forward(string text, ref int at, ref int offset, int to, bool whole)
    {
        while (offset < to)
        {
            char c = text[at];
            bool pair = char.IsHighSurrogate(c) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]);
            int size = pair ? 4 : c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
            if (whole && offset + size > to)
                return;
            offset += size;
            at += pair ? 2 : 1;
        }
    }
}
