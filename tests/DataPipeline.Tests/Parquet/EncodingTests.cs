using DataPipeline.Parquet;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Parquet;

public class EncodingTests
{
    [Fact]
    public void RleEncoder_AnyRuns_DecodeEqual() =>
        Prop.ForAll<(byte Value, byte Count)[]>(runs =>
        {
            var output = new ByteBuffer();
            var encoder = new RleEncoder();
            encoder.Start(output, 5);
            foreach ((byte value, byte count) in runs)
                encoder.Add(value & 31, count % 40);
            encoder.Flush();

            int[] wanted = [.. runs.SelectMany(run => Enumerable.Repeat(run.Value & 31, run.Count % 40))];
            int[] found = new int[wanted.Length];
            byte[] bytes = output.Span.ToArray();
            var decoder = new RleDecoder(bytes, 0, bytes.Length, 5);
            for (int at = 0; at < found.Length; at += 7)
                decoder.Read(found.AsSpan(at, Math.Min(7, found.Length - at)));
            return wanted.SequenceEqual(found);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void RleDecoder_EveryWidthAndPlace_UnpacksTheBits()
    {
        var random = new Random(2);
        for (int width = 0; width <= 32; width++)
        {
            byte[] packed = new byte[width * 20];
            random.NextBytes(packed);
            byte[] page = [(20 << 1) | 1, .. packed];
            int[] wanted = new int[160];
            for (int i = 0; i < wanted.Length; i++)
            {
                for (int bit = 0; bit < width; bit++)
                    wanted[i] |= ((packed[((i * width) + bit) >> 3] >> (((i * width) + bit) & 7)) & 1) << bit;
            }

            foreach (int step in (int[])[160, 8, 64, 13, 1])
            {
                int[] found = new int[160];
                var decoder = new RleDecoder(page, 0, page.Length, width);
                for (int at = 0; at < found.Length; at += step)
                    decoder.Read(found.AsSpan(at, Math.Min(step, found.Length - at)));
                Assert.Equal(wanted, found);
            }
        }
    }

    [Fact]
    public void RleDecoder_ExampleOfTheFormat_DecodesOneToSeven()
    {
        // The numbers 0 to 7 in three bits, from the format's page on encodings: header of one group, then 88 C6 FA.
        byte[] bytes = [0x03, 0x88, 0xC6, 0xFA];
        int[] found = new int[8];
        new RleDecoder(bytes, 0, bytes.Length, 3).Read(found);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], found);
    }

