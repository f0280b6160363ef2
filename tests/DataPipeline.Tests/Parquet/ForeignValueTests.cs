using System.Text;
using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

/// <summary>Times finer and further than .NET's, intervals, ALP numbers, and bounds that must not be believed.</summary>
public class ForeignValueTests
{
    [Fact]
    public void ReadRows_Int96_KeepsEveryNanosecondAndYear()
    {
        byte[] values =
        [
            .. Int96(2460311, 45_296_123_456_000), .. Int96(2440588, 1), .. Int96(2440587, 86_399_999_999_999), .. Int96(5373484, 82_800_000_000_000), .. Int96(107641749, 82_800_000_000_000), .. Int96(0, 0),
        ];
        byte[] file = new HandFile().Leaf("a", Repetition.Required, PhysicalType.Int96, new HandColumn().Data(6, values)).Build(6);
        Assert.Equal(
            ["2024-01-01T12:34:56.123456Z", "1970-01-01T00:00:00.000000001Z", "1969-12-31T23:59:59.999999999Z", "9999-12-31T23:00:00Z", "+290000-12-30T23:00:00Z", "-004713-11-24T00:00:00Z"],
            HandFile.Read(file).Select(line => line[6..^2]));
    }

    [Fact]
    public void ReadRows_Nanoseconds_NoDigitIsLost()
    {
        HandColumn Column(params long[] values) => new HandColumn().Data(values.Length, HandFile.Longs(values));
        byte[] file = new HandFile()
            .Leaf("utc", Repetition.Required, PhysicalType.Int64, Column(1_700_000_000_123_456_789, 1_700_000_000_123_456_700, -1, long.MinValue), LogicalType.Timestamp(TimeUnit.Nanos, true))
            .Leaf("local", Repetition.Required, PhysicalType.Int64, Column(10, 0, 1_000_000_000, -1_000_000_001), LogicalType.Timestamp(TimeUnit.Nanos, false))
            .Leaf("micros", Repetition.Required, PhysicalType.Int64, Column(0, -1, long.MaxValue, long.MinValue), LogicalType.Timestamp(TimeUnit.Micros, false))
            .Leaf("clock", Repetition.Required, PhysicalType.Int64, Column(1, 100, 86_399_999_999_999, 86_400_000_000_000), LogicalType.Time(TimeUnit.Nanos, false))
            .Leaf("day", Repetition.Required, PhysicalType.Int32, new HandColumn().Data(4, HandFile.Ints(0, -719_163, 2_932_897, int.MinValue)), converted: ConvertedType.Date).Build(4);
        Assert.Equal(
            [
                """{"utc":"2023-11-14T22:13:20.123456789Z","local":"1970-01-01T00:00:00.00000001","micros":"1970-01-01T00:00:00","clock":"00:00:00.000000001","day":"1970-01-01"}""",
                """{"utc":"2023-11-14T22:13:20.1234567Z","local":"1970-01-01T00:00:00","micros":"1969-12-31T23:59:59.999999","clock":"00:00:00.0000001","day":"0000-12-31"}""",
                """{"utc":"1969-12-31T23:59:59.999999999Z","local":"1970-01-01T00:00:01","micros":"+294247-01-10T04:00:54.775807","clock":"23:59:59.999999999","day":"+010000-01-01"}""",
                """{"utc":"1677-09-21T00:12:43.145224192Z","local":"1969-12-31T23:59:58.999999999","micros":"-290308-12-21T19:59:05.224192","clock":86400000000000,"day":"-5877641-06-23"}""",
            ],
            HandFile.Read(file));
    }

    [Fact]
    public void ReadRows_RangeOfTimesBetweenTicks_AsAScanByNumbers()
    {
        long[] stored = [-1, 0, 99, 100, 101, 199, 200];
        byte[] file = new HandFile { Orders = [1, 1] }
            .Leaf("t", Repetition.Required, PhysicalType.Int64, new HandColumn().Data(7, HandFile.Longs(stored)), LogicalType.Timestamp(TimeUnit.Nanos, true))
            .Leaf("n", Repetition.Required, PhysicalType.Int64, new HandColumn().Data(7, HandFile.Longs(stored))).Build(7);
        using ParquetReader reader = ParquetReader.Open(new MemoryStream(file));
        var range = new ColumnRange("t", DateTime.UnixEpoch, DateTime.UnixEpoch.AddTicks(1));
        Assert.Equal([0L, 99L, 100L], reader.ReadRows([range], ["n"]).Select(row => row["n"]));
    }

