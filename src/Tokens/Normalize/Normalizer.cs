using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens.Normalize;

/// <summary>A step that changes a text before it is cut into pieces.</summary>
internal abstract class Normalizer
{
    /// <summary>Changes the text.</summary>
    public abstract void Apply(NormalizedText text);
}

/// <summary>A normalizer that looks at one character at a time.</summary>
internal abstract class CharacterNormalizer : Normalizer
{
    /// <summary>Returned by <see cref="Map"/> for a character that goes.</summary>
    protected const int Removed = -1;

    public sealed override void Apply(NormalizedText text)
    {
        ReadOnlySpan<byte> bytes = text.Bytes;
        int kept = 0;
        for (int at = 0; at < bytes.Length;)
        {
            int point = Utf8Point.At(bytes, at, out int length), mapped = Map(point);
            if (mapped != point)
            {
                text.Keep(kept, at);
                if (mapped != Removed)
                    text.Replace(mapped, at);
                Append(text, point, at);
                kept = at + length;
            }
            at += length;
        }
        if (kept == 0)
            return;
        text.Keep(kept, bytes.Length);
        text.Commit();
    }

    /// <summary>The character in its place, itself, or <see cref="Removed"/>.</summary>
    protected abstract int Map(int point);

    /// <summary>Writes what follows the mapped character, where it becomes several.</summary>
    protected virtual void Append(NormalizedText text, int point, int at)
    {
    }
}

/// <summary>Every character in lower case, one by one: a final sigma is a sigma.</summary>
internal sealed class LowercaseNormalizer : CharacterNormalizer
{
    protected override int Map(int point) => UnicodeVersions.ToLower(point);

    protected override void Append(NormalizedText text, int point, int at)
    {
        if (point == UnicodeVersions.CapitalDottedI)
            text.Replace("\u0307"u8, at);
    }
}

/// <summary>Takes away combining marks.</summary>
internal sealed class StripAccentsNormalizer : CharacterNormalizer
{
    protected override int Map(int point) => UnicodeVersions.IsMark(point) ? Removed : point;
}

/// <summary>The replacements of Google's neural machine translation: controls go, many kinds of space become one.</summary>
internal sealed class NmtNormalizer : CharacterNormalizer
{
    protected override int Map(int point) => point switch
    {
        (>= 1 and <= 8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or 0x8F or 0x9F => Removed,
        9 or 0xA or 0xC or 0xD or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => ' ',
        _ => point,
    };
}

/// <summary>The printable characters of GPT-2 in place of bytes.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    public override void Apply(NormalizedText text)
    {
        ReadOnlySpan<byte> bytes = text.Bytes;
        for (int at = 0; at < bytes.Length; at++)
            text.Replace(Formats.ByteLevelAlphabet.Of(bytes[at]), at);
        text.Commit();
    }
}

/// <summary>Takes white space off the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override void Apply(NormalizedText text)
    {
        ReadOnlySpan<byte> bytes = text.Bytes;
        int start = 0, end = bytes.Length;
        while (left && start < end && UnicodeProperties.Space.Contains(Utf8Point.At(bytes, start, out int length)))
            start += length;
        while (right && end > start && UnicodeProperties.Space.Contains(Utf8Point.At(bytes, Utf8Point.Before(bytes, end), out int length)))
            end -= length;
        if (start == 0 && end == bytes.Length)
            return;
        text.Keep(start, end);
        text.Commit();
    }
}

/// <summary>Puts a text before one that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    private readonly byte[] _prefix = System.Text.Encoding.UTF8.GetBytes(prefix);

    public override void Apply(NormalizedText text)
    {
        if (text.Length == 0)
            return;
        text.Replace(_prefix, 0);
        text.Keep(0, text.Length);
        text.Commit();
    }
}

/// <summary>Several steps, one after the other.</summary>
internal sealed class SequenceNormalizer(IReadOnlyList<Normalizer> steps) : Normalizer
{
    public override void Apply(NormalizedText text)
    {
        foreach (Normalizer step in steps)
            step.Apply(text);
    }
}
