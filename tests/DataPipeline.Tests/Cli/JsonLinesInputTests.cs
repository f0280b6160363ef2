using System.Text;
using DataPipeline.Cli;
using DataPipeline.Core;

namespace DataPipeline.Tests.Cli;

public class JsonLinesInputTests
{
    private static readonly string[] Pieces =
    [
        "\"text\": \"plain\"", "\"text\":\"a\\nb \\\"q\\\" \\u5b87\\ud840\\udc00\"", "\"text\": \"\"", "\"text\": null", "\"text\": [\"a\", \"b\"]", "\"text\": 3", "\"te\\u0078t\": \"named by an escape\"",
        "\"text\": \"lone \\ud800 surrogate\"", "\"text\": \"宇宙 𠀀\"", "\"id\": 7", "\"id\": null", "\"id\": \"x\\u00e9\"", "\"id\": {\"id\": [1]}", "\"url\": \"https://example.org/\"", "\"url\": 5", "\"url\": null",
        "\"more\": {\"text\": \"inner\", \"url\": [1, {\"id\": 2}]}", "\"score\": 0.5", "\"score\": \"0.25\"", "\"open\": \"", "\"dangling\": ", "\"lone\": \"\\udc00\"",
    ];

    [Fact]
    public void Read_AnyLine_GivesWhatTheTreeGives()
    {
        var input = new JsonLinesInput("a.jsonl", metadataColumns: ["url", "score"]);
        int read = 0;
        for (ulong i = 0; i < 2_500; i++)
        {
            var seed = new Seed(i);
            string line = "{" + string.Join(", ", Enumerable.Range(0, (int)seed.Below(5, 0)).Select(k => Pieces[(int)seed.Below((ulong)Pieces.Length, (ulong)k + 1)])) + (seed.Below(20, 9) == 0 ? "" : "}")
                + (seed.Below(20, 10) == 0 ? " {}" : "");
            Check(input, Encoding.UTF8.GetBytes(line), ref read);
        }
        Check(input, [.. "{\"text\": \"broken "u8, 0xff, .. "\", \"id\": 1}"u8], ref read);
        Check(input, [.. "{\"text\": \"sound\", \"other\": \"broken "u8, 0xc3, .. "\"}"u8], ref read);
        Assert.True(read > 200, $"only {read} lines were read in one pass");
    }

    private static void Check(JsonLinesInput input, byte[] line, ref int read)
    {
        var record = new RawRecord(new Origin("a.jsonl", 12), line);
        Verdict expected = input.ParseAll(record), verdict = input.Parse(record);
        Assert.Equal((expected.Reason, expected.Detail), (verdict.Reason, verdict.Detail));
        Assert.Equal(expected.Document, verdict.Document);
        if (input.Read(record) is not { } document)
            return;
        Assert.Equal(expected.Document, document);
        read++;
    }
}
