using DataPipeline.Core;

namespace DataPipeline.Dedup.Substring;

/// <summary>Anchors of a text: of the half-length grams in a window of N bytes, the one with the smallest hash, the rightmost where several have it
/// (winnowing, Schleimer, Wilkerson, Aiken 2003). Equal windows have equal anchors; a text has about one for N / 4 bytes.</summary>
internal static class Anchors
{
    private const ulong Base = 0x9E3779B97F4A7C15;

    /// <summary>The anchors in order, each with the windows it stands for; none for a text shorter than a window.</summary>
    /// <param name="text">Bytes.</param>
    /// <param name="window">Bytes of a window.</param>
    public static List<Anchor> Of(ReadOnlySpan<byte> text, int window)
    {
        var anchors = new List<Anchor>();
        if (text.Length < window)
            return anchors;
        int gram = window / 2, span = window - gram + 1;
        ulong leaving = 1, sum = 0;
        for (int i = 0; i < gram; i++)
            leaving *= Base;
        // The hashes of the last grams, and the smallest of them, which is looked for again only when it leaves.
        var hashes = new ulong[span];
        int least = -1, slot = 0;
        ulong smallest = ulong.MaxValue;
        for (int i = 0; i < text.Length; i++)
        {
            sum = sum * Base + text[i] + 1;
            int start = i - gram + 1;
            if (start < 0)
                continue;
            if (start > 0)
                sum -= (text[start - 1] + 1UL) * leaving;
            ulong hash = Seed.Mix(sum);
            hashes[slot] = hash;
            slot = slot + 1 == span ? 0 : slot + 1;
            if (hash <= smallest)
            {
                (smallest, least) = (hash, start);
            }
            else if (least <= start - span)
            {
                // The oldest gram of the span is in the slot that comes next.
                smallest = ulong.MaxValue;
                for (int j = 0, at = slot; j < span; j++, at = at + 1 == span ? 0 : at + 1)
                {
                    if (hashes[at] <= smallest)
                        (smallest, least) = (hashes[at], start - span + 1 + j);
                }
            }
            int first = start - span + 1;
            if (first < 0)
                continue;
            if (anchors is [.., var last] && last.Place == least)
                anchors[^1] = last with { LastWindow = first };
            else
                anchors.Add(new Anchor(least, smallest, first, first));
        }
        return anchors;
    }
}

/// <summary>An anchor and its windows.</summary>
/// <param name="Place">First byte of its gram.</param>
/// <param name="Hash">Hash of its gram.</param>
/// <param name="FirstWindow">First byte of the first window it stands for.</param>
/// <param name="LastWindow">First byte of the last.</param>
internal readonly record struct Anchor(int Place, ulong Hash, int FirstWindow, int LastWindow)
{
    public UInt128 Key => new(Hash, Seed.Mix(~Hash));
}
