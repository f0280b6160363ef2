using System.Buffers.Binary;
using System.IO.Compression;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

/// <summary>Pages and chunks as other writers make them, right ones and wrong ones.</summary>
public class ForeignPageTests
{
    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(null, 0)]
    [InlineData(-1, 10)]
    [InlineData(null, 10)]
    public void ReadRows_DictionaryPlaces_AllAreFound(int? dictionaryOffset, int missingBytes)
    {
        // An offset of 0 or none says that the dictionary stands where the data is said to start; old parquet-mr forgot its header in the chunk's length.
        HandColumn column = new HandColumn { DictionaryOffset = dictionaryOffset == 0 ? null : dictionaryOffset, MissingBytes = missingBytes }
            .Page(PageKind.Dictionary, 2, PageEncoding.PlainDictionary, HandFile.Ints(10, 20)).Page(PageKind.Data, 3, PageEncoding.PlainDictionary, [1, .. HandFile.Runs(1, 0, 1)]);
        byte[] file = new HandFile { CreatedBy = "parquet-mr version 1.2.8" }.Leaf("a", Repetition.Required, PhysicalType.Int32, column).Build(3);
        Assert.Equal(["""{"a":20}""", """{"a":10}""", """{"a":20}"""], HandFile.Read(file));
    }

    [Fact]
    public void ReadRows_ChunkTooShortByMore_Refused()
    {
        HandColumn column = new HandColumn { MissingBytes = 10 }.Data(3, HandFile.Ints(1, 2, 3));
        Assert.Contains("the page claims 12 bytes where 2 are left in its column", HandFile.Fault(new HandFile().Leaf("a", Repetition.Required, PhysicalType.Int32, column).Build(3)), StringComparison.Ordinal);
    }

    [Fact]
    public void ReadRows_DictionaryOfOneInNoBits_Read()
    {
        HandColumn column = new HandColumn { DictionaryOffset = -1 }.Page(PageKind.Dictionary, 1, PageEncoding.Plain, HandFile.Ints(10)).Page(PageKind.Data, 3, PageEncoding.RleDictionary, [0, 6]);
        Assert.Equal(3, HandFile.Read(new HandFile().Leaf("a", Repetition.Required, PhysicalType.Int32, column).Build(3)).Count(line => line == """{"a":10}"""));
    }

    [Fact]
    public void ReadRows_BitPackedLevels_Read()
    {
        // 1, 0, 1 from the most significant bit.
        HandColumn column = new HandColumn().Page(PageKind.Data, 3, PageEncoding.Plain, [0b1010_0000, .. HandFile.Ints(1, 2)], levels: PageEncoding.BitPacked);
        Assert.Equal(["""{"a":1}""", """{"a":null}""", """{"a":2}"""], HandFile.Read(new HandFile().Leaf("a", Repetition.Optional, PhysicalType.Int32, column).Build(3)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [InlineData(null)]
    public void ReadRows_VersionTwoFlagOfCompression_LengthsTellWhereItIsWrong(bool? flag)
    {
        using var codec = new PageCodec();
        var packed = new ByteBuffer();
        codec.Compress(CompressionMethod.Snappy, 0, HandFile.Ints(5, 5, 5, 5, 5, 5, 5, 5), packed);
        HandColumn column = new HandColumn { Codec = CompressionMethod.Snappy }.PageV2(8, 0, PageEncoding.Plain, [], [], packed.Span.ToArray(), 32, flag);
        Assert.Equal(8, HandFile.Read(new HandFile().Leaf("a", Repetition.Required, PhysicalType.Int32, column).Build(8)).Count(line => line == """{"a":5}"""));
    }

    [Theory]
    [InlineData(CompressionMethod.Zstd, "KLUv/SAAAQAA")]
    [InlineData(CompressionMethod.Snappy, "")]
    [InlineData(CompressionMethod.Snappy, "AA==")]
    [InlineData(CompressionMethod.Gzip, "")]
    public void ReadRows_VersionTwoOfNullsAlone_BytesOrNoBytes(CompressionMethod codec, string body)
    {
        HandColumn column = new HandColumn { Codec = codec }.PageV2(2, 2, PageEncoding.Plain, [], HandFile.Runs(0, 0), Convert.FromBase64String(body), 0);
        Assert.Equal(["""{"a":null}""", """{"a":null}"""], HandFile.Read(new HandFile().Leaf("a", Repetition.Optional, PhysicalType.Float, column).Build(2)));
    }

    [Fact]
    public void ReadRows_TwoGzipMembersInAPage_BothAreRead()
    {
        byte[] body = [.. Gzip(HandFile.Ints(1, 2)), .. Gzip(HandFile.Ints(3))];
        HandColumn column = new HandColumn { Codec = CompressionMethod.Gzip }.Page(PageKind.Data, 3, PageEncoding.Plain, body, unpacked: 12);
        Assert.Equal(["""{"a":1}""", """{"a":2}""", """{"a":3}"""], HandFile.Read(new HandFile().Leaf("a", Repetition.Required, PhysicalType.Int32, column).Build(3)));

        static byte[] Gzip(byte[] bytes)
        {
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
                gzip.Write(bytes);
            return packed.ToArray();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ReadRows_OldLz4_EveryFramingIsRead(int form)
    {
        byte[] values = HandFile.Ints([.. Enumerable.Repeat(7, 300)]), first = Block(values[..800]), second = Block(values[800..]), whole = Block(values);
        byte[] body = form switch
        {
            0 => whole,
            1 => [.. Length(1200), .. Length(whole.Length), .. whole],
            2 => [.. Length(800), .. Length(first.Length), .. first, .. Length(400), .. Length(second.Length), .. second],

            // One length unpacked for two blocks: what Hadoop writes when its buffer is smaller than the page.
            _ => [.. Length(1200), .. Length(first.Length), .. first, .. Length(second.Length), .. second],
        };
        HandColumn column = new HandColumn { Codec = CompressionMethod.Lz4 }.Page(PageKind.Data, 300, PageEncoding.Plain, body, unpacked: 1200);
        byte[] file = new HandFile().Leaf("a", Repetition.Required, PhysicalType.Int32, column).Build(300);
        Assert.Equal(300, HandFile.Read(file).Count(line => line == """{"a":7}"""));

        static byte[] Block(byte[] bytes)
        {
            byte[] packed = new byte[Lz4.MaxCompressedLength(bytes.Length)];
            return packed[..Lz4.Compress(bytes, packed)];
        }

        static byte[] Length(int length)
        {
            byte[] bytes = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(bytes, length);
            return bytes;
        }
    }

    [Fact]
    public void ReadRows_LzoOrLaterCodec_NamesItAndThePlace()
    {
        foreach (int codec in (int[])[3, 42])
        {
            HandColumn column = new HandColumn { Codec = (CompressionMethod)codec }.Data(1, HandFile.Ints(1));
            string fault = HandFile.Fault(new HandFile().Leaf("a", Repetition.Required, PhysicalType.Int32, column).Build(1));
            Assert.Equal($"hand.parquet: row group 0, column a, page 0 at offset 4: pages packed with {(CompressionMethod)codec} are not read here", fault);
        }
    }

    [Fact]
    public void ReadRows_WrongChecksum_RefusedUnlessNotAsked()
    {
        HandColumn column = new HandColumn().Page(PageKind.Data, 1, PageEncoding.Plain, HandFile.Ints(9), crc: 1);
        byte[] file = new HandFile().Leaf("a", Repetition.Required, PhysicalType.Int32, column).Build(1);
        Assert.Contains("does not match its checksum", HandFile.Fault(file), StringComparison.Ordinal);
        Assert.Equal(["""{"a":9}"""], HandFile.Read(file, new ReadLimits { CheckPageChecksums = false }));
    }

    [Fact]
    public void ReadRows_TextsInADictionaryOfFixedLength_Refused()
    {
        HandColumn column = new HandColumn { DictionaryOffset = -1 }.Page(PageKind.Dictionary, 2, PageEncoding.Plain, HandFile.Texts("abcd", "efgh")).Page(PageKind.Data, 1, PageEncoding.RleDictionary, [1, 2, 0]);
        string fault = HandFile.Fault(new HandFile().Leaf("a", Repetition.Required, PhysicalType.FixedLenByteArray, column, length: 4).Build(1));
        Assert.Contains("8 bytes are left after the last value", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadRows_LevelsInARequiredColumn_Refused()
    {
        HandColumn column = new HandColumn().Data(2, [.. HandFile.Levels(1, 0), .. HandFile.Ints(1)]);
        Assert.Contains("bytes are left after the last value", HandFile.Fault(new HandFile().Leaf("a", Repetition.Required, PhysicalType.Int32, column).Build(2)), StringComparison.Ordinal);
        column = new HandColumn().PageV2(2, 1, PageEncoding.Plain, [], HandFile.Runs(1, 0), HandFile.Ints(1, 0), 8);
        Assert.Contains("1 nulls in a column that has none", HandFile.Fault(new HandFile().Leaf("a", Repetition.Required, PhysicalType.Int32, column).Build(2)), StringComparison.Ordinal);
    }

    [Fact]
    public void ReadRows_LevelsThatLie_Refused()
    {
        Assert.Contains("the column starts within a row", Fault([.. HandFile.Levels(1, 0), .. HandFile.Levels(1, 1), .. HandFile.Ints(1, 2)]), StringComparison.Ordinal);
        Assert.Contains("the page ends before its last value", Fault([.. HandFile.Levels(0), .. HandFile.Levels(1, 1), .. HandFile.Ints(1, 2)]), StringComparison.Ordinal);
        Assert.Contains("a level of 3 is found where the schema allows 1", Fault([.. HandFile.Levels(0, 1), .. HandFile.Levels(3, 1), .. HandFile.Ints(1, 2)]), StringComparison.Ordinal);

        static string Fault(byte[] body) => HandFile.Fault(new HandFile().Leaf("a", Repetition.Repeated, PhysicalType.Int32, new HandColumn().Data(2, body)).Build(1));
    }

    [Fact]
    public void ReadRows_PrefixesThatMultiply_RefusedByLimit()
    {
        // A text of 1,000 bytes, then a hundred thousand that are "the one before and one more byte".
        byte[] prefixes = Delta([0, .. Enumerable.Range(1000, 100_000)]), suffixes = Delta([1000, .. Enumerable.Repeat(1, 100_000)]);
        HandColumn column = new HandColumn().Page(PageKind.Data, 100_001, PageEncoding.DeltaByteArray, [.. prefixes, .. suffixes, .. new byte[101_000]]);
        byte[] file = new HandFile().Leaf("a", Repetition.Required, PhysicalType.ByteArray, column).Build(100_001);
        using ParquetReader reader = ParquetReader.Open(new MemoryStream(file), "bomb", new ReadLimits { MaxColumnBytes = 1 << 24 });
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("MaxColumnBytes", Assert.Throws<ParquetException>(() => reader.RowGroups[0].Read(reader.Schema.DataFields[0])).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 26);

        static byte[] Delta(int[] values)
        {
            var output = new ByteBuffer();
            new DeltaEncoder().Encode([.. values.Select(value => (long)value)], is32Bits: true, output);
            return output.Span.ToArray();
        }
    }

    [Fact]
    public void ReadRows_BillionsOfLengthsInAFewBytes_RefusedWithoutMemory()
    {
        // Blocks of 2^24 differences in no bits: five bytes claim sixteen million lengths.
        byte[] lengths = [0x80, 0x80, 0x80, 0x08, 1, .. (byte[])[0xFF, 0xFF, 0xFF, 0xFF, 0x07], 0, .. Enumerable.Repeat((byte)0, 300)];
        HandColumn column = new HandColumn().Page(PageKind.Data, 5, PageEncoding.DeltaLengthByteArray, lengths);
        byte[] file = new HandFile().Leaf("a", Repetition.Required, PhysicalType.ByteArray, column).Build(5);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(5, HandFile.Read(file).Count(line => line == """{"a":""}"""));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 22);
    }
}
