using System.Text;
using DataPipeline.Core;
using DataPipeline.Dedup.JsonLines;
using DataPipeline.Ingest.Tables;

namespace DataPipeline.Tests.Dedup;

public sealed class LineBlocksTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    [Theory]
    [InlineData("{\"text\": \"a\"}\n{\"text\": \"b\"}\n")]
    [InlineData("\ufeff{\"text\": \"a\"}\r\n\r\n \t{\"text\": \"b\"} \n\n\nbroken\n{\"text\": \"宇宙\"}")]
    [InlineData("  \n{}\n\r{}\r\r\n")]
    public void Read_AnyRanges_GiveTheRecordsOfTheSource(string text)
    {
        File.WriteAllText(_path, text, new UTF8Encoding(false));
        Assert.True(LineBlocks.Reads(_path));
        for (long size = 1; size <= text.Length + 4; size++)
            Assert.Equal(OfSource(), OfBlocks(size));
    }

    [Fact]
    public void Read_LinesLongerThanABlock_StayWhole()
    {
        string[] lines = [.. Enumerable.Range(0, 40).Select(i => $"{{\"text\": \"{new string((char)('a' + i % 26), (int)(i * i * 4000L % 3_000_000))}\"}}")];
        File.WriteAllLines(_path, lines);
        Assert.Equal(OfSource(), OfBlocks(5_000_000));
    }

    [Theory]
    [InlineData("[{\"text\": \"a\"}]")]
    [InlineData("\u001f\u008b\n{\"text\": 1}")]
    [InlineData(" \n")]
    [InlineData("")]
    public void Reads_NoLinesOfObjects_IsFalse(string text)
    {
        File.WriteAllText(_path, text, Encoding.Latin1);
        Assert.False(LineBlocks.Reads(_path));
    }

    public void Dispose() => File.Delete(_path);

    private string[] OfSource()
    {
        var source = new JsonlSource([_path]);
        return [.. source.Read(source.Files()[0]).Select(Show)];
    }

    private List<string> OfBlocks(long rangeBytes)
    {
        var records = new List<string>();
        long first = 0;
        foreach ((long from, long to) in LineBlocks.Ranges(_path, rangeBytes))
        {
            Assert.Equal(first, LineBlocks.Count(_path, 0, from));
            foreach (LineBlock block in LineBlocks.Read(_path, from, to, first))
            {
                int index = 0;
                foreach (BlockLine line in block.Lines)
                    records.Add(Show(block.Record(_path, line, index++)));
                first += index;
                block.Return();
            }
        }
        return records;
    }

    private static string Show(RawRecord record) => $"{record.Origin.Record} {record.Origin.Offset} {Encoding.UTF8.GetString(record.Content.Span)}";
}
