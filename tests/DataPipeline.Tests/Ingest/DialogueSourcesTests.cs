using DataPipeline.Core;
using DataPipeline.Ingest.Dialogue;
using DataPipeline.Ingest.Preference;

namespace DataPipeline.Tests.Ingest;

public sealed class DialogueSourcesTests
{
    private static string Line(string text, Func<string, Source> make)
    {
        using var folder = new Temporary();
        var (documents, drops) = Temporary.Run(make(folder.Write("a.json", text)));
        return documents.Count == 0 ? drops[0].Reason : string.Join('|', documents[0].Parts.Select(part => $"{part.Role}={part.Text}"));
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"u"}]},{"role":"assistant","content":"a"}]}""", "system=s|user=u|assistant=a")]
    [InlineData("""{"system":"s","conversations":[{"from":"human","value":"u"},{"from":"gpt","value":"a"}]}""", "system=s|user=u|assistant=a")]
    [InlineData("""{"instruction":"do","input":"x","output":"a","history":[["q","r"]]}""", "user=q|assistant=r|user=do\n\nx|assistant=a")]
    [InlineData("""{"instruction":"do","instances":[{"input":"","output":"a"}]}""", "user=do|assistant=a")]
    [InlineData("""{"messages":[{"role":"user","content":"u"}]}""", "no_reply")]
    [InlineData("""{"messages":[{"role":"martian","content":"u"}]}""", "unknown_role")]
    [InlineData("""{"other":1}""", "no_messages")]
    [InlineData("""{"messages":[""", "bad_json")]
    public void Parse_MessageRecord_GivesItsTurns(string record, string expected) => Assert.Equal(expected, Line(record, path => new MessagesSource([path])));

    [Theory]
    [InlineData("""{"prompt":{"role":"prompter","text":"q","replies":[{"role":"assistant","text":"b","rank":1},{"role":"assistant","text":"a","rank":0,"replies":[{"role":"prompter","text":"more","replies":[]}]}]}}""", "user=q|assistant=a")]
    [InlineData("""{"role":"prompter","text":"q","parent_id":null,"replies":[{"role":"assistant","text":"x","deleted":true},{"role":"assistant","text":"a"}]}""", "user=q|assistant=a")]
    [InlineData("""{"prompt":{"role":"prompter","text":"q","replies":[]}}""", "no_reply")]
    [InlineData("""{"role":"assistant","text":"q","parent_id":"x"}""", "not_a_tree")]
    public void Parse_Tree_TakesTheBestRankedPath(string record, string expected) => Assert.Equal(expected, Line(record, path => new OasstSource([path])));

    [Theory]
    [InlineData("""{"prompt":"p","chosen":"c","rejected":"r"}""", "prompt=p|chosen=c|rejected=r")]
    [InlineData("""{"prompt":[{"role":"user","content":"p"}],"chosen":[{"role":"assistant","content":"c"}],"rejected":{"role":"assistant","content":"r"}}""", "prompt:user=p|chosen=c|rejected=r")]
    [InlineData("""{"prompt":"p","chosen":[{"role":"user","content":"p"},{"role":"assistant","content":"c"}],"rejected":[{"role":"user","content":"p"},{"role":"assistant","content":"r"}]}""", "prompt:user=p|chosen=c|rejected=r")]
    [InlineData("""{"conversations":[{"from":"human","value":"p"}],"chosen":{"from":"gpt","value":"c"},"rejected":{"from":"gpt","value":"r"}}""", "prompt:user=p|chosen=c|rejected=r")]
    [InlineData("""{"chosen":"\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: d","rejected":"\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: e"}""", "prompt:user=a|prompt:assistant=b|prompt:user=c|chosen=d|rejected=e")]
    [InlineData("""{"chosen":"\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: d","rejected":"\n\nHuman: a\n\nAssistant: x"}""", "prompt:user=a|chosen=b\n\nHuman: c\n\nAssistant: d|rejected=x")]
    [InlineData("""{"chosen":"\n\nHuman: a\n\nAssistant: b","rejected":"\n\nHuman: a\n\nAssistant: b"}""", "same_answers")]
    [InlineData("""{"chosen":"\n\nHuman: a\n\nAssistant:","rejected":"\n\nHuman: a\n\nAssistant: b"}""", "empty_answer")]
    [InlineData("""{"prompt":"p","chosen":"c"}""", "no_pair")]
    [InlineData("""{"chosen":"x","rejected":"y"}""", "no_prompt")]
    public void Parse_Pair_GivesPromptChosenRejected(string record, string expected) => Assert.Equal(expected, Line(record, path => new PreferenceSource([path])));

    [Fact]
    public void Read_StackExchange_PairsQuestionsWithTheirBestAnswer()
    {
        const string posts = """
            <?xml version="1.0" encoding="utf-8"?>
            <posts>
              <row Id="1" PostTypeId="1" AcceptedAnswerId="4" Score="5" Title="T" Body="&lt;p&gt;Why?&lt;/p&gt;" Tags="&lt;a&gt;&lt;b&gt;" />
              <row Id="2" PostTypeId="1" Score="1" Title="U" Body="" />
              <row Id="3" PostTypeId="2" ParentId="1" Score="9" Body="no" />
              <row Id="4" PostTypeId="2" ParentId="1" Score="2" Body="&lt;p&gt;So.&lt;/p&gt;&lt;pre&gt;a  b&lt;/pre&gt;" />
            """;
        using var folder = new Temporary();
        var (documents, drops) = Temporary.Run(new StackExchangeSource([folder.Write("Posts.xml", posts)]));
        Document pair = Assert.Single(documents);
        Assert.Equal([new Part("user", "T\n\nWhy?"), new Part("assistant", "So.\na  b")], pair.Parts);
        Assert.Equal("a,b", pair.Metadata["tags"]);
        Assert.Equal(["no_reply", "bad_xml"], drops.Select(drop => drop.Reason));
    }

    [Fact]
    public void Read_PublicSets_GiveWhatTheyHold()
    {
        if (SharedData.Find("instruct") is not { } folder)
            return;
        Assert.Equal(100, Temporary.Run(new OasstSource([folder + "/oasst/en_100_tree.jsonl"])).Documents.Count);
        Assert.Equal(100, Temporary.Run(new OasstSource([folder + "/oasst/en_100_message.jsonl"])).Documents.Count);
        var (pairs, dropped) = Temporary.Run(new PreferenceSource([folder + "/hh-rlhf/*.gz"]));
        Assert.Equal(1156, pairs.Count + dropped.Count);
        Assert.All(dropped, drop => Assert.Contains(drop.Reason, (string[])["same_answers", "empty_answer"]));
        Assert.Equal(300, Temporary.Run(new PreferenceSource([folder + "/llamafactory/dpo_en_demo.json"])).Documents.Count);
        var (dialogues, _) = Temporary.Run(new StackExchangeSource([folder + "/stackexchange/coffee.Posts.xml"]));
        Assert.NotEmpty(dialogues);
        foreach (string name in (string[])["alpaca/alpaca_en_0-3252.json", "alpaca-cot/strategyqa_train.json", "fastchat/dummy_conversation.json", "llamafactory/glaive_toolcall_en_demo.json", "self-instruct/seed_tasks.jsonl"])
        {
            var (documents, drops) = Temporary.Run(new MessagesSource([$"{folder}/{name}"]));
            Console.WriteLine($"{name}: {documents.Count} documents; {string.Join(", ", drops.CountBy(drop => drop.Reason).Select(pair => $"{pair.Key} {pair.Value}"))}");
            Assert.True(documents.Count > 10 * drops.Count, name);
        }
    }
}
