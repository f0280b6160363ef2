using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tests.Filters;

namespace DataPipeline.Tests.Runs;

public sealed class DropSamplesTests
{
    [Fact]
    public void Write_ManyDocuments_ShowsFiveForAReasonWhateverTheOrder()
    {
        string[] ids = [.. Enumerable.Range(0, 100).Select(i => $"a:f#{i}")];
        var forward = new DropSamples();
        DropSamples first = new(), second = new();
        foreach (string id in ids)
            Drop(forward, id);
        foreach (string id in ids.Reverse())
            Drop(id.EndsWith('7') ? first : second, id);
        second.Add(first);

        string page = Page(forward);
        Assert.Equal(page, Page(second));
        Assert.Contains("## s: short, 100 documents\n", page);
        Assert.Equal(ids.OrderBy(id => Hash.Of(id)).Take(5), page.Split('\n').Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..]));
    }

    [Fact]
    public void Write_LongAndHostileText_IsCutBetweenCharactersAndIndented()
    {
        var samples = new DropSamples();
        samples.Add("x", "parse", Verdict.Drop("bad_json", detail: "two\nlines"), null);
        samples.Add("y", "s", Verdict.Drop("short", 1, 2), Golden.Document("# no heading\r\n" + new string('a', 985) + "𝒜𝒜"));
        string page = Page(samples);
        Assert.Contains("## parse: bad_json, 1 document\n\n### x\n\ntwo lines\n", page);
        Assert.Contains("\nmeasured 1, limit 2\n\n    # no heading\n    " + new string('a', 985) + "\n    … (1,001 characters)\n", page);
        Assert.DoesNotContain('\uFFFD', page);
    }

    private static void Drop(DropSamples samples, string id) => samples.Add(id, "s", Verdict.Drop("short", 1, 2), Golden.Document("text of " + id));

    private static string Page(DropSamples samples)
    {
        string path = Path.GetTempFileName();
        samples.Write(path);
        string page = File.ReadAllText(path);
        File.Delete(path);
        return page;
    }
}
