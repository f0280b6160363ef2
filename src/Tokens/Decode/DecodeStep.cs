using System.Text;
using DataPipeline.Tokens.Formats;
using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens.Decode;

/// <summary>A decoder of tokenizer.json.</summary>
internal sealed class DecodeStep(Func<DecodeState> start)
{
    /// <summary>The step at the start of a text.</summary>
    public DecodeState Start() => start();
}

/// <summary>A step while it works: tokens go in one by one and come out changed.</summary>
internal abstract class DecodeState
{
    private StringBuilder? _parts;

    /// <summary>The step behind.</summary>
    public DecodeState? Next { get; set; }

    /// <summary>Takes a token.</summary>
    public abstract void Push(string token);

    /// <summary>Takes a part of the one token that a fusing step makes of all. Held back until the end where the step cannot work on parts.</summary>
    public virtual void PushPart(string part) => (_parts ??= new StringBuilder()).Append(part);

    /// <summary>No more tokens come.</summary>
    public virtual void Finish()
    {
        if (_parts is not null)
            Push(_parts.ToString());
        Next!.Finish();
    }
}

/// <summary>A step that changes each token by itself, but for the first.</summary>
internal sealed class TokenState(Func<string, bool, string?> change) : DecodeState
{
    private bool _behind;

    public override void Push(string token)
    {
        if (change(token, !_behind) is { } changed)
            Next!.Push(changed);
        _behind = true;
    }
}

/// <summary>ByteLevel: GPT-2's characters as the bytes they stand for; a token with others as its UTF-8.</summary>
internal sealed class ByteLevelState : DecodeState
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    public override void Push(string token)
    {
        byte[] bytes = new byte[token.Length];
        if (!ByteLevelAlphabet.TryDecode(token, bytes))
            bytes = Encoding.UTF8.GetBytes(token);
        Convert(bytes, flush: false);
    }

    public override void Finish()
    {
        Convert([], flush: true);
        base.Finish();
    }

    private void Convert(byte[] bytes, bool flush)
    {
        char[] chars = new char[bytes.Length + 4];
        Next!.PushPart(new string(chars, 0, _decoder.GetChars(bytes, chars, flush)));
    }
}

/// <summary>ByteFallback: tokens such as <c>&lt;0x0A&gt;</c> in a row as text, or as U+FFFD for each when they are none.</summary>
internal sealed class ByteFallbackState : DecodeState
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private readonly List<byte> _bytes = [];

    /// <summary>The byte that a token stands for, or -1.</summary>
    public static int ByteOf(string token) => token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
        && byte.TryParse(token.AsSpan(3, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out byte value) ? value : -1;

    public override void Push(string token)
    {
        int value = ByteOf(token);
        if (value >= 0)
        {
            _bytes.Add((byte)value);
            return;
        }
        Release();
        Next!.Push(token);
    }

    public override void Finish()
    {
        Release();
        base.Finish();
    }

    private void Release()
    {
        if (_bytes.Count == 0)
            return;
        byte[] bytes = [.. _bytes];
        _bytes.Clear();
        if (System.Text.Unicode.Utf8.IsValid(bytes))
        {
            Next!.Push(Strict.GetString(bytes));
            return;
        }
        foreach (byte _ in bytes)
            Next!.Push("\uFFFD");
    }
}

/// <summary>Fuse: all tokens are one.</summary>
internal sealed class FuseState : DecodeState
{
    public override void Push(string token) => Next!.PushPart(token);

    public override void PushPart(string part) => Next!.PushPart(part);
}

/// <summary>Strip: takes a character off the ends of a token, at most so often.</summary>
internal sealed class StripState(Rune content, int start, int stop) : DecodeState
{
    private int _taken;

    public override void Push(string token)
    {
        List<Rune> runes = [.. token.EnumerateRunes()];
        int from = 0, to = runes.Count;
        while (from < start && from < to && runes[from] == content)
            from++;
        for (int i = 0; i < stop && to > from && runes[to - 1] == content; i++)
            to--;
        StringBuilder text = new();
        foreach (Rune rune in runes[from..to])
            text.Append(rune.ToString());
        Next!.Push(text.ToString());
    }

