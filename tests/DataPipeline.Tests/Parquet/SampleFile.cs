using DataPipeline.Parquet;

namespace DataPipeline.Tests.Parquet;

/// <summary>A file with every type that is written, whose row n is a function of n alone.</summary>
internal static class SampleFile
{
    public static ParquetSchema Schema() => new(
        new DataField<int>("number"),
        new DataField<long?>("maybe"),
        new DataField<ushort>("small"),
        new DataField<bool?>("flag"),
        new DataField<float>("single"),
        new DataField<double?>("real"),
        new DataField<string>("text"),
        new DataField<string>("kind", isNullable: false),
        new DataField<byte[]>("blob", isNullable: false),
        new ListField("tokens16", new DataField<ushort>("element")),
        new ListField("tokens32", new DataField<int>("element"), isNullable: true),
        new ListField("scores", new DataField<double>("element")),
        new ListField("roles", new DataField<string>("element", isNullable: true)));

    public static void Write(Stream output, ParquetOptions options, int groups, int rows)
    {
        using ParquetWriter writer = ParquetWriter.Create(output, Schema(), options);
        ColumnBuffer[] columns = writer.CreateBuffers();
        int row = 0;
        for (int group = 0; group < groups; group++)
        {
            foreach (ColumnBuffer column in columns)
                column.Clear();
            for (int i = 0; i < rows; i++)
                SampleRow.Make(row++).AddTo(columns);
            writer.WriteRowGroup(columns);
        }

        writer.Finish();
    }
}

internal sealed record SampleRow(
    int Number, long? Maybe, ushort Small, bool? Flag, float Single, double? Real, string? Text, string Kind, byte[] Blob,
    ushort[] Tokens16, int[]? Tokens32, double[] Scores, string?[] Roles)
{
    private static readonly string[] s_words = ["plain", "naïve", "日本語のテキスト", "🦆🚀", "", "Ελληνικά", "a\nb\tc\"d"];

    public static SampleRow Make(int n)
    {
        var random = new Random(n);
        return new SampleRow(
            n - 100,
            n % 3 == 0 ? null : (long)n << 33,
            (ushort)(n * 37),
            n % 5 == 0 ? null : n % 2 == 0,
            n / 3f,
            n % 7 == 0 ? null : Math.Sqrt(n),
            n % 11 == 0 ? null : string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => s_words[random.Next(s_words.Length)])),
            s_words[n / 100 % s_words.Length],
            BitConverter.GetBytes(n * 2654435761L)[..(n % 9)],
            [.. Enumerable.Range(0, n % 4 == 0 ? 0 : random.Next(20)).Select(_ => (ushort)random.Next(65536))],
            n % 6 == 0 ? null : [.. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(-5, 100_000))],
            [.. Enumerable.Range(0, random.Next(3)).Select(_ => random.NextDouble())],
            [.. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(4) == 0 ? null : s_words[random.Next(s_words.Length)])]);
    }

    public void AddTo(ColumnBuffer[] columns)
    {
        ((ColumnBuffer<int>)columns[0]).Add(Number);
        ((ColumnBuffer<long>)columns[1]).Add(Maybe);
        ((ColumnBuffer<ushort>)columns[2]).Add(Small);
        ((ColumnBuffer<bool>)columns[3]).Add(Flag);
        ((ColumnBuffer<float>)columns[4]).Add(Single);
        ((ColumnBuffer<double>)columns[5]).Add(Real);
        ((BinaryColumnBuffer)columns[6]).Add(Text);
        ((BinaryColumnBuffer)columns[7]).Add(Kind);
        ((BinaryColumnBuffer)columns[8]).Add(Blob);
        ((ColumnBuffer<ushort>)columns[9]).AddList(Tokens16);
        if (Tokens32 is null)
            columns[10].AddNullList();
        else
            ((ColumnBuffer<int>)columns[10]).AddList(Tokens32);
        ((ColumnBuffer<double>)columns[11]).AddList(Scores);
        ((BinaryColumnBuffer)columns[12]).AddList(Roles);
    }

    public void AssertEqual(IReadOnlyDictionary<string, object?> found)
    {
        Assert.Equal(Number, found["number"]);
        Assert.Equal(Maybe, found["maybe"]);
        Assert.Equal(Small, found["small"]);
        Assert.Equal(Flag, found["flag"]);
        Assert.Equal(Single, found["single"]);
        Assert.Equal(Real, found["real"]);
        Assert.Equal(Text, found["text"]);
        Assert.Equal(Kind, found["kind"]);
        Assert.Equal(Blob, found["blob"]);
        Assert.Equal(Tokens16.Cast<object?>(), (List<object?>)found["tokens16"]!);
        Assert.Equal(Tokens32?.Cast<object?>(), (List<object?>?)found["tokens32"]);
        Assert.Equal(Scores.Cast<object?>(), (List<object?>)found["scores"]!);
        Assert.Equal(Roles, (List<object?>)found["roles"]!);
    }
}
