namespace DataPipeline.Ingest.Web.Html;

// What is taken out before and after the root of the text is found.
internal sealed partial class MainText
{
    private const double MostOfPage = 0.5;
    private const double TeaserLinks = 0.15;
    private const double EnoughBesideComments = 400;
    private const int FeedItems = 4;
    private const int HeadlineChars = 20;
    private const int FeedItemChars = 500;
    private const double FeedLinks = 0.25;
    private const double MostlyFeed = 0.6;
    private const int LinkedSentenceChars = 80;

    /// <summary>Cuts what announces itself as something else than content, by tag and, if asked, by name.</summary>
    private void Cut(bool byName)
    {
        Span<Node> nodes = _page.Nodes;
        double all = _mass[0], left = all;
        for (int i = 1; i < nodes.Length; i++)
        {
            ref Node node = ref nodes[i];
            bool comments = byName && _preset != ExtractionPreset.Recall && (node.Hint & Hint.Comments) != 0 && node.Tag is not (Tag.Article or Tag.Main)
                && left - _mass[i] >= EnoughBesideComments;
            if (!comments && !IsCut(node, byName, _mass[i], all))
                continue;
            left -= _mass[i];
            _cut[i] = true;
            i = node.End - 1;
        }
    }

    private bool IsCut(in Node node, bool byName, double mass, double all)
    {
        bool generous = _preset == ExtractionPreset.Recall;
        switch (node.Tag)
        {
            case Tag.Head or Tag.Script or Tag.Style or Tag.Template or Tag.Svg or Tag.Select or Tag.Textarea or Tag.Datalist or Tag.Object
                or Tag.Video or Tag.Audio or Tag.Canvas or Tag.Map:
                return mass < MostOfPage * all || mass == 0;
            case Tag.Figcaption or Tag.Aside when generous && node.Marks > 0:
                return false;
            case Tag.Nav or Tag.Aside or Tag.Footer or Tag.Dialog or Tag.Menu or Tag.Button or Tag.Label or Tag.Figcaption:
                return mass < MostOfPage * all || mass == 0;
            case Tag.Text or Tag.Article or Tag.Main:
                return false;
        }
        if (!byName && (node.Hint & Hint.Hidden) == 0)
            return false;
        // Wrappers of quoted posts are called "social" too.
        if ((node.Hint & (Hint.Embed | Hint.Hidden)) == Hint.Embed)
            return false;
        bool teaser = (node.Hint & Hint.Teaser) != 0 && node.LinkChars > TeaserLinks * node.Chars;
        Hint unwanted = generous ? Hint.Hidden | Hint.Boilerplate : Hint.Hidden | Hint.Boilerplate | Hint.Comments | Hint.Beside;
        if ((!teaser || generous) && (node.Hint & unwanted) == 0)
            return false;
        return mass < MostOfPage * all || mass == 0;
    }

    private void CutInside(int root)
    {
        Span<Node> nodes = _page.Nodes;
        for (int i = root + 1; i < nodes[root].End; i++)
        {
            ref Node node = ref nodes[i];
            if (!_cut[i] && Tags.IsBlock(node.Tag) && !Tags.IsHeading(node.Tag) && node.Tag != Tag.Body && IsLinks(i))
                _cut[i] = true;
            if (_cut[i])
                i = node.End - 1;
        }
    }

    /// <summary>Cuts runs of siblings that each point elsewhere: a linked headline and a sentence or two, as feeds and lists of more stories are made
    /// of. Must run before <see cref="Descend"/>: such a feed may weigh more than the article.</summary>
    private void CutFeeds()
    {
        if (_preset == ExtractionPreset.Recall)
            return;
        Span<Node> nodes = _page.Nodes;
        for (int parent = 0; parent < nodes.Length; parent++)
        {
            if (_cut[parent])
            {
                parent = nodes[parent].End - 1;
                continue;
            }
            if (!Tags.IsBlock(nodes[parent].Tag))
                continue;
            int items = 0, blocks = 0;
            for (int child = parent + 1; child < nodes[parent].End; child = nodes[child].End)
            {
                items += IsFeedItem(child) ? 1 : 0;
                blocks += !_cut[child] && _sums[child].Chars > 0 ? 1 : 0;
            }
            if (items < FeedItems)
                continue;
            // In a list of nearly nothing else, an item without a link is one too.
            bool all = items >= MostlyFeed * blocks;
            for (int child = parent + 1; child < nodes[parent].End; child = nodes[child].End)
                _cut[child] |= IsFeedItem(child) || all && nodes[child].Tag is Tag.Li or Tag.Article && _sums[child].Chars < FeedItemChars;
        }
    }

    private bool IsFeedItem(int index)
    {
        ref Node node = ref _page.Nodes[index];
        ref Line sum = ref _sums[index];
        return node.Tag is Tag.Li or Tag.Article or Tag.Div or Tag.Section && !_cut[index]
            && sum.LinkChars >= HeadlineChars && sum.LinkChars >= FeedLinks * sum.Chars && sum.Chars < FeedItemChars;
    }

    /// <summary>True for a block that is mostly links and says little besides. A linked sentence is still a sentence.</summary>
    private bool IsLinks(int index)
    {
        (int chars, int links, int marks) = (_sums[index].Chars, _sums[index].LinkChars, _sums[index].Marks);
        if (links <= 0.5 * chars || _mass[index] > 0.5 * (chars - links))
            return false;
        return _page.Nodes[index].Tag != Tag.P || chars < LinkedSentenceChars || marks == 0;
    }
}