    [Fact]
    public void ReadRows_Interval_MonthsDaysAndMillisecondsApart()
    {
        byte[] values = [.. HandFile.Ints(14, 400, 90_061_001), .. HandFile.Ints(0, -1, 0)];
        byte[] file = new HandFile().Leaf("a", Repetition.Required, PhysicalType.FixedLenByteArray, new HandColumn().Data(2, values), length: 12, converted: ConvertedType.Interval).Build(2);
        Assert.Equal(["""{"a":"P14M400DT90061.001S"}""", """{"a":"P0M4294967295DT0S"}"""], HandFile.Read(file));
    }

    [Fact]
    public void ReadRows_AlpExampleOfTheFormat_GivesItsNumbers()
    {
        // 1500, NaN, 2500 and 333.5 with exponent 4 and factor 3 above 3335 in 15 bits, NaN aside: the worked example of the format's page.
        ulong packed = 11665UL | (11665UL << 15) | (21665UL << 30);
        byte[] vector = [4, 3, 1, 0, .. BitConverter.GetBytes(3335L), 15, .. BitConverter.GetBytes(packed), 1, 0, .. BitConverter.GetBytes(double.NaN)];
        byte[] page = [0, 0, 3, .. BitConverter.GetBytes(4), .. BitConverter.GetBytes(4), .. vector];
        byte[] file = new HandFile().Leaf("a", Repetition.Required, PhysicalType.Double, new HandColumn().Page(PageKind.Data, 4, (PageEncoding)10, page)).Build(4);
        Assert.Equal(["""{"a":1500}""", """{"a":"NaN"}""", """{"a":2500}""", """{"a":333.5}"""], HandFile.Read(file));
        for (int cut = 1; cut < page.Length; cut += 3)
            Assert.StartsWith("hand.parquet: row group 0, column a, page 0", HandFile.Fault(new HandFile().Leaf("a", Repetition.Required, PhysicalType.Double, new HandColumn().Page(PageKind.Data, 4, (PageEncoding)10, page[..^cut])).Build(4)), StringComparison.Ordinal);
    }

    [Fact]
    public void ReadRows_AlpVectors_EveryWidthBitForBit()
    {
        var random = new Random(8);
        var page = new List<byte>();
        var vectors = new List<byte[]>();
        var wanted = new List<float>();
        for (int width = 0; width <= 32; width++)
        {
            int count = width == 32 ? 5 : 8, frame = -(1 << (width / 2));
            uint[] deltas = [.. Enumerable.Range(0, count).Select(_ => (uint)(random.NextInt64(1L << width)))];
            byte[] packed = new byte[((count * width) + 7) / 8];
            for (int i = 0; i < count; i++)
            {
                for (int bit = 0; bit < width; bit++)
                    packed[((i * width) + bit) >> 3] |= (byte)(((deltas[i] >> bit) & 1) << (((i * width) + bit) & 7));
                wanted.Add(unchecked((int)((uint)frame + deltas[i])) * 10f * 1e-3f);
            }

            vectors.Add([3, 1, 0, 0, .. BitConverter.GetBytes(frame), (byte)width, .. packed]);
        }

        page.AddRange([0, 0, 3, .. BitConverter.GetBytes(wanted.Count)]);
        int place = 4 * vectors.Count;
        foreach (byte[] vector in vectors)
        {
            page.AddRange(BitConverter.GetBytes(place));
            place += vector.Length;
        }

        page.AddRange(vectors.SelectMany(vector => vector));
        byte[] file = new HandFile().Leaf("a", Repetition.Required, PhysicalType.Float, new HandColumn().Page(PageKind.Data, wanted.Count, PageEncoding.Alp, [.. page])).Build(wanted.Count);
        using ParquetReader reader = ParquetReader.Open(new MemoryStream(file));
        Assert.Equal(wanted, reader.RowGroups[0].Read<float>(reader.Schema.DataFields[0]).Values.ToArray());
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(7, false)]
    [InlineData(null, false)]
    public void ReadRows_BoundsOfText_TrustedInTheOrderOfTypesAlone(int? order, bool isTrusted)
    {
        // The bounds are lies, so that one sees whether they are used.
        HandColumn column = new HandColumn { Bounds = [(5, "c"u8.ToArray()), (6, "b"u8.ToArray())] }.Data(1, HandFile.Texts("x"));
        Assert.Equal(isTrusted ? 0 : 1, Kept(column, PhysicalType.ByteArray, LogicalType.String, order, "x", "x"));
    }

