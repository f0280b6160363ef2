using DataPipeline.Core;

namespace DataPipeline.Train.Tests;

public sealed class StepShareTests
{
    [Fact]
    public void Rows_AnyNumberOfProcesses_EverySampleOfAStepOnce()
    {
        for (int count = 1; count <= 7; count++)
            for (int accumulate = 1; accumulate <= 6; accumulate++)
                for (int rows = count; rows <= 11; rows++)
                {
                    var seen = new List<int>();
                    for (int rank = 0; rank < count; rank++)
                    {
                        var share = new StepShare(accumulate, rank, count);
                        share.Check(rows);
                        (int first, int own) = share.Rows(rows);
                        Assert.True(own > 0);
                        for (int batch = share.FirstBatch; batch < share.FirstBatch + share.Batches; batch++)
                            seen.AddRange(Enumerable.Range(batch * rows + first, own));
                    }
                    Assert.Equal(Enumerable.Range(0, rows * accumulate), seen.Order());
                }
    }

    [Fact]
    public void Check_FewerRowsThanProcesses_SaysWhatToRaise()
    {
        new StepShare(4, 0, 4).Check(1);
        Assert.Contains("raise batch to 4", Assert.Throws<ConfigurationException>(() => new StepShare(1, 0, 4).Check(3)).Message);
    }

    [Fact]
    public void Owners_LargestFirst_SharesAreEven()
    {
        Assert.Equal([0, 1, 1, 0, 1], WeightShards.Owners([8, 5, 3, 2, 2], 2));
        Assert.Equal([0, 1, 2], WeightShards.Owners([1, 1, 1], 5));
    }
}
