using System.Text.Json;
using DataPipeline.Tokens.Mix;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Tokens;

public sealed class PackingTests
{
    private const string Golden = "golden/train/g6_masking_packing.json";

    [SharedFact(Golden)]
    public void BinPacking_GoldenCase_GivesTheRowsAndTheirWaste()
    {
        JsonElement test = Case("bin_packing"), expected = test.GetProperty("expected");
        int[] lengths = Ints(test.GetProperty("inputs").GetProperty("lengths"));
        int capacity = test.GetProperty("inputs").GetProperty("capacity").GetInt32();
        IReadOnlyList<IReadOnlyList<int>> best = BinPacking.BestFitDecreasing(lengths, capacity), first = BinPacking.FirstFit(lengths, capacity);
        Assert.Equal(expected.GetProperty("bfd").EnumerateArray().Select(Ints), best);
        Assert.Equal(Ints(expected.GetProperty("bfd_waste")), best.Select(row => capacity - row.Sum(document => lengths[document])));
        Assert.Equal(expected.GetProperty("first_fit").EnumerateArray().Select(Ints), first);
        Assert.Equal(Ints(expected.GetProperty("first_fit_waste")), first.Select(row => capacity - row.Sum(document => lengths[document])));
    }

    [SharedFact(Golden)]
    public void BestFitCrop_GoldenCase_GivesTheRows()
    {
        JsonElement test = Case("bestfit_crop_rows"), inputs = test.GetProperty("inputs");
        var rows = BinPacking.BestFitCrop(Ints(inputs.GetProperty("lengths")), inputs.GetProperty("row_capacity").GetInt32(), inputs.GetProperty("rows").GetInt32());
        Assert.Equal(test.GetProperty("expected").EnumerateArray().Select(row => row.EnumerateArray().Select(Ints)), rows.Select(row => row.Select(part => (int[])[part.Document, part.Length])));
    }

    [Fact]
    public void BestFitCrop_AnyLengths_AreThoseOfTheBruteForceTwin() => Prop.ForAll(Gen.Choose(1, 160).ListOf().ToArbitrary(), given =>
    {
        List<int> left = [.. Enumerable.Range(0, given.Count)];
        foreach (IReadOnlyList<(int Document, int Length)> row in BinPacking.BestFitCrop([.. given], 130))
        {
            int room = 130;
            foreach ((int document, int length) in row)
            {
                int[] fitting = [.. left.Where(i => given[i] <= room)];
                int expected = fitting.Length > 0 ? fitting.MaxBy(i => given[i]) : left.MinBy(i => given[i]);
                Assert.Equal((expected, Math.Min(given[expected], room)), (document, length));
                left.Remove(document);
                room -= length;
            }
            Assert.True(room == 0 || left.Count == 0);
        }
        Assert.Empty(left);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    [SharedFact(Golden)]
    public void PackedRow_GoldenCase_GivesTheMetadata()
    {
        JsonElement test = Case("packed_row_metadata"), inputs = test.GetProperty("inputs"), expected = test.GetProperty("expected");
        PackedRow row = PackedRow.Of([.. inputs.GetProperty("docs").EnumerateArray().Select(document => (ReadOnlyMemory<int>)Ints(document))],
            inputs.GetProperty("row_length").GetInt32(), inputs.GetProperty("pad").GetInt32());
        Assert.Equal(Ints(expected.GetProperty("tokens")), row.Tokens);
        Assert.Equal(Ints(expected.GetProperty("segment_ids")), row.Segments);
        Assert.Equal(Ints(expected.GetProperty("position_ids")), row.Positions);
        Assert.Equal(Ints(expected.GetProperty("cu_seqlens")), row.Boundaries);
        Assert.Equal(Ints(expected.GetProperty("loss_targets_ignore_minus100")), row.Targets);
        Assert.Equal(1, row.Waste);
    }

    [Fact]
    public void BinPacking_AnyLengths_AreThoseOfTheBruteForceTwin() => Prop.ForAll(Gen.Choose(1, 130).ListOf().ToArbitrary(), given =>
    {
        int[] lengths = [.. given];
        int[] longestFirst = [.. Enumerable.Range(0, lengths.Length).OrderByDescending(i => lengths[i])];
        Assert.Equal(Twin(lengths, longestFirst, 130, tightest: true), BinPacking.BestFitDecreasing(lengths, 130));
        Assert.Equal(Twin(lengths, [.. Enumerable.Range(0, lengths.Length)], 130, tightest: false), BinPacking.FirstFit(lengths, 130));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    [Fact]
    public void BinPacking_DocumentLongerThanARow_Throws() => Assert.Throws<ArgumentException>(() => BinPacking.BestFitDecreasing([9], 8));

    private static List<List<int>> Twin(int[] lengths, int[] order, int capacity, bool tightest)
    {
        List<List<int>> rows = [];
        foreach (int document in order)
        {
            int[] room = [.. rows.Select(row => capacity - row.Sum(i => lengths[i]))];
            IEnumerable<int> fitting = Enumerable.Range(0, rows.Count).Where(row => room[row] >= lengths[document]);
            int chosen = (tightest ? fitting.OrderBy(row => room[row]) : fitting).FirstOrDefault(-1);
            if (chosen < 0)
                rows.Add([document]);
            else
                rows[chosen].Add(document);
        }
        return rows;
    }

    private static JsonElement Case(string name)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(SharedData.PathOf(Golden)));
        return json.RootElement.GetProperty("cases").EnumerateArray().Single(test => test.GetProperty("case").GetString() == name).Clone();
    }

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetInt32())];
}
