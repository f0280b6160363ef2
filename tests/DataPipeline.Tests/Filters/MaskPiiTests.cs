using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters;

public sealed class MaskPiiTests
{
    [SharedFact("golden")]
    public void Judge_DatatroveBoundaries_EqualsDatatrove()
    {
        var filter = new MaskPii(boundaries: PiiBoundaries.Datatrove);
        int compared = 0;
        foreach (JsonElement line in Golden.Lines("pii.jsonl"))
        {
            Assert.Equal(line.GetProperty("out").GetString(), Masked(filter, line.GetProperty("in").GetString()!));
            compared++;
        }
        Assert.Equal(15, compared);
    }

    [Theory]
    [InlineData("中文邮箱zhang@example.cn结束", "中文邮箱email@example.com结束")]
    [InlineData("地址8.8.8.8号", "地址22.214.171.124号")]
    [InlineData("v1.2.3.4 and 999.8.8.8 and 1.2.3.4.5 and 256.1.1.1", "v1.2.3.4 and 999.8.8.8 and 1.2.3.4.5 and 256.1.1.1")]
    [InlineData("see 8.8.4.4.", "see 22.214.171.124.")]
    [InlineData("http://8.8.8.8:80/x", "http://22.214.171.124:80/x")]
    [InlineData("<a.b@c.org>,d@e.net;", "<email@example.com>,firstname.lastname@example.org;")]
    [InlineData("a@@b.c .@x.y a.@b.c @b.c a@b", "a@@b.c .@x.y a.@b.c @b.c a@b")]
    [InlineData("10.1.2.3 172.31.0.1 192.0.2.1 01.2.3.4 255.255.255.255", "10.1.2.3 172.31.0.1 192.0.2.1 01.2.3.4 255.255.255.255")]
    public void Judge_ExactBoundaries_Masks(string text, string expected) => Assert.Equal(expected, Masked(new MaskPii(), text));

    [Fact]
    public void Judge_Kinds_AreCountedInMetadata()
    {
        Document document = new MaskPii().Judge(Golden.Document("a@b.org 8.8.8.8 c@d.org")).Document!;
        Assert.Equal("2", document.Metadata["pii_email"]);
        Assert.Equal("1", document.Metadata["pii_ipv4"]);
        Document plain = Golden.Document("nothing here");
        Assert.Same(plain, new MaskPii().Judge(plain).Document);
    }

    [Fact]
    public void Judge_LongRunWithoutAddress_StaysFast()
    {
        string text = new string('a', 1_000_000) + string.Concat(Enumerable.Repeat("1.2.3.4.", 100_000));
        Assert.Equal(text, Masked(new MaskPii(), text));
    }

    private static string Masked(MaskPii filter, string text) => filter.Judge(Golden.Document(text)).Document!.Text;
}
