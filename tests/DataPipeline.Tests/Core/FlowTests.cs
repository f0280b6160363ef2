using DataPipeline.Core;

namespace DataPipeline.Tests.Core;

public class FlowTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 7)]
    [InlineData(8, 128)]
    public void Ordered_WorkOfUnequalLength_KeepsTheOrderOfTheInput(int threads, int batch)
    {
        var seed = new Seed(7);
        IEnumerable<int> input = Enumerable.Range(0, 2000);

        int[] output = [.. Flow.Ordered(input, i =>
        {
            Thread.SpinWait((int)seed.Below(2000, (ulong)i));
            return i * 3;
        }, threads, batch)];

        Assert.Equal(input.Select(i => i * 3), output);
    }

    [Fact]
    public void Ordered_TwoThreads_NeverRunsMoreAtOnce()
    {
        int running = 0, most = 0;

        _ = Flow.Ordered(Enumerable.Range(0, 400), i =>
        {
            int now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            Thread.Sleep(1);
            Interlocked.Decrement(ref running);
            return i;
        }, threads: 2, batch: 5).Count();

        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public void Ordered_SlowConsumer_ReadsAheadByABoundedNumberOfBatches()
    {
        int produced = 0;
        IEnumerable<int> Input()
        {
            for (int i = 0; i < 10_000; i++)
            {
                Interlocked.Increment(ref produced);
                yield return i;
            }
        }

        foreach (int _ in Flow.Ordered(Input(), i => i, threads: 2, batch: 10))
        {
            Thread.Sleep(100);
            break;
        }

        Assert.InRange(produced, 10, 70);
    }

    [Fact]
    public void Ordered_WorkFails_ThrowsThatErrorAndEndsTheProducer()
    {
        var error = Assert.Throws<InvalidDataException>(() =>
            Flow.Ordered(Enumerable.Range(0, 1000), i => i == 500 ? throw new InvalidDataException("at 500") : i, 2, 10).Sum());

        Assert.Equal("at 500", error.Message);
    }

    [Fact]
    public void Ordered_InputFails_ThrowsThatErrorBehindTheGoodItems()
    {
        static IEnumerable<int> Input()
        {
            yield return 1;
            yield return 2;
            throw new InvalidDataException("torn");
        }
        var seen = new List<int>();

        Assert.Throws<InvalidDataException>(() =>
        {
            foreach (int item in Flow.Ordered(Input(), i => i, 2, 1))
                seen.Add(item);
        });

        Assert.Equal([1, 2], seen);
    }

    [Fact]
    public void Ordered_Canceled_EndsWithOperationCanceled()
    {
        using var stop = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (int item in Flow.Ordered(Enumerable.Range(0, int.MaxValue), i => i, 2, 10, cancel: stop.Token))
            {
                if (item == 100)
                    stop.Cancel();
            }
        });
    }

    [Fact]
    public void Ordered_HeavyItems_EndABatchByBytes()
    {
        int[] output = [.. Flow.Ordered(Enumerable.Range(0, 50), i => i, 2, 1000, weigh: _ => 10, batchBytes: 25)];

        Assert.Equal(Enumerable.Range(0, 50), output);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (int seen = target; value > seen; seen = target)
        {
            if (Interlocked.CompareExchange(ref target, value, seen) == seen)
                return;
        }
    }
}
