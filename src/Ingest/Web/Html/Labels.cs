using System.Collections.Frozen;

namespace DataPipeline.Ingest.Web.Html;

/// <summary>Lines that are labels of a page's machinery wherever they stand alone: buttons, counters, marks of advertising.</summary>
internal static class Labels
{
    private const int LongestLabel = 32;

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Known = FrozenSet.ToFrozenSet(
        ("advert|advertisement|advertisements|advertising|ad|ads|sponsored|sponsored content|promoted|comment|comments|"
        + "leave a comment|post a comment|share|share this|share on facebook|share on twitter|tweet|subscribe|subscribe now|sign up|"
        + "sign in|log in|login|register|read more|read next|see more|show more|load more|view all|more|related|related articles|"
        + "related stories|related posts|related content|related topics|recommended|recommended for you|you may also like|"
        + "you might also like|most read|most popular|trending|up next|follow us|print|email|save|facebook|twitter|instagram|whatsapp|"
        + "pinterest|linkedin|reddit|youtube|telegram|copy link|link copied|loading|close|menu|search|previous|next|back to top|"
        + "skip to content|anzeige|werbung|kommentare|kommentieren|teilen|drucken|merken|mehr zum thema|auch interessant|"
        + "lesen sie auch|das könnte sie auch interessieren|weiterlesen|nach oben|publicité|commentaires|partager|lire aussi|"
        + "à lire aussi|publicidad|comentarios|compartir|lea también|te puede interesar|publicidade|compartilhar|leia também|"
        + "pubblicità|condividi|leggi anche|реклама|поделиться|комментарии|читайте также|reklama|komentarze|udostępnij|czytaj także|广告|"
        + "分享|评论|広告|シェア|コメント").Split('|'),
        StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>True when a line is a label and nothing else.</summary>
    public static bool Is(ReadOnlySpan<char> line)
    {
        line = line.Trim(" :.,…»›>→-–|[]()");
        if (line.Length is 0 or > LongestLabel)
            return false;
        Span<char> lower = stackalloc char[LongestLabel];
        int length = line.ToLowerInvariant(lower);
        return Known.Contains(lower[..length]);
    }
}
