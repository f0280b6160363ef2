using DataPipeline.Tokens.Scaling;

namespace DataPipeline.Train.Tests.Progress;

public class TrainingProgressTests
{
    [Fact]
    public void ToString_ResumedRun_HasSpeedShareOfThePeakTimeLeftAndTheWholeMix()
    {
        var clock = new ManualClock();
        var progress = new TrainingProgress(steps: 1000, done: 600, clock) { FlopsPerToken = 1e9, Gpu = Gpu.Parse("h100").Gpu };
        progress.Deliver(new Dictionary<string, long> { ["web"] = 8_000, ["books"] = 1_000 });
        for (int step = 601; step <= 700; step++)
        {
            progress.Deliver(new Dictionary<string, long> { ["books"] = 10 });
            progress.Add(step, 3.25, amount: 100_000, seconds: 0.5);
            // Half a second of each step, and as much again for what lies between steps.
            clock.Now += TimeSpan.FromSeconds(1);
        }

        // 200,000 tokens/s of 1e9 FLOPs are 2e14 of 989e12 a second.
        Assert.Equal("step 700 of 1,000, loss 3.2500, 200.0k tokens/s, MFU 20.2%, 00:05:00 left, mix books 20.0% web 80.0%", progress.ToString());
        Assert.Equal(2e14 / 989e12, progress.Utilisation!.Value, 1e-12);
    }

    [Fact]
    public void ToString_OnACpuBeforeTheFirstStep_LeavesOutWhatIsNotKnown()
    {
        var progress = new TrainingProgress(steps: 10) { FlopsPerToken = 1e9, Unit = "pairs" };

        Assert.Equal("step 0 of 10, loss 0.0000, 0 pairs/s", progress.ToString());
        progress.Add(1, 0.5, 4, 2, "accuracy 50 %");
        Assert.StartsWith("step 1 of 10, loss 0.5000, accuracy 50 %, 2 pairs/s, 00:00:0", progress.ToString());
        Assert.Null(progress.Utilisation);
    }

    private sealed class ManualClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