    public override void PushPart(string part)
    {
        if (stop > 0)
        {
            base.PushPart(part);
            return;
        }
        string mark = content.ToString();
        while (_taken < start && part.Length > 0)
        {
            bool strips = part.StartsWith(mark, StringComparison.Ordinal);
            part = strips ? part[mark.Length..] : part;
            _taken = strips ? _taken + 1 : start;
        }
        Next!.PushPart(part);
    }
}

/// <summary>BPEDecoder: the mark at the end of a word is a space, but for the last word.</summary>
internal sealed class EndOfWordState(string suffix) : DecodeState
{
    private string? _held;

    public override void Push(string token)
    {
        if (_held is not null)
            Next!.Push(Replace(_held, " "));
        _held = token;
    }

    public override void Finish()
    {
        if (_held is not null)
            Next!.Push(Replace(_held, ""));
        base.Finish();
    }

    private string Replace(string token, string with) => suffix.Length == 0 ? token : token.Replace(suffix, with, StringComparison.Ordinal);
}

/// <summary>CTC: of equal tokens in a row the first, without the padding, with spaces between words.</summary>
internal sealed class CtcState(string pad, string delimiter, bool cleanup) : DecodeState
{
    private string? _last;

    public override void Push(string token)
    {
        if (token == _last)
            return;
        _last = token;
        string text = pad.Length == 0 ? token : token.Replace(pad, "", StringComparison.Ordinal);
        if (cleanup)
        {
            text = DecodeSteps.CleanUp(text);
            text = delimiter.Length == 0 ? text : text.Replace(delimiter, " ", StringComparison.Ordinal);
        }
        if (text.Length > 0)
            Next!.Push(text);
    }
}

/// <summary>The steps that change tokens one by one.</summary>
internal static class DecodeSteps
{
    /// <summary>WordPiece: a space before each token that does not go on with a word.</summary>
    public static DecodeStep WordPiece(string prefix, bool cleanup) => new(() => new TokenState((token, first) =>
    {
        string text = first ? token : token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
        return cleanup ? CleanUp(text) : text;
    }));

    /// <summary>Metaspace: the mark is a space, and in the first token nothing where one was put in front.</summary>
    public static DecodeStep Metaspace(Rune replacement, bool prepended) => new(() => new TokenState((token, first) =>
        token.Replace(replacement.ToString(), first && prepended ? "" : " ", StringComparison.Ordinal)));

    /// <summary>Replace: a text in place of each match.</summary>
    public static DecodeStep Replace(TextPattern pattern, string content) => new(() => new TokenState((token, _) =>
    {
        byte[] bytes = Encoding.UTF8.GetBytes(token);
        StringBuilder text = new();
        int last = 0;
        MatchCursor cursor = new(pattern, bytes);
        while (cursor.Next(out int start, out int end))
        {
            text.Append(Encoding.UTF8.GetString(bytes, last, start - last)).Append(content);
            last = end;
        }
        return text.Append(Encoding.UTF8.GetString(bytes, last, bytes.Length - last)).ToString();
    }));

    /// <summary>Takes away the spaces that tokenizing put before punctuation and English contractions.</summary>
    public static string CleanUp(string text) => text.Replace(" .", ".", StringComparison.Ordinal).Replace(" ?", "?", StringComparison.Ordinal)
        .Replace(" !", "!", StringComparison.Ordinal).Replace(" ,", ",", StringComparison.Ordinal).Replace(" ' ", "'", StringComparison.Ordinal)
        .Replace(" n't", "n't", StringComparison.Ordinal).Replace(" 'm", "'m", StringComparison.Ordinal).Replace(" do not", " don't", StringComparison.Ordinal)
        .Replace(" 's", "'s", StringComparison.Ordinal).Replace(" 've", "'ve", StringComparison.Ordinal).Replace(" 're", "'re", StringComparison.Ordinal);
}
