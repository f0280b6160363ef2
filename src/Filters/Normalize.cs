using System.Buffers;
using System.ComponentModel.DataAnnotations;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Core.Unicode;

namespace DataPipeline.Filters;

/// <summary>Unifies how text is written without touching what it says: Unicode form, line ends, invisible characters, blank lines. Never drops.</summary>
/// <param name="form">Unicode normalization form: <c>nfc</c>, <c>nfkc</c> (also unifies full-width letters and ligatures) or <c>none</c>.</param>
/// <param name="lineEnds">Write CR LF, CR, U+0085, U+2028 and U+2029 as LF.</param>
/// <param name="removeControls">Remove control characters other than tab and LF.</param>
/// <param name="removeInvisible">Remove soft hyphens, zero-width spaces, byte order marks, word joiners and text direction controls; joiners that
/// Indic and Persian spelling or emoji need stay.</param>
/// <param name="trimLines">Remove white space at the ends of lines, and empty lines around the text.</param>
/// <param name="maxBlankLines">Most empty lines in a row; two keep what Python code puts between functions.</param>
[Stage("normalize")]
public sealed class Normalize(
    NormalizeForm form = NormalizeForm.Nfc, bool lineEnds = true, bool removeControls = true, bool removeInvisible = true, bool trimLines = true,
    [Range(0, int.MaxValue)] int maxBlankLines = 2) : Filter
{
    private const string ForeignLineEnds = "\r\u0085\u2028\u2029";
    private const string Invisible = "\u00AD\u180E\u200B\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2060\u2066\u2067\u2068\u2069\uFEFF";

    private readonly SearchValues<char> _lineEnds = SearchValues.Create(lineEnds ? ForeignLineEnds : "");
    private readonly SearchValues<char> _special = SearchValues.Create(
        (lineEnds ? ForeignLineEnds : "") + (removeInvisible ? Invisible : "")
        + (removeControls ? string.Concat(Enumerable.Range(0, 0xA0).Where(c => char.IsControl((char)c) && c is not ('\t' or '\n' or '\r' or 0x85)).Select(c => (char)c)) : ""));

    /// <inheritdoc/>
    public override Verdict Judge(Document document) => Verdict.Keep(document.MapText(Edit));

    internal string Edit(string text)
    {
        // Invisible characters go first: they would keep a letter and its mark apart.
        text = Replace(text);
        text = form switch
        {
            NormalizeForm.Nfc => UnicodeNormalizer.Normalize(text, UnicodeForm.Nfc),
            NormalizeForm.Nfkc => UnicodeNormalizer.Normalize(text, UnicodeForm.Nfkc),
            _ => text,
        };
        return HasSuperfluousSpace(text) ? CleanLines(text) : text;
    }

    private string Replace(string text)
    {
        ReadOnlySpan<char> rest = text;
        int at = rest.IndexOfAny(_special);
        if (at < 0)
            return text;
        var result = new StringBuilder(text.Length);
        for (; at >= 0; at = rest.IndexOfAny(_special))
        {
            result.Append(rest[..at]);
            char c = rest[at];
            if (_lineEnds.Contains(c))
            {
                result.Append('\n');
                if (c == '\r' && at + 1 < rest.Length && rest[at + 1] == '\n')
                    at++;
            }
            rest = rest[(at + 1)..];
        }
        return result.Append(rest).ToString();
    }

    private bool HasSuperfluousSpace(string text)
    {
        if (text.Length == 0)
            return false;
        if (trimLines && (TextView.IsSpace(text[0]) || TextView.IsSpace(text[^1])))
            return true;
        int blank = 0;
        for (int at = -1; (at = text.IndexOf('\n', at + 1)) >= 0;)
        {
            bool empty = at == 0 || text[at - 1] == '\n';
            blank = empty ? blank + 1 : 0;
            if (blank > maxBlankLines || (trimLines && !empty && TextView.IsSpace(text[at - 1])))
                return true;
        }
        return false;
    }

    private string CleanLines(string text)
    {
        var result = new StringBuilder(text.Length);
        int blank = 0;
        bool begun = false;
        foreach (Range range in text.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = text.AsSpan(range);
            if (trimLines)
                line = TrimEnd(line);
            if (line.IsEmpty)
            {
                blank++;
                continue;
            }
            int ends = begun || !trimLines ? Math.Min(blank, maxBlankLines) : 0;
            result.Append('\n', begun ? ends + 1 : ends).Append(line);
            (begun, blank) = (true, 0);
        }
        if (!trimLines)
            result.Append('\n', Math.Min(blank, maxBlankLines + 1));
        return result.ToString();
    }

    private static ReadOnlySpan<char> TrimEnd(ReadOnlySpan<char> line)
    {
        int end = line.Length;
        while (end > 0 && TextView.IsSpace(line[end - 1]))
            end--;
        return line[..end];
    }
}

/// <summary>What <see cref="Normalize"/> does with Unicode.</summary>
public enum NormalizeForm
{
    /// <summary>Leave it.</summary>
    None,

    /// <summary>Canonical composition.</summary>
    Nfc,

    /// <summary>Compatibility composition.</summary>
    Nfkc,
}