    [Fact]
    public void BitPackedLevels_ExampleOfTheFormat_DecodesOneToSeven()
    {
        var levels = new LevelRuns();
        new BitPackedLevels([0x05, 0x39, 0x77], 0, 3, 3).Read(levels, 8, 7);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], Enumerable.Range(0, levels.RunCount).Select(i => levels[i].Level));
    }

    [Theory]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Lz4Raw)]
    [InlineData(CompressionMethod.Brotli)]
    public void PageCodec_AnyBytes_RoundTrip(CompressionMethod method)
    {
        using var codec = new PageCodec();
        var random = new Random(1);
        for (int i = 0; i < 200; i++)
        {
            byte[] source = new byte[random.Next(i * 1500)];
            for (int at = 0; at < source.Length;)
            {
                int run = Math.Min(source.Length - at, 1 + random.Next(100));
                if (at > 0 && random.Next(3) > 0)
                {
                    int back = 1 + random.Next(Math.Min(at, 70_000));
                    for (int k = 0; k < run; k++)
                        source[at + k] = source[at + k - back];
                }
                else
                {
                    random.NextBytes(source.AsSpan(at, run));
                }

                at += run;
            }

            var packed = new ByteBuffer();
            codec.Compress(method, 3, source, packed);
            PageCodec.CheckClaim(method, packed.Span, source.Length);
            byte[] found = new byte[source.Length];
            codec.Decompress(method, packed.Span, found);
            Assert.Equal(source, found);
        }
    }

    [Fact]
    public void DeltaEncoder_AnyIntegers_DecodeEqual()
    {
        var random = new Random(5);
        for (int i = 0; i < 400; i++)
        {
            int width = random.Next(65);
            long[] wanted = [.. Enumerable.Range(0, random.Next(600)).Select(_ => random.NextInt64(long.MinValue, long.MaxValue) >> (64 - Math.Max(1, width)))];
            var output = new ByteBuffer();
            new DeltaEncoder().Encode(wanted, is32Bits: width <= 32, output);
            long[] found = new long[wanted.Length];
            new DeltaReader(output.Span.ToArray(), 0, output.Length).Read(found);
            Assert.Equal(width <= 32 ? wanted.Select(value => (long)(int)value) : wanted, width <= 32 ? found.Select(value => (long)(int)value) : found);
        }
    }

    [Fact]
    public void Crc32_AnyBytes_AsTheBitwiseDefinition()
    {
        Assert.Equal(0xCBF43926u, Crc32.Of("123456789"u8));
        byte[] bytes = new byte[500];
        new Random(3).NextBytes(bytes);
        for (int length = 0; length < bytes.Length; length += length < 300 ? 1 : 37)
        {
            uint wanted = uint.MaxValue;
            for (int bit = 0; bit < length * 8; bit++)
                wanted = ((wanted ^ (uint)(bytes[bit >> 3] >> (bit & 7))) & 1) != 0 ? (wanted >> 1) ^ 0xEDB88320 : wanted >> 1;
            Assert.Equal(~wanted, Crc32.Of(bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void DeltaReader_ExamplesOfTheFormat_Decode()
    {
        // 1 to 5: block 128 in 4, 5 values, first 1; smallest difference 1 and width 0 everywhere.
        byte[] rising = [0x80, 0x01, 0x04, 0x05, 0x02, 0x02, 0, 0, 0, 0];
        long[] found = new long[5];
        new DeltaReader(rising, 0, rising.Length).Read(found);
        Assert.Equal([1, 2, 3, 4, 5], found);

        // 7, 5, 3, 1, 2, 3, 4, 5: differences -2 -2 -2 1 1 1 1, less -2 they are 0 0 0 3 3 3 3 in two bits.
        byte[] bent = [0x80, 0x01, 0x04, 0x08, 0x0E, 0x03, 2, 0, 0, 0, 0xC0, 0x3F, 0, 0, 0, 0, 0, 0];
        found = new long[8];
        new DeltaReader(bent, 0, bent.Length).Read(found);
        Assert.Equal([7, 5, 3, 1, 2, 3, 4, 5], found);
    }

    [Fact]
    public void DeltaBytes_ExampleOfTheFormat_Decodes()
    {
        var schema = new ParquetSchema(new DataField<string>("a", isNullable: false));
        byte[] page = [.. Delta(0, 2, 0, 3), .. Delta(4, 2, 6, 5), .. "axislebabbleyhood"u8];
        var column = new BinaryColumnBuffer(schema.DataFields[0]);
        ValueDecoder decoder = ValueDecoder.Create(PageEncoding.DeltaByteArray, schema.DataFields[0], null, page, 0, page.Length);
        decoder.Decode(column, 1);
        decoder.Decode(column, 3);
        Assert.Equal(["axis", "axle", "babble", "babyhood"], Enumerable.Range(0, 4).Select(column.GetString));
        Assert.Throws<ParquetException>(() => decoder.Decode(column, 1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("日本語のテキストは六十四バイトを越えるまで続く、それから切られるはずである。")]
    [InlineData("\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF\U0010FFFF")]
    public void TextBounds_AnyText_HoldsItBetween(string text)
    {
        byte[] value = System.Text.Encoding.UTF8.GetBytes(text);
        byte[] lower = TextBounds.Lower(value, out bool isMinExact);
        byte[]? upper = TextBounds.Upper(value, out bool isMaxExact);
        Assert.Equal(value.Length <= 64, isMinExact);
        Assert.Equal(value.Length <= 64, isMaxExact);
        Assert.True(lower.AsSpan().SequenceCompareTo(value) <= 0);
        Assert.True(upper is null || upper.AsSpan().SequenceCompareTo(value) >= 0);
        Assert.True(System.Text.Unicode.Utf8.IsValid(lower) && System.Text.Unicode.Utf8.IsValid(upper ?? []));
    }

    /// <summary>A delta-packed run of small numbers in one block of 128, first miniblock in 8 bits.</summary>
    private static byte[] Delta(params int[] values)
    {
        int[] deltas = [.. values.Zip(values.Skip(1), (a, b) => b - a)];
        int min = deltas.Min();
        var bytes = new List<byte> { 0x80, 0x01, 0x04, (byte)values.Length, (byte)(values[0] << 1), (byte)((min << 1) ^ (min >> 31)), 8, 0, 0, 0 };
        for (int i = 0; i < 32; i++)
            bytes.Add((byte)(i < deltas.Length ? deltas[i] - min : 0));
        return [.. bytes];
    }
}
