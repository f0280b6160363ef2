using System.Collections.Frozen;

namespace DataPipeline.Ingest.Web.Html;

/// <summary>What an element's attributes say about its role.</summary>
[Flags]
internal enum Hint : ushort
{
    None = 0,

    /// <summary>Not shown.</summary>
    Hidden = 1,

    /// <summary>Navigation, advertising, sharing, related links and the like.</summary>
    Boilerplate = 2,

    /// <summary>Readers' comments.</summary>
    Comments = 4,

    /// <summary>The body of an article by a name that is used for nothing else.</summary>
    Body = 8,

    /// <summary>Probably content.</summary>
    Content = 16,

    /// <summary>Beside the text proper: caption, byline, date, tags.</summary>
    Beside = 32,

    /// <summary>A pointer to another page if it holds links, else an article's lead.</summary>
    Teaser = 64,

    /// <summary>A post or quotation of somebody else, set into the text.</summary>
    Embed = 128,

    /// <summary>A line that names the author.</summary>
    Byline = 256,

    /// <summary>Something about the author.</summary>
    Author = 512,
}

/// <summary>Reads roles from <c>class</c>, <c>id</c>, <c>role</c>, <c>itemprop</c> and visibility. Names are split into words
/// (<c>relatedPosts-list</c> is related, posts, list), and words or pairs of neighbours are looked up.</summary>
internal static class Hints
{
    private static readonly Dictionary<string, Hint> ByWord = Load();
    private static readonly FrozenDictionary<string, Hint>.AlternateLookup<ReadOnlySpan<char>> Words = ByWord.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    // For each length of a word, the letters that words of ours begin and end with.
    private static readonly (uint First, uint Last)[] Ends = EndsOf(ByWord.Keys);

    /// <summary>The hints of one element.</summary>
    /// <param name="tag">What it is.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="names">What <see cref="OfNames"/> says of its class and id.</param>
    public static Hint Of(Tag tag, in Attributes attributes, Hint names)
    {
        if (tag is Tag.Body or Tag.Html)
            return Hint.None;
        Hint hint = names;
        if (attributes.Hidden || !attributes.Style.IsEmpty && HidesItself(attributes.Style))
            hint |= Hint.Hidden;
        if (!attributes.ItemProp.IsEmpty)
            hint |= attributes.ItemProp is "articleBody" ? Hint.Body : attributes.ItemProp is "comment" ? Hint.Comments : Hint.None;
        if (!attributes.Role.IsEmpty)
        {
            hint |= attributes.Role switch
            {
                "main" or "article" => Hint.Content,
                "navigation" or "banner" or "contentinfo" or "complementary" or "search" or "dialog" or "alertdialog" or "menu" or "menubar"
                    or "toolbar" or "tablist" => Hint.Boilerplate,
                _ => Hint.None,
            };
        }
        return hint;
    }

    /// <summary>The hints of a class list or id.</summary>
    public static Hint OfNames(ReadOnlySpan<char> names)
    {
        Hint hint = Hint.None;
        Span<char> words = stackalloc char[64];
        int before = 0, length = 0;
        for (int i = 0; i <= names.Length; i++)
        {
            char c = i < names.Length ? names[i] : ' ';
            bool ascii = c < 128, letter = ascii ? char.IsAsciiLetter(c) : char.IsLetter(c);
            bool newWord = letter && (ascii ? c < 'a' : char.IsUpper(c)) && i > 0 && char.IsLower(names[i - 1]);
            if ((!letter || newWord) && length > before)
            {
                hint |= OfWord(words[before..length]);
                if (before > 0)
                    hint |= OfWord(words[..length]);
                if (length - before >= "byline".Length && words[before..length].IndexOf("byline") >= 0)
                    hint |= Hint.Byline;
                words[before..length].CopyTo(words);
                length -= before;
                before = length;
            }
            if (ascii ? c is ' ' or '\t' or '\n' or '\r' or '\f' : char.IsWhiteSpace(c))
                before = length = 0;
            if (letter)
            {
                if (length == words.Length)
                    before = length = 0;
                words[length++] = ascii ? (char)(c | 0x20) : char.ToLowerInvariant(c);
            }
        }
        return hint;
    }

