using DataPipeline.Core;
using DataPipeline.Dedup;

namespace DataPipeline.Tests.Dedup;

public class ClustersTests
{
    [Fact]
    public void Choose_RandomGroups_EqualsBruteForceComponents()
    {
        for (ulong trial = 0; trial < 200; trial++)
        {
            var seed = new Seed(trial);
            int count = 2 + (int)seed.Below(40, 0);
            ushort[] ranks = [.. Enumerable.Range(0, count).Select(i => (ushort)seed.Below(3, (ulong)(100 + i)))];
            List<int>[] groups = [.. Enumerable.Range(0, (int)seed.Below(15, 1)).Select(g => RandomGroup(seed.For((ulong)g), count))];

            var clusters = new Clusters(count, ranks);
            foreach (List<int> group in groups)
                clusters.Join(group);
            clusters.Choose(0);

            // Labels spread until nothing changes.
            int[] label = [.. Enumerable.Range(0, count)];
            for (bool changed = true; changed;)
            {
                changed = false;
                foreach (List<int> group in groups)
                {
                    int least = group.Min(i => label[i]);
                    changed |= group.Any(i => label[i] != least);
                    group.ForEach(i => label[i] = least);
                }
            }
            for (int i = 0; i < count; i++)
            {
                int survivor = Enumerable.Range(0, count).Where(j => label[j] == label[i]).MinBy(j => (ranks[j], j));
                Assert.Equal(survivor == i ? null : (0, survivor), clusters.RemovedBy(i));
            }
        }
    }

    [Fact]
    public void Join_LaterKind_LeavesOutWhatAnEarlierRemoved()
    {
        var clusters = new Clusters(4);
        clusters.Join([0, 2]);
        clusters.Choose(0);
        // Documents 1 and 3 are joined through each other, though the first of their group is gone.
        clusters.Join([1, 2, 3]);
        ClusterSizes sizes = clusters.Choose(1);
        Assert.Null(clusters.RemovedBy(0));
        Assert.Null(clusters.RemovedBy(1));
        Assert.Equal((0, 0), clusters.RemovedBy(2));
        Assert.Equal((1, 1), clusters.RemovedBy(3));
        Assert.Equal((1, 1L, 2), (sizes.Histogram.Count, sizes.Histogram[2], sizes.Largest));
    }

    [Fact]
    public void Join_RefusedPair_StaysApart()
    {
        var clusters = new Clusters(3);
        clusters.Join([0, 1, 2], new PairCheck(i => [(byte)i], (a, b) => (b[0], a[0]) is (1, 2) ? 1 : 0, 0.5));
        clusters.Choose(0);
        Assert.Null(clusters.RemovedBy(0));
        Assert.Null(clusters.RemovedBy(1));
        Assert.Equal((0, 1), clusters.RemovedBy(2));
    }

    private static List<int> RandomGroup(Seed seed, int count) =>
        [.. Enumerable.Range(0, 2 + (int)seed.Below(3, 0)).Select(i => (int)seed.Below((ulong)count, (ulong)(i + 1))).Distinct().Order()];
}
