using System.Buffers;
using System.Text;

namespace DataPipeline.Core.Unicode;

/// <summary>Unicode normalization (UAX 15) with our own table, because <c>string.Normalize</c> does nothing under invariant globalization.</summary>
/// <remarks>
/// The text is searched for characters that the form may change: below U+0300 (NFC) or U+00A0 (NFKC) by vector, elsewhere by one table look-up
/// a character. Only the stretch from the last safe character before such a one to the next safe character is decomposed, ordered and composed;
/// all else is copied, and a text that nothing touches is returned as it is.
/// </remarks>
public static class UnicodeNormalizer
{
    /// <summary>The Unicode version of the table.</summary>
    public static string UnicodeVersion => NormalizationTable.Instance.Version;

    /// <summary>The text in a form; the same string when it is in that form already. Lone surrogates stay.</summary>
    public static string Normalize(string text, UnicodeForm form) =>
        FirstChange(text, 0, form) < 0 ? text : Rewrite(text, form) is var changed && changed == text ? text : changed;

    /// <summary>The text in a form.</summary>
    public static string Normalize(ReadOnlySpan<char> text, UnicodeForm form) =>
        FirstChange(text, 0, form) < 0 ? text.ToString() : Rewrite(text, form);

    /// <summary>True when the text is in a form.</summary>
    public static bool IsNormalized(ReadOnlySpan<char> text, UnicodeForm form) =>
        FirstChange(text, 0, form) < 0 || text.SequenceEqual(Rewrite(text, form));

    private static string Rewrite(ReadOnlySpan<char> text, UnicodeForm form)
    {
        var result = new StringBuilder(text.Length + 16);
        var segment = new Segment(form);
        int done = 0;
        for (int at; (at = FirstChange(text, done, form)) >= 0;)
        {
            // What stands before may combine with it.
            int start = at > done ? at - (at - 2 >= done && char.IsSurrogatePair(text[at - 2], text[at - 1]) ? 2 : 1) : at;
            result.Append(text[done..start]);
            done = segment.Fill(text, start, at);
            segment.AppendTo(result);
        }
        return result.Append(text[done..]).ToString();
    }

    /// <summary>Index of the first character that the form may change, or -1.</summary>
    private static int FirstChange(ReadOnlySpan<char> text, int from, UnicodeForm form)
    {
        char safe = form switch { UnicodeForm.Nfc => '\u02FF', UnicodeForm.Nfd => '\u00BF', _ => '\u009F' };
        int high = text[from..].IndexOfAnyExceptInRange('\0', safe);
        if (high < 0)
            return -1;
        NormalizationTable table = NormalizationTable.Instance;
        ReadOnlySpan<byte> flags = table.BmpFlags;
        int flag = NormalizationTable.FlagOf(form);
        for (int i = from + high; i < text.Length; i++)
        {
            char c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                if ((table.Flags(char.ConvertToUtf32(c, text[i + 1])) & flag) != 0)
                    return i;
                i++;
            }
            else if ((flags[c] & flag) != 0)
            {
                return i;
            }
        }
        return -1;
    }

    /// <summary>A stretch of code points between two places where nothing reaches across.</summary>
    private sealed class Segment(UnicodeForm form)
    {
        private readonly NormalizationTable _table = NormalizationTable.Instance;
        private readonly int _flag = NormalizationTable.FlagOf(form);
        private readonly bool _compatibility = form is UnicodeForm.Nfkc or UnicodeForm.Nfkd, _composes = form is UnicodeForm.Nfc or UnicodeForm.Nfkc;
        private readonly List<int> _points = new(32);
        private readonly List<byte> _classes = new(32);

        /// <summary>Takes the characters from <paramref name="start"/> up to the first safe one behind <paramref name="change"/>; gives its index.</summary>
        public int Fill(ReadOnlySpan<char> text, int start, int change)
        {
            _points.Clear();
            _classes.Clear();
            int i = start;
            while (i < text.Length)
            {
                int c = text[i], size = 1;
                if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                    (c, size) = (char.ConvertToUtf32(text[i], text[i + 1]), 2);
                if (i > change && (_table.Flags(c) & _flag) == 0)
                    break;
                Decompose(c);
                i += size;
            }
            return i;
        }

        public void AppendTo(StringBuilder result)
        {
            Order();
            if (_composes)
                Compose();
            foreach (int c in _points)
            {
                if (c < 0x10000)
                    result.Append((char)c);
                else
                    result.Append(char.ConvertFromUtf32(c));
            }
        }

        private void Decompose(int c)
        {
            if (Hangul.IsSyllable(c))
            {
                int index = c - Hangul.SyllableBase, trail = index % Hangul.TrailCount;
                Add(Hangul.LeadBase + index / (Hangul.VowelCount * Hangul.TrailCount));
                Add(Hangul.VowelBase + index / Hangul.TrailCount % Hangul.VowelCount);
                if (trail != 0)
                    Add(Hangul.TrailBase + trail);
            }
            else if (_table.Decomposition(c, _compatibility) is { } parts)
            {
                foreach (int part in parts)
                    Add(part);
            }
            else
            {
                Add(c);
            }
        }

        private void Add(int c)
        {
            _points.Add(c);
            _classes.Add(_table.CombiningClass(c));
        }

        // A stable sort of each run of combining marks: any length stays n log n, which an insertion sort would not.
        private void Order()
        {
            for (int start = 0; start < _points.Count; start++)
            {
                if (_classes[start] == 0)
                    continue;
                int end = start;
                bool ordered = true;
                while (end + 1 < _points.Count && _classes[end + 1] != 0)
                {
                    ordered &= _classes[end] <= _classes[end + 1];
                    end++;
                }
                if (!ordered)
                    SortRun(start, end - start + 1);
                start = end;
            }
        }

        private void SortRun(int start, int length)
        {
            (byte Class, int Index, int Point)[] run =
                [.. Enumerable.Range(start, length).Select(i => (_classes[i], i, _points[i])).Order()];
            for (int i = 0; i < length; i++)
                (_classes[start + i], _points[start + i]) = (run[i].Class, run[i].Point);
        }

        private void Compose()
        {
            int starter = -1, kept = 0, lastClass = -1;
            for (int i = 0; i < _points.Count; i++)
            {
                int c = _points[i], combiningClass = _classes[i];
                bool adjacent = lastClass < combiningClass || (starter == kept - 1 && lastClass <= 0);
                if (starter >= 0 && adjacent && _table.TryCompose(_points[starter], c, out int composite))
                {
                    _points[starter] = composite;
                    continue;
                }
                if (combiningClass == 0)
                    (starter, lastClass) = (kept, 0);
                else
                    lastClass = combiningClass;
                (_points[kept], _classes[kept]) = (c, (byte)combiningClass);
                kept++;
            }
            _points.RemoveRange(kept, _points.Count - kept);
        }
    }
}