    [Fact]
    public void ReadRows_DeprecatedBounds_TrustedForSignedNumbersAlone()
    {
        (int, byte[])[] Old(byte[] min, byte[] max) => [(1, max), (2, min)];
        Assert.Equal(1, Kept(new HandColumn { Bounds = Old("b"u8.ToArray(), "c"u8.ToArray()) }.Data(1, HandFile.Texts("x")), PhysicalType.ByteArray, LogicalType.String, 1, "x", "x"));
        Assert.Equal(1, Kept(new HandColumn { Bounds = Old(HandFile.Ints(1), HandFile.Ints(2)) }.Data(1, HandFile.Ints(9)), PhysicalType.Int32, LogicalType.Integer(32, false), 1, 9, 9));
        Assert.Equal(0, Kept(new HandColumn { Bounds = Old(HandFile.Ints(1), HandFile.Ints(2)) }.Data(1, HandFile.Ints(9)), PhysicalType.Int32, null, null, 9, 9));
    }

    [Fact]
    public void ReadRows_BoundsThatAreNaNOrZero_AsTheFormatAsks()
    {
        (int, byte[])[] New(double min, double max) => [(5, BitConverter.GetBytes(max)), (6, BitConverter.GetBytes(min))];
        Assert.Equal(1, Kept(new HandColumn { Bounds = New(1, double.NaN) }.Data(1, HandFile.Doubles(9)), PhysicalType.Double, null, 1, 9.0, 9.0));
        Assert.Equal(1, Kept(new HandColumn { Bounds = New(double.NaN, 5) }.Data(1, HandFile.Doubles(-9)), PhysicalType.Double, null, 1, -9.0, -9.0));
        Assert.Equal(1, Kept(new HandColumn { Bounds = New(0, 5) }.Data(1, HandFile.Doubles(-0.0)), PhysicalType.Double, null, 1, -1.0, -0.0));
        Assert.Equal(1, Kept(new HandColumn { Bounds = New(-5, -0.0) }.Data(1, HandFile.Doubles(0.0)), PhysicalType.Double, null, 2, 0.0, 1.0));
        Assert.Equal(0, Kept(new HandColumn { Bounds = New(1, 2) }.Data(1, HandFile.Doubles(9)), PhysicalType.Double, null, 2, 9.0, 9.0));
    }

    [Fact]
    public void ReadRows_BoundsOfInt96AndUnknownMeanings_NotTrusted()
    {
        HandColumn column = new HandColumn { Bounds = [(5, Int96(1, 0)), (6, Int96(1, 0))] }.Data(1, Int96(2440588, 0));
        Assert.Equal(1, Kept(column, PhysicalType.Int96, null, 1, DateTime.UnixEpoch, DateTime.UnixEpoch));
        column = new HandColumn { Bounds = [(5, HandFile.Ints(2)), (6, HandFile.Ints(1))] }.Data(1, HandFile.Ints(9));
        Assert.Equal(1, Kept(column, PhysicalType.Int32, new LogicalType(LogicalKind.Unknown), 1, 9, 9));
    }

    [Fact]
    public void ReadRows_BoundCutWithinACharacter_RowsAreNotLost()
    {
        byte[] cut = Encoding.UTF8.GetBytes("日")[..2];
        HandColumn column = new HandColumn { Bounds = [(5, [0xE6, 0x98]), (6, cut)] }.Data(1, HandFile.Texts("日"));
        Assert.Equal(1, Kept(column, PhysicalType.ByteArray, LogicalType.String, 1, "日", "日"));
    }

    private static int Kept(HandColumn column, PhysicalType type, LogicalType? logical, int? order, object min, object max)
    {
        byte[] file = new HandFile { Orders = order is { } choice ? [choice] : null }.Leaf("a", Repetition.Required, type, column, logical).Build(1);
        using ParquetReader reader = ParquetReader.Open(new MemoryStream(file));
        return reader.ReadRows([new ColumnRange("a", min, max)]).Count();
    }

    private static byte[] Int96(int julianDay, long nanos) => [.. BitConverter.GetBytes(nanos), .. BitConverter.GetBytes(julianDay)];
}