    // Most words of classes are none of ours: length, first and last letter tell nearly all of them without a hash.
    private static Hint OfWord(ReadOnlySpan<char> word)
    {
        int first = word[0] - 'a', last = word[^1] - 'a';
        return word.Length < Ends.Length && (uint)first < 26 && (uint)last < 26 && (Ends[word.Length].First >> first & Ends[word.Length].Last >> last & 1) != 0
            && Words.TryGetValue(word, out Hint hint) ? hint : Hint.None;
    }

    private static (uint First, uint Last)[] EndsOf(IEnumerable<string> words)
    {
        var ends = new (uint First, uint Last)[33];
        foreach (string word in words)
        {
            ends[word.Length].First |= 1u << word[0] - 'a';
            ends[word.Length].Last |= 1u << word[^1] - 'a';
        }
        return ends;
    }

    private static bool HidesItself(ReadOnlySpan<char> style)
    {
        foreach (Range range in style.Split(';'))
        {
            ReadOnlySpan<char> rule = style[range].Trim();
            int colon = rule.IndexOf(':');
            if (colon < 0)
                continue;
            ReadOnlySpan<char> name = rule[..colon].Trim(), value = rule[(colon + 1)..].Trim();
            if (name.Equals("display", StringComparison.OrdinalIgnoreCase) && value.StartsWith("none", StringComparison.OrdinalIgnoreCase)
                || name.Equals("visibility", StringComparison.OrdinalIgnoreCase) && value.StartsWith("hidden", StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

    private static Dictionary<string, Hint> Load()
    {
        var words = new Dictionary<string, Hint>(StringComparer.Ordinal);
        Add(Hint.Hidden, "sronly screenreader visuallyhidden screenreadertext noprint invisible");
        Add(Hint.Boilerplate,
            "nav navbar navigation navi menu submenu topmenu mainmenu breadcrumb breadcrumbs footer footnav sitefooter pagefooter "
            + "masthead sidebar sidebars sidenav rail rightrail share shares sharing sharebar sharebox sharelinks sharedaddy addthis "
            + "addtoany shareaholic social socials socialbar sociallinks socialmedia followus follow followers related relatedposts "
            + "relatedarticles relatedlinks relateditems jprelatedposts yarpp recommended recommendation recommendations recommend "
            + "trending mostread mostpopular popular morestories morefrom morenews readnext upnext readalso seealso readmore alsolike "
            + "youmay cookie cookies cookiebar cookieconsent consent gdpr privacy newsletter newsletters subscribe subscription signup "
            + "login signin register registration promo promos promotion promotions promoted sponsor sponsored sponsors advert adverts "
            + "advertisement advertisements advertising ads adsense adslot adbox adunit adcontainer adwrapper banner banners dfp "
            + "outbrain taboola zergnet widget widgets popup popups modal overlay lightbox tooltip dropdown flyout offcanvas "
            + "pagination pager paging pagenav toolbar skip skiplink skiplinks searchform searchbox searchbar tagcloud postnav "
            + "prevnext copyright colophon disclaimer legal print printonly rating ratings vote votes poll carousel slider slideshow "
            + "hotkeys shoutbox authorbio aboutauthor authorbox authorinfo biobox werbung anzeige anzeigen teilen empfehlungen "
            + "weiterlesen fusszeile seitenleiste publicite partage partager publicidad compartir relacionadas relacionados "
            + "publicidade compartilhar");
        Add(Hint.Comments,
            "comment comments commentlist commentsection commentform commentarea commentbox disqus respond kommentar kommentare "
            + "commentaire commentaires comentario comentarios reply replies livefyre");
        Add(Hint.Embed, "embed embedded tweet oembed pullquote quote");
        Add(Hint.Teaser, "teaser teasers");
        Add(Hint.Body,
            "articlebody articlecontent articletext storybody storycontent storytext postbody postcontent posttext entrycontent "
            + "entrybody entrytext newsbody newscontent newstext blogcontent blogbody articlemain");
        Add(Hint.Content,
            "article content main story post entry text body maincontent contentbody richtext bodytext textbody");
        Add(Hint.Beside,
            "caption captions credit credits byline dateline timestamp pubdate postmeta entrymeta articlemeta tags taglist posttags "
            + "keywords infobox factbox mediainfo imagecaption wpcaption");
        Add(Hint.Author, "author authors authorname articleauthor postauthor entryauthor storyauthor autor autoren auteur auteurs autore autores zuozhe");
        return words;

        void Add(Hint hint, string list)
        {
            foreach (string word in list.Split(' '))
                words[word] = words.GetValueOrDefault(word) | hint;
        }
    }
}
