using System.Buffers;
using System.Text;
using DataPipeline.Core.Unicode;
using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens.Normalize;

/// <summary>A Unicode normal form. Only stretches with a character that the form may change are looked at; ASCII never is.</summary>
internal sealed class FormNormalizer(UnicodeForm form) : Normalizer
{
    public override void Apply(NormalizedText text)
    {
        ReadOnlySpan<byte> bytes = text.Bytes;
        if (Ascii.IsValid(bytes))
            return;
        int kept = 0;
        for (int at = 0; at < bytes.Length;)
        {
            int run = bytes[at..].IndexOfAnyInRange((byte)0x80, (byte)0xFF);
            if (run < 0)
                break;
            // The character before may compose with the first of the run.
            int start = at + Math.Max(0, run - 1), end = at + run;
            while (end < bytes.Length && bytes[end] >= 0x80 && !IsYounger(bytes, end))
                end += Utf8Point.LengthOf(bytes[end]);
            if (Rewrite(text, bytes, kept, start, end))
                kept = end;
            // A younger character is left alone, and nothing composes across it.
            at = end < bytes.Length && bytes[end] >= 0x80 ? end + Utf8Point.LengthOf(bytes[end]) : end;
        }
        if (kept == 0)
            return;
        text.Keep(kept, bytes.Length);
        text.Commit();
    }

    private static bool IsYounger(ReadOnlySpan<byte> bytes, int at) => UnicodeVersions.IsYoungerThanForms(Utf8Point.At(bytes, at, out _));

    private bool Rewrite(NormalizedText text, ReadOnlySpan<byte> bytes, int kept, int start, int end)
    {
        char[] chars = ArrayPool<char>.Shared.Rent(end - start);
        ReadOnlySpan<char> source = chars.AsSpan(0, Encoding.UTF8.GetChars(bytes[start..end], chars));
        bool changed = !UnicodeNormalizer.IsNormalized(source, form);
        if (changed)
        {
            text.Keep(kept, start);
            if (text.Tracked)
                Align(text, bytes, start, end);
            else
                text.Replace(Encoding.UTF8.GetBytes(UnicodeNormalizer.Normalize(source, form)), start);
        }
        ArrayPool<char>.Shared.Return(chars);
        return changed;
    }

    /// <summary>Character by character, so that each knows its place: a composed one that of its first, the parts of a decomposed one that of the whole.</summary>
    private void Align(NormalizedText text, ReadOnlySpan<byte> bytes, int start, int end)
    {
        UnicodeForm decomposed = form is UnicodeForm.Nfkc or UnicodeForm.Nfkd ? UnicodeForm.Nfkd : UnicodeForm.Nfd;
        // Each stretch that the form may treat apart from the rest, down to single characters.
        for (int at = start; at < end;)
        {
            int next = at + Utf8Point.LengthOf(bytes[at]);
            string made = Form(bytes[at..next], form);
            while (next < end)
            {
                int after = next + Utf8Point.LengthOf(bytes[next]);
                if (!Combines(bytes[next..after], decomposed) && Form(bytes[at..after], form) == made + Form(bytes[next..after], form))
                    break;
                made = Form(bytes[at..after], form);
                next = after;
            }
            AlignStretch(text, bytes, at, next, made, decomposed);
            at = next;
        }
    }

    /// <summary>A character of the result stands for the one that gave the part it begins with, parts counted in the decomposed stretch.</summary>
    private static void AlignStretch(NormalizedText text, ReadOnlySpan<byte> bytes, int at, int end, string made, UnicodeForm decomposed)
    {
        int source = at, before = 0, parts = 0;
        foreach (Rune rune in made.EnumerateRunes())
        {
            for (int next = source + Utf8Point.LengthOf(bytes[source]); next < end; next = source + Utf8Point.LengthOf(bytes[source]))
            {
                int own = CountOf(Encoding.UTF8.GetString(bytes[source..next]), decomposed);
                if (before + own > parts)
                    break;
                before += own;
                source = next;
            }
            text.Replace(rune.Value, source);
            parts += CountOf(rune.ToString(), decomposed);
        }
    }

    private static int CountOf(string text, UnicodeForm decomposed) => UnicodeNormalizer.Normalize(text, decomposed).EnumerateRunes().Count();

    private static string Form(ReadOnlySpan<byte> bytes, UnicodeForm form) => UnicodeNormalizer.Normalize(Encoding.UTF8.GetString(bytes), form);

    private static bool Combines(ReadOnlySpan<byte> bytes, UnicodeForm decomposed)
    {
        // A mark that would move before another mark belongs to the stretch.
        string text = Encoding.UTF8.GetString(bytes);
        return Rune.GetUnicodeCategory(Rune.GetRuneAt(UnicodeNormalizer.Normalize(text, decomposed), 0))
            is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark;
    }
}
