using DataPipeline.Core;
using DataPipeline.Dedup;
using DataPipeline.Dedup.Files;

namespace DataPipeline.Tests.Dedup;

public sealed class KeyFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dedup-").FullName;

    [Theory]
    [InlineData(0, 10)]
    [InlineData(1, 10)]
    [InlineData(500, 7)]
    [InlineData(500, 1_000_000)]
    public void Read_WrittenKeys_EveryBucketHoldsItsOwn(int rows, int segmentKeys)
    {
        var seed = new Seed(5);
        Signature[][] signatures = [.. Enumerable.Range(0, rows).Select(row => (Signature[])
            [new([new UInt128(seed.Number((ulong)row), 1)], []), new([.. Enumerable.Range(0, row % 4).Select(i => new UInt128(seed.For((ulong)row).Number((ulong)i), 2))], [])])];
        string path = Path.Combine(_folder, "some.keys");
        using (var writer = new KeyFileWriter(path, 2, segmentKeys))
        {
            for (int row = 0; row < rows; row++)
                writer.Add(row < 100 ? "a" : row < 200 ? "b" : "a", signatures[row]);
            writer.Finish();
        }
        var file = new KeyFile(path);
        Assert.Equal(rows, file.Rows);
        Assert.Equal(rows == 500 ? [("a", 100), ("b", 100), ("a", 300)] : rows == 1 ? [("a", 1)] : [], file.Sources);
        for (int kind = 0; kind < 2; kind++)
        {
            DocumentKey[] all = [.. signatures.SelectMany((signature, row) => signature[kind].Keys.Select(key => new DocumentKey(key, row))).Order()];
            Assert.Equal(all, file.Read(kind, 0, 256).Order());
            Assert.Equal(all.Where(key => key.Bucket is >= 10 and < 90), file.Read(kind, 10, 90).Order());
            Assert.Equal(all.Count(key => key.Bucket == 77), file.Count(kind, 77));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(100)]
    public void Open_BrokenFile_SaysWhatToDo(int bytes)
    {
        string path = Path.Combine(_folder, "broken.keys");
        File.WriteAllBytes(path, new byte[bytes]);
        Assert.Contains("run again", Assert.Throws<InputException>(() => new KeyFile(path)).Message);
    }

    [Fact]
    public void GroupFile_WrittenGroups_AreRead()
    {
        string path = Path.Combine(_folder, "some.groups");
        using (var writer = new BinaryWriter(File.Create(path)))
        {
            GroupFile.Write(writer, [2, 0, 300_000, 3, 5, 6, int.MaxValue]);
            writer.Write7BitEncodedInt(0);
        }
        Assert.Equal(["0 300000", "5 6 2147483647"], GroupFile.Read(path).Select(group => string.Join(' ', group)));
    }

    [Fact]
    public void IdFile_WrittenIds_AreFound()
    {
        string path = Path.Combine(_folder, "some.ids");
        using (var writer = new IdFileWriter(path))
        {
            writer.Add("web:a.warc#0");
            writer.Add("");
            writer.Add("web:ä#2");
            writer.Finish();
        }
        using var ids = new IdFile(path);
        Assert.Equal(["web:a.warc#0", "", "web:ä#2"], Enumerable.Range(0, 3).Select(row => ids[row]));
    }

    [Fact]
    public void OpenFiles_MoreThanMost_ClosesTheOldest()
    {
        var open = new List<int>();
        using var files = new OpenFiles<Fake>(shard => new Fake(shard, open), most: 2);
        foreach (int shard in (int[])[1, 2, 1, 3, 2, 1])
            Assert.Equal(shard, files[shard].Shard);
        Assert.Equal([3, 1], open);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private sealed class Fake : IDisposable
    {
        private readonly List<int> _open;

        public Fake(int shard, List<int> open)
        {
            (Shard, _open) = (shard, open);
            open.Add(shard);
        }

        public int Shard { get; }

        public void Dispose() => _open.Remove(Shard);
    }
}
