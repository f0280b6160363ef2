namespace DataPipeline.Ingest.Web.Html;

/// <summary>The attributes that matter for text, as slices of the page; the first of repeated ones counts.</summary>
internal ref struct Attributes
{
    public ReadOnlySpan<char> Id, Class, Role, ItemProp, Style, Href, Rel, Lang, Name, Content, Type, DateTime, ColSpan, RowSpan;
    public bool Hidden, SelfClosing;

    /// <summary>Takes one attribute.</summary>
    public void Set(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        switch (name.Length)
        {
            case 2 when Is(name, "id"):
                First(ref Id, value);
                break;
            case 3 when Is(name, "rel"):
                First(ref Rel, value);
                break;
            case 4 when Is(name, "href"):
                First(ref Href, value.IsEmpty ? "#" : value);
                break;
            case 4 when Is(name, "role"):
                First(ref Role, value);
                break;
            case 4 when Is(name, "type"):
                First(ref Type, value);
                break;
            case 4 when Is(name, "lang"):
                First(ref Lang, value);
                break;
            case 4 when Is(name, "name"):
                First(ref Name, value);
                break;
            case 5 when Is(name, "class"):
                First(ref Class, value);
                break;
            case 5 when Is(name, "style"):
                First(ref Style, value);
                break;
            case 6 when Is(name, "hidden"):
                Hidden = true;
                break;
            case 7 when Is(name, "colspan"):
                First(ref ColSpan, value);
                break;
            case 7 when Is(name, "rowspan"):
                First(ref RowSpan, value);
                break;
            case 7 when Is(name, "content"):
                First(ref Content, value);
                break;
            case 8 when Is(name, "datetime"):
                First(ref DateTime, value);
                break;
            case 8 when Is(name, "xml:lang"):
                First(ref Lang, value);
                break;
            case 8 when Is(name, "property"):
                First(ref Name, value);
                break;
            case 8 when Is(name, "itemprop"):
                First(ref ItemProp, value);
                break;
            case 11 when Is(name, "aria-hidden"):
                Hidden |= Is(value, "true");
                break;
        }
    }

    private static bool Is(ReadOnlySpan<char> name, string known) => name.Equals(known, StringComparison.OrdinalIgnoreCase);

    private static void First(ref ReadOnlySpan<char> slot, ReadOnlySpan<char> value)
    {
        if (slot.IsEmpty)
            slot = value;
    }
}
