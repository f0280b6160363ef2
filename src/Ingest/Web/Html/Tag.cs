using System.Collections.Frozen;

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
    private static readonly FrozenDictionary<string, Tag> ByName = Names().ToFrozenDictionary(StringComparer.Ordinal);
    private static readonly FrozenDictionary<string,
        Tag>.AlternateLookup<ReadOnlySpan<char>> BySpan = ByName.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The tag of a name in any case.</summary>
    public static Tag Of(ReadOnlySpan<char> name)
    {
        if (name.Length > 16)
            return Tag.Other;
        Span<char> lower = stackalloc char[16];
        int length = name.ToLowerInvariant(lower);
        return BySpan.TryGetValue(lower[..length], out Tag tag) ? tag : Tag.Other;
    }

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
}
