using System.IO.Compression;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters.Decontamination;

public sealed class TestSetReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("test-sets").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("mmlu.csv", "\"Two lines,\nof \"\"text\"\"\",one,two,three,four,C\r\nNext?,a,b,c,d,A\n", ":1|Two lines,\nof \"text\"|one,two,three,four|three", ":3|Next?|a,b,c,d|a")]
    [InlineData("ceval.csv", "id,question,A,B,C,D,answer\n0,问题,甲,乙,丙,丁,B\n", ":2|问题|甲,乙,丙,丁|乙")]
    [InlineData("cmmlu.csv", ",Question,A,B,C,D,Answer\n0,问题,甲,乙,丙,丁,D", ":2|问题|甲,乙,丙,丁|丁")]
    [InlineData("tabs.tsv", "question\tanswer\nQ, with a comma\tA\n", ":2|Q, with a comma||A")]
    [InlineData("gsm8k.jsonl", "{\"question\":\"Q1\",\"answer\":\"A1\"}\n\n{\"question\":\"Q2\",\"answer\":\"A2\"}", ":1|Q1||A1", ":3|Q2||A2")]
    [InlineData("agieval.jsonl", "{\"passage\":\"P\",\"question\":\"Q\",\"options\":[\"(A)x\",\"(B)y\"],\"label\":\"B\",\"answer\":null,\"other\":{\"solution\":\"S\"}}", ":1|P\nQ|(A)x,(B)y|(B)y,S")]
    [InlineData("hf.jsonl", "{\"question\":\"Q\",\"choices\":[\"x\",\"y\"],\"answer\":1}", ":1|Q|x,y|y")]
    [InlineData("arc.jsonl", "{\"question\":\"Q\",\"choices\":{\"label\":[\"A\",\"B\"],\"text\":[\"x\",\"y\"]},\"answerKey\":\"A\"}", ":1|Q|x,y|")]
    [InlineData("humaneval.jsonl", "{\"task_id\":\"H/0\",\"prompt\":\"def f():\",\"canonical_solution\":\" pass\",\"test\":\"t\"}", ":1|def f():|| pass")]
    [InlineData("bbh.json", "{\"canary\":\"C\",\"examples\":[{\"input\":\"I\\nOptions:\",\"target\":\"(A)\"},{\"input\":\"J\",\"target\":\"(B)\"}]}", "#0|I\nOptions:||(A)", "#1|J||(B)")]
    [InlineData("array.json", "[{\"prompt\":\"I\"},\"only text\"]", "#0|I||", "#1|only text||")]
    public void Read_KnownFormats_GivesQuestionChoicesAnswers(string name, string content, params string[] expected)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        using (FileStream file = File.Create(path + ".gz"))
        using (var gzip = new GZipStream(file, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(content));
        foreach (string stored in (string[])[path, path + ".gz"])
        {
            var set = new TestSet(files: [stored]);
            Assert.Equal(expected.Select(item => stored + item), set.Files().SelectMany(new TestSetReader("s", set).Read)
                .Select(item => $"{item.Thing.Place}|{item.Question}|{string.Join(',', item.Choices)}|{string.Join(',', item.Answers)}"));
        }
    }

    [Fact]
    public void Read_ColumnsOfOnesOwn_AreTakenByNameOrNumber()
    {
        string path = Path.Combine(_folder, "own.csv"), json = Path.Combine(_folder, "own.jsonl");
        File.WriteAllText(path, "x,the question,y\n");
        File.WriteAllText(json, """{"meta":{"q":"deep"},"question":"not this","answer":"nor this"}""");
        var set = new TestSet(files: [path], question: ["1"], answer: []);
        var nested = new TestSet(files: [json], question: ["meta.q"], answer: []);
        Assert.Equal("the question", new TestSetReader("s", set).Read(path).Single().Question);
        TestItem item = new TestSetReader("s", nested).Read(json).Single();
        Assert.Equal(("deep", 0), (item.Question, item.Answers.Count));
    }

    [Theory]
    [InlineData("a.jsonl", "{\"question\": ", "a.jsonl:1 is no JSON")]
    [InlineData("a.jsonl", "{\"foo\": \"x\"}", "no record has any of the columns")]
    [InlineData("a.jsonl", "{\"question\": \"\\ud800\"}", "half a surrogate pair")]
    [InlineData("a.txt", "text", "is a test set")]
    [InlineData("a.json.gz", "not gzip", "damaged .gz")]
    public void Decontaminate_WrongFile_SaysWhatToDo(string name, string content, string message)
    {
        File.WriteAllText(Path.Combine(_folder, name), content);
        Assert.Contains(message, Assert.Throws<ConfigurationException>(() => new Decontaminate(new Dictionary<string, TestSet> { ["s"] = new(files: [_folder]) })).Message);
    }

    [Fact]
    public void Decontaminate_MoreWordsThanMemory_SaysSo()
    {
        string path = Path.Combine(_folder, "big.jsonl");
        File.WriteAllLines(path, Enumerable.Range(0, 1200).Select(i => $"{{\"question\":\"{string.Join(' ', Enumerable.Range(0, 10).Select(word => $"w{i}x{word}"))}\"}}"));
        var sets = new Dictionary<string, TestSet> { ["s"] = new(files: [path]) };
        Assert.Contains("max_memory_mb", Assert.Throws<ConfigurationException>(() => new Decontaminate(sets, maxMemoryMb: 1)).Message);
        Assert.Equal(1200, new Decontaminate(sets, maxMemoryMb: 2).Wanted["s"]);
        Assert.Contains("`sets` is empty", Assert.Throws<ConfigurationException>(() => new Decontaminate(new Dictionary<string, TestSet>())).Message);
    }
}
