using System.IO.Compression;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Ingest.Books;
using DataPipeline.Ingest.Code;
using DataPipeline.Ingest.Dialogue;
using DataPipeline.Ingest.Preference;
using DataPipeline.Ingest.Tables;
using DataPipeline.Ingest.Text;
using DataPipeline.Ingest.Web;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Ingest;

/// <summary>What every source promises: any bytes are read to their end without an exception, twice the same, with record numbers that
/// rise.</summary>
public sealed class SourceContractTests
{
    public static TheoryData<string> Names => [.. Sources.Keys];

    private static Dictionary<string, Func<string, Source>> Sources { get; } = new()
    {
        ["warc"] = path => new WarcSource([path], maxRecordBytes: 4096),
        ["html"] = path => new HtmlSource([path], maxRecordBytes: 4096),
        ["code"] = path => new CodeSource([path], maxRecordBytes: 4096),
        ["books"] = path => new BooksSource([path], maxRecordBytes: 4096),
        ["text"] = path => new TextSource([path], maxRecordBytes: 4096),
        ["lines"] = path => new TextSource([path], TextSplit.Line, maxRecordBytes: 1024),
        ["paragraphs"] = path => new TextSource([path], TextSplit.Paragraph, maxRecordBytes: 1024),
        ["messages"] = path => new MessagesSource([path], maxRecordBytes: 1024),
        ["oasst"] = path => new OasstSource([path], maxRecordBytes: 1024),
        ["stack_exchange"] = path => new StackExchangeSource([path]),
        ["preference"] = path => new PreferenceSource([path], maxRecordBytes: 1024),
        ["jsonl"] = path => new JsonlSource([path], maxRecordBytes: 1024),
        ["csv"] = path => new CsvSource([path], maxRecordBytes: 1024),
        ["parquet"] = path => new ParquetSource([path]),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_AnyBytes_NeverThrowsAndRepeatsItself(string name)
    {
        string[] seeds =
        [
            "", "\n", "[", "[[", "{\"text\":\"a\"}\n[", "[{\"text\":\"a\"},", "\"", "a,\"b\n",
                "<posts><row Id=\"1\" PostTypeId=\"1\" Body=\"&#0;\"/>", "<!DOCTYPE x [<!ENTITY a \"b\">]><posts/>",
            "WARC/1.0\r\nContent-Length: 5\r\n\r\nabc", "WARC/1.0\r\nContent-Length: 99999999999\r\n\r\nabc", "PK\u0003\u0004", "PAR1PAR1",
                "*** START OF THIS PROJECT GUTENBERG EBOOK",
            "{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800\"},{\"role\":\"assistant\",\"content\":\"x\"}]}", new string('x', 9000),
                new string('[', 9000), new string('\n', 9000),
        ];
        var random = new Random(name.Length);
        using var folder = new Temporary();
        foreach (string seed in seeds)
        {
            byte[] plain = Encoding.UTF8.GetBytes(seed);
            for (int round = 0; round < 12; round++)
            {
                byte[] bytes = [.. plain];
                for (int i = 0; i < round && bytes.Length > 0; i++)
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                if (round % 3 == 2)
                    bytes = Packed(bytes, random, broken: round > 5);
                string path = folder.Write("input", bytes);
                var first = Trace(Sources[name](path));
                Assert.Equal(first, Trace(Sources[name](path)));
                for (int i = 1; i < first.Count; i++)
                    Assert.True(first[i].Origin.Record > first[i - 1].Origin.Record);
            }
        }
    }

    [Fact]
    public void Read_TarBomb_StopsEarly()
    {
        using var folder = new Temporary();
        string path = Path.Combine(folder.Folder, "bomb.tar.gz");
        using (var gzip = new GZipStream(File.Create(path), CompressionLevel.SmallestSize))
        using (var tar = new System.Formats.Tar.TarWriter(gzip))
            tar.WriteEntry(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile,
                "a.py") { DataStream = new ZeroStream(300L << 20) });
        var (documents, drops) = Temporary.Run(new CodeSource([path], maxExpansion: 500));
        Assert.Empty(documents);
        Assert.Contains(drops, drop => drop.Reason is "decompression_bomb");
    }

    [Fact]
    public void Parse_Csv_ReadsQuotedCells()
    {
        using var folder = new Temporary();
        var (documents, drops) = Temporary.Run(new CsvSource([folder.Write("a.csv", "text,label\r\n\"a, \"\"b\"\"\nc\",1\r\n,2\r\nx,3")],
            metadataColumns: ["label"]));
        Assert.Equal([("a, \"b\"\nc", "1", 1L), ("x", "3", 3L)],
            documents.Select(document => (document.Text, document.Metadata["label"], document.Origin.Record)));
        Assert.Equal("empty_text", Assert.Single(drops).Reason);
        var (rows, _) = Temporary.Run(new CsvSource([folder.Write("b.tsv", "x\ty\nz\tw")], "1", separator: "tab", header: false));
        Assert.Equal(["y", "w"], rows.Select(row => row.Text));
    }

    [Fact]
    public void Parse_Parquet_MapsColumns()
    {
        using var folder = new Temporary();
        string path = Path.Combine(folder.Folder, "a.parquet");
        var schema = new ParquetSchema(new DataField("text", typeof(string), true), new DataField("label", typeof(int), false));
        var text = new BinaryColumnBuffer(schema.DataFields[0]);
        var label = new ColumnBuffer<int>(schema.DataFields[1]);
        foreach (string? value in (string?[])["one", null, "three"])
        {
            if (value is null)
                text.AddNull();
            else
                text.Add(value);
        }
        label.AddRange([1, 2, 3]);
        using (var writer = ParquetWriter.Create(path, schema))
            {
            writer.WriteRowGroup([text, label]);
            writer.Finish();
        }
        var (documents, drops) = Temporary.Run(new ParquetSource([path], metadataColumns: ["label"]));
        Assert.Equal([("one", "1", 0L), ("three", "3", 2L)], documents.Select(document =>
            (document.Text, document.Metadata["label"], document.Origin.Record)));
        Assert.Equal(("missing_column", 1L), (Assert.Single(drops).Reason, drops[0].Origin.Record));
    }

    private static List<(Origin Origin, string Outcome)> Trace(Source source)
    {
        var trace = new List<(Origin, string)>();
        foreach (RawRecord record in source.Files().SelectMany(file => source.Read(file)))
        {
            Verdict verdict = record.Problem is null ? source.Parse(record) : default;
            trace.Add((record.Origin, record.Problem ?? verdict.Reason ?? verdict.Document!.Text));
        }
        return trace;
    }

    private static byte[] Packed(byte[] bytes, Random random, bool broken)
    {
        using var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, CompressionLevel.Fastest, true))
            gzip.Write(bytes);
        byte[] packed = stored.ToArray();
        if (broken && packed.Length > 0)
            packed[random.Next(packed.Length)] ^= (byte)random.Next(1, 256);
        return packed;
    }

    private sealed class ZeroStream(long length) : Stream
    {
        private long _left = length;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length { get; } = length;

        public override long Position { get => Length - _left; set => _left = Length - value; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = (int)Math.Min(_left, count);
            Array.Clear(buffer, offset, read);
            _left -= read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => Position = origin == SeekOrigin.Begin ? offset : origin == SeekOrigin.End
            ? Length + offset : Position + offset;

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
