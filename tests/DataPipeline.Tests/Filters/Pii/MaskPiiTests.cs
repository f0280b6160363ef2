using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters.Pii;

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
    [InlineData("a@b.org c@d.org a@b.org", "email@example.com firstname.lastname@example.org email@example.com")]
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
    public void Judge_SameValueInSeveralParts_HasOneStandIn()
    {
        var document = new Document(new Origin("f", 0), [new Part("user", "I am a@b.org"), new Part("assistant", "Hello c@d.org and a@b.org")]);
        Assert.Equal(["I am email@example.com", "Hello firstname.lastname@example.org and email@example.com"], new MaskPii().Judge(document).Document!.Parts.Select(part => part.Text));
    }

    [Fact]
    public void Judge_ReplacementsByKind_AreNumberedByValue()
    {
        var filter = new MaskPii(kinds: ["email", "phone"], replacements: new Dictionary<string, IReadOnlyList<string>> { ["email"] = ["mail{n}@example.com"], ["phone"] = [""] });
        Assert.Equal("mail1@example.com mail2@example.com mail1@example.com  8.8.8.8", Masked(filter, "a@b.org c@d.org a@b.org +442079460958 8.8.8.8"));
        Assert.Equal("2", filter.Judge(Golden.Document("a@b.org c@d.org")).Document!.Metadata["pii_email"]);
    }

    [Fact]
    public void Judge_PublicOnlyOff_MasksPrivateAddresses() =>
        Assert.Equal("22.214.171.124 2001:db8::1 2001:db8::2", Masked(new MaskPii(publicOnly: false), "192.168.0.1 fe80::1 fd12:3456:789a::1"));

    [Fact]
    public void Judge_MoreValuesThanAllowed_DropsPiiTooManyValues()
    {
        Verdict verdict = new MaskPii(maxValues: 1).Judge(Golden.Document("a@b.org 8.8.8.8"));
        Assert.Equal(("pii_too_many_values", 2, 1), (verdict.Reason, verdict.Measured, verdict.Limit));
    }

    [Fact]
    public void Measure_CountsEveryKind()
    {
        IReadOnlyList<Measurement> numbers = new MaskPii().Measure(Golden.Document("a@b.org 8.8.8.8 c@d.org 13800138000"));
        Assert.Equal(new Dictionary<string, double> { ["pii_email"] = 2, ["pii_ipv4"] = 1, ["pii_cn_mobile"] = 1, ["pii_too_many_values"] = 4 },
            numbers.Where(number => number.Value > 0).ToDictionary(number => number.Rule, number => number.Value));
        Assert.Equal(PiiFinder.All.Count + 1, numbers.Count);
        Assert.All(numbers, number => Assert.True(number.Passed));
    }

    [Theory]
    [InlineData("emial", PiiBoundaries.Exact, "did you mean `email`?")]
    [InlineData("phone", PiiBoundaries.Datatrove, "by datatrove's boundaries")]
    public void Constructor_UnknownKind_SaysSo(string kind, PiiBoundaries boundaries, string message) =>
        Assert.Contains(message, Assert.Throws<ConfigurationException>(() => new MaskPii(kinds: [kind], boundaries: boundaries)).Message, StringComparison.Ordinal);

    [Fact]
    public void Judge_LongRuns_AreLeftAloneAtOnce()
    {
        // Each takes very long if a scanner looks an unbounded way around its anchors.
        string[] pieces = ["a", "1.2.3.4.", "a@", "@a.", "1", "1-", "1 ", "f:", "::", "=", "_=", "eyJ", "-eyJ", "password=", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "sk-", "DE89 ", "+", "(1)", "0"];
        foreach (string piece in pieces)
        {
            string text = string.Concat(Enumerable.Repeat(piece, 60_000 / piece.Length));
            Assert.Equal(text, Masked(new MaskPii(), text));
        }
    }

    private static string Masked(MaskPii filter, string text) => filter.Judge(Golden.Document(text)).Document!.Text;
}
