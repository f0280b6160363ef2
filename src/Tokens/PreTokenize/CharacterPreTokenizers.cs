using System.Text;
using DataPipeline.Tokens.Formats;
using DataPipeline.Tokens.Normalize;
using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens.PreTokenize;

/// <summary>Pre-tokenizers that cut by the kind of characters.</summary>
internal static class CharacterPreTokenizers
{
    /// <summary>WhitespaceSplit: white space goes.</summary>
    public static PreTokenizer WhitespaceSplit() =>
        new SplitPreTokenizer(new CharacterMatcher(UnicodeProperties.Space.Contains), SplitBehavior.Removed);

    /// <summary>Punctuation.</summary>
    public static PreTokenizer Punctuation(SplitBehavior behavior) =>
        new SplitPreTokenizer(new CharacterMatcher(UnicodeVersions.IsPunctuation), behavior);

    /// <summary>Digits: each alone, or runs of them.</summary>
    public static PreTokenizer Digits(bool individual) =>
        new SplitPreTokenizer(new CharacterMatcher(UnicodeVersions.IsNumber), individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous);

    /// <summary>CharDelimiterSplit: the character goes.</summary>
    public static PreTokenizer Delimiter(Rune delimiter) =>
        new SplitPreTokenizer(new CharacterMatcher(point => point == delimiter.Value), SplitBehavior.Removed);
}

/// <summary>Whitespace: runs of word characters, and runs of others; white space goes.</summary>
internal sealed class WhitespacePreTokenizer : PreTokenizer
{
    public override void Apply(PieceText pieces)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            (int start, int end) = pieces[i];
            ReadOnlySpan<byte> bytes = pieces.Text.Bytes;
            int from = start, kind = 0;
            for (int at = start; at < end;)
            {
                int found = KindOf(Utf8Point.At(bytes, at, out int length));
                if (found != kind)
                {
                    if (kind != 0)
                        pieces.Add(from, at);
                    from = at;
                    kind = found;
                }
                at += length;
            }
            if (kind != 0)
                pieces.Add(from, end);
        }
        pieces.Commit();
    }

    private static int KindOf(int point) => UnicodeProperties.Space.Contains(point) ? 0 : UnicodeVersions.IsWord(point) ? 1 : 2;
}

/// <summary>UnicodeScripts: cut where the script changes; Japanese syllables count as Han, spaces as any.</summary>
internal sealed class ScriptPreTokenizer : PreTokenizer
{
    private static readonly Lazy<byte[]> Scripts = new(Build);

    public override void Apply(PieceText pieces)
    {
        byte[] scripts = Scripts.Value;
        for (int i = 0; i < pieces.Count; i++)
        {
            (int start, int end) = pieces[i];
            ReadOnlySpan<byte> bytes = pieces.Text.Bytes;
            // What stands before the first character with a script is dropped, as the reference drops it.
            int from = -1, last = 0;
            for (int at = start; at < end;)
            {
                int script = scripts[Utf8Point.At(bytes, at, out int length)];
                if (script != 0 && script != last)
                {
                    if (from >= 0)
                        pieces.Add(from, at);
                    from = at;
                    last = script;
                }
                at += length;
            }
            if (from >= 0)
                pieces.Add(from, end);
        }
        pieces.Commit();
    }

    private static byte[] Build()
    {
        byte[] scripts = new byte[CodePointSet.Limit];
        for (int i = 0; UnicodeProperties.Find($"run{i}") is { } set; i++)
        {
            foreach (int point in set.Points())
                scripts[point] = (byte)(i + 1);
        }
        return scripts;
    }
}

/// <summary>FixedLength: pieces of so many characters.</summary>
internal sealed class FixedLengthPreTokenizer(int length) : PreTokenizer
{
    public override void Apply(PieceText pieces)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            (int start, int end) = pieces[i];
            int from = start, count = 0;
            for (int at = start; at < end;)
            {
                at += Utf8Point.LengthOf(pieces.Text.Bytes[at]);
                if (++count % length == 0)
                {
                    pieces.Add(from, at);
                    from = at;
                }
            }
            pieces.Add(from, end);
        }
        pieces.Commit();
    }
}

/// <summary>ByteLevel: a space in front where asked for, GPT-2's split pattern where asked for, and its printable characters in place of bytes.</summary>
/// <param name="prefixSpace">Puts a space before a piece that begins with none.</param>
/// <param name="split">Cuts by GPT-2's pattern.</param>
/// <param name="spell">Writes the printable characters; off where the model reads bytes.</param>
internal sealed class ByteLevelPreTokenizer(bool prefixSpace, bool split, bool spell) : PreTokenizer
{
    private static readonly SplitPreTokenizer Split = new(new ScannerMatcher<Gpt2Scanner>(invert: false), SplitBehavior.Isolated);

    /// <summary>The same step, leaving bytes as they are.</summary>
    public ByteLevelPreTokenizer WithoutSpelling() => new(prefixSpace, split, spell: false);

    public override void Apply(PieceText pieces)
    {
        if (prefixSpace)
            Prefix(pieces);
        if (split)
            Split.Apply(pieces);
        if (spell)
            Spell(pieces);
    }

    private static void Prefix(PieceText pieces)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            (int start, int end) = pieces[i];
            int from = pieces.Text.Written;
            if (pieces.Text.Bytes[start] != ' ')
                pieces.Text.Replace(" "u8, start);
            pieces.Text.Keep(start, end);
            pieces.Add(from, pieces.Text.Written);
        }
        pieces.Text.Commit();
        pieces.Commit();
    }

    private static void Spell(PieceText pieces)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            (int start, int end) = pieces[i];
            int from = pieces.Text.Written;
            for (int at = start; at < end; at++)
                pieces.Text.Replace(ByteLevelAlphabet.Of(pieces.Text.Bytes[at]), at);
            pieces.Add(from, pieces.Text.Written);
        }
        pieces.Text.Commit();
        pieces.Commit();
    }
}
