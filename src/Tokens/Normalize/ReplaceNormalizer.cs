using System.Text;
using DataPipeline.Tokens.Patterns;

namespace DataPipeline.Tokens.Normalize;

/// <summary>Another text in place of every match.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : Normalizer
{
    private readonly byte[] _content = Encoding.UTF8.GetBytes(content);

    public override void Apply(NormalizedText text)
    {
        if (pattern.OnlyByte is { } value && !text.Tracked)
        {
            text.Substitute(value, _content);
            text.Commit();
            return;
        }
        ReadOnlySpan<byte> bytes = text.Bytes;
        int kept = 0;
        bool changed = false;
        MatchCursor cursor = new(pattern, bytes);
        while (cursor.Next(out int start, out int end))
        {
            text.Keep(kept, start);
            // What stands in for a match takes the place of its last character.
            text.Insert(_content, end);
            kept = end;
            changed = true;
        }
        if (!changed)
            return;
        text.Keep(kept, bytes.Length);
        text.Commit();
    }
}
