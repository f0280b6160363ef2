using System.Text;
using DataPipeline.Core;
using DataPipeline.Ingest.Tables;

namespace DataPipeline.Tests.Ingest;

public sealed class JsonlSourceTests
{
    private static (List<Document> Documents, List<(string Reason, Origin Origin)> Drops) Run(byte[] bytes, Func<string, JsonlSource>? make = null)
    {
        using var folder = new Temporary();
        string path = folder.Write("a.jsonl", bytes);
        return Temporary.Run(make?.Invoke(path) ?? new JsonlSource([path]));
    }

    [Fact]
    public void Parse_Lines_MapsColumns()
    {
        var (documents, drops) = Run(Encoding.UTF8.GetBytes("{\"id\":7,\"text\":\"one\",\"meta\":{\"lang\":\"en\"}}\r\n\n{\"text\":\"two\\ud800!\"}"),
            path => new JsonlSource([path], metadataColumns: ["meta.lang"]));
        Assert.Empty(drops);
        Assert.Equal(["one", "two\ufffd!"], documents.Select(document => document.Text));
        Assert.Equal("en", documents[0].Metadata["meta.lang"]);
        Assert.Equal("7", documents[0].Metadata["id"]);
        Assert.Equal(1, documents[1].Origin.Record);
    }

    [Fact]
    public void Parse_Array_GivesItsElements()
    {
        var (documents, drops) = Run("[ {\"text\":\"a,]}\\\"\"} ,\n {\"text\":\"b\",\"x\":[1,[2]]}, {\"text\":\"c\"}]"u8.ToArray());
        Assert.Empty(drops);
        Assert.Equal(["a,]}\"", "b", "c"], documents.Select(document => document.Text));
    }

    [Fact]
    public void Parse_BadLines_AreCountedAndPassedOver()
    {
        var (documents, drops) = Run([.. "{\"text\":\"a\n{\"text\":1}\n{\"text\":\""u8, 0xff, .. "\"}\n"u8]);
        Assert.Equal(["\ufffd"], documents.Select(document => document.Text));
        Assert.Equal(["bad_json", "missing_column"], drops.Select(drop => drop.Reason));
        Assert.Equal(11, drops[1].Origin.Offset);
    }

    [Fact]
    public void Read_LongLine_IsRecordTooLarge()
    {
        var (documents, drops) = Run(Encoding.UTF8.GetBytes($"{{\"text\":\"{new string('x', 500_000)}\"}}\n{{\"text\":\"b\"}}\n"), path =>
            new JsonlSource([path], maxRecordBytes: 1024));
        Assert.Equal("b", Assert.Single(documents).Text);
        Assert.Equal("record_too_large", Assert.Single(drops).Reason);
    }

    [Fact]
    public void Files_PatternWithoutMatch_SaysWhich()
    {
        var error = Assert.Throws<ConfigurationException>(() => new JsonlSource(["/nowhere/*.jsonl", "/nowhere/b"]).Files());
        Assert.Contains("/nowhere/*.jsonl", error.Message, StringComparison.Ordinal);
        Assert.Contains("/nowhere/b", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_Patterns_AreExpandedInOrdinalOrder()
    {
        using var folder = new Temporary();
        foreach (string name in (string[])["b/1.jsonl", "a/x/2.jsonl", "a/3.txt", "B.jsonl"])
            folder.Write(name, "");
        Assert.Equal(["B.jsonl", "a/x/2.jsonl", "b/1.jsonl"],
            new JsonlSource([folder.Folder + "/**/*.jsonl"]).Files().Select(file => Path.GetRelativePath(folder.Folder, file.Path)));
        Assert.Equal(["a/3.txt", "a/x/2.jsonl"], new JsonlSource([folder.Folder + "/a"]).Files().Select(file =>
            Path.GetRelativePath(folder.Folder, file.Path)));
        Assert.Equal(["a/3.txt", "b/1.jsonl"], new JsonlSource([folder.Folder + "/?/*.{txt,jsonl}"]).Files().Select(file =>
            Path.GetRelativePath(folder.Folder, file.Path)));
    }
}
