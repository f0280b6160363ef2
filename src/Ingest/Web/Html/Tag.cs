using System.Buffers;

namespace DataPipeline.Ingest.Web.Html;

/// <summary>The elements that reading a page has to tell apart; all others are <see cref="Other"/>, which is inline, or
/// <see cref="Block"/>.</summary>
internal enum Tag : byte
{
    Text, Other, Block, Html, Head, Body, Title, Meta, Link, Base,
    Article, Main, Section, Header, Footer, Nav, Aside, Div, Center, Form, Fieldset, Dialog, Details, Summary, Figure, Figcaption, Address,
    P, H1, H2, H3, H4, H5, H6, Pre, Blockquote, Ul, Ol, Li, Dl, Dt, Dd, Menu, Hr, Br, Wbr,
    Table, Caption, Thead, Tbody, Tfoot, Tr, Td, Th, Col, Colgroup,
    A, B, I, Em, Strong, Span, Font, Code, Sub, Sup, Q, S, U, Small, Time, Img, Picture, Source,
    Button, Select, Option, Optgroup, Input, Label, Textarea, Datalist, Output,
    Script, Style, Noscript, Template, Svg, Math, Iframe, Object, Embed, Video, Audio, Canvas, Map, Noembed, Noframes, Xmp, Plaintext,
}

/// <summary>What kind of element a tag is.</summary>
internal static class Tags
{
    private static readonly SearchValues<char> NameEnd = SearchValues.Create(" \t\r\n\f/>");
    // Ten characters at six bits: no name here is longer.
    private const int LongestName = 10;
    private const int TableBits = 9;
    // Open addressing, at most a third full; a key of zero is a free place.
    private static readonly (ulong Key, Tag Tag)[] Table = Hashed(Names());

    /// <summary>The tag whose name, in any case, stands at the start of <paramref name="text"/> and ends before white space, a slash, <c>&gt;</c> or the end.</summary>
    /// <param name="text">From the name's first character on.</param>
    /// <param name="length">Characters of the name.</param>
    public static Tag Of(ReadOnlySpan<char> text, out int length)
    {
        ulong key = 0;
        for (length = 0; length < text.Length; length++)
        {
            char c = text[length];
            if (c is '>' or '/' or ' ' or '\t' or '\r' or '\n' or '\f')
                break;
            int code = char.IsAsciiLetter(c) ? c & 31 : char.IsAsciiDigit(c) ? c - '0' + 32 : 0;
            if (code == 0 || length == LongestName)
            {
                int end = text[length..].IndexOfAny(NameEnd);
                length = end < 0 ? text.Length : length + end;
                return Tag.Other;
            }
            key = key << 6 | (uint)code;
        }
        for (int at = PlaceOf(key); ; at = (at + 1) & (Table.Length - 1))
        {
            if (Table[at].Key == key)
                return Table[at].Tag;
            if (Table[at].Key == 0)
                return Tag.Other;
        }
    }

    private static int PlaceOf(ulong key) => (int)(key * 0x9e3779b97f4a7c15 >> 64 - TableBits);

    /// <summary>Starts and ends a line of text.</summary>
    public static bool IsBlock(Tag tag) => tag is >= Tag.Block and <= Tag.Hr and not Tag.Title and not Tag.Meta and not Tag.Link and not Tag.Base
        or >= Tag.Table and <= Tag.Colgroup or Tag.Option or Tag.Optgroup or Tag.Video or Tag.Audio or Tag.Iframe or Tag.Object;

    /// <summary>Has no content and no end tag.</summary>
    public static bool IsVoid(Tag tag) => tag is Tag.Meta or Tag.Link or Tag.Base or Tag.Hr or Tag.Br or Tag.Wbr or Tag.Col or Tag.Img or Tag.Source
        or Tag.Input or Tag.Embed;

    /// <summary>Everything up to its end tag is no markup.</summary>
    public static bool IsRaw(Tag tag) => tag is Tag.Script or Tag.Style or Tag.Noscript or Tag.Iframe or Tag.Noembed or Tag.Noframes or Tag.Xmp
        or Tag.Textarea or Tag.Title;

    /// <summary>Ends an open paragraph when it starts (HTML standard, "closes a p element").</summary>
    public static bool ClosesParagraph(Tag tag) => tag is >= Tag.Article and <= Tag.Hr or Tag.Table or Tag.Block;

    /// <summary>Keeps an end tag inside from closing elements outside ("scope" in the HTML standard).</summary>
    public static bool IsScope(Tag tag) => tag is Tag.Table or Tag.Td or Tag.Th or Tag.Caption or Tag.Object or Tag.Template or Tag.Html;

    public static bool IsHeading(Tag tag) => tag is >= Tag.H1 and <= Tag.H6;

    private static Dictionary<string, Tag> Names()
    {
        var names = new Dictionary<string, Tag>(StringComparer.Ordinal);
        foreach (Tag tag in Enum.GetValues<Tag>())
        {
            if (tag is not (Tag.Text or Tag.Other or Tag.Block))
                names[tag.ToString().ToLowerInvariant()] = tag;
        }
        foreach (string name in (string[])["hgroup", "search", "frameset", "dir", "listing", "legend", "marquee"])
            names[name] = Tag.Block;
        return names;
    }

    private static (ulong Key, Tag Tag)[] Hashed(Dictionary<string, Tag> names)
    {
        var table = new (ulong Key, Tag Tag)[1 << TableBits];
        foreach ((string name, Tag tag) in names)
        {
            ulong key = name.Aggregate(0UL, (sum, c) => sum << 6 | (uint)(char.IsAsciiLetter(c) ? c & 31 : c - '0' + 32));
            int at = PlaceOf(key);
            while (table[at].Key != 0)
                at = (at + 1) & (table.Length - 1);
            table[at] = (key, tag);
        }
        return table;
    }
}
