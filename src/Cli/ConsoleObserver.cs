using System.Diagnostics;
using DataPipeline.Runs;

namespace DataPipeline.Cli;

/// <summary>Shows a run on stderr: a bar with rate and time left on a terminal, plain lines every few seconds elsewhere.</summary>
internal abstract class ConsoleObserver : IRunObserver, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stopwatch _sinceStart = new();
    private readonly Stopwatch _sinceDrawn = new();
    private long _total, _done, _doneBefore;

    public static ConsoleObserver Create() => Console.IsErrorRedirected ? new PlainLines() : new Bar();

    private string _unit = "";

    protected string StepName { get; private set; } = "";

    /// <summary>Milliseconds between two drawings.</summary>
    protected abstract int Pause { get; }

    public void StepStarted(Step step, int tasks, int tasksDone, long total, long done)
    {
        lock (_lock)
        {
            string ready = tasksDone == 0 ? "" : tasksDone == tasks ? ", all done by an earlier run" : $", {tasksDone} done by an earlier run";
            Begin(step.Name, step.Unit, total, done, $"{tasks} {(tasks == 1 ? "task" : "tasks")}{ready}");
        }
    }

    /// <summary>Begins something that is no step of a run.</summary>
    /// <param name="name">Stands before each line.</param>
    /// <param name="unit">Of what <see cref="Advance"/> counts; B for bytes.</param>
    /// <param name="total">The whole; 0 while unknown.</param>
    /// <param name="done">What of it is there already.</param>
    /// <param name="line">Said at once.</param>
    public void Begin(string name, string unit, long total, long done, string line)
    {
        lock (_lock)
        {
            (StepName, _unit, _total, _done, _doneBefore) = (name, unit, total, done, done);
            _sinceStart.Restart();
            _sinceDrawn.Restart();
            Line($"{name}: {line}");
        }
    }

    /// <summary>Counts what an earlier try left, which says nothing about the rate; below zero when it turns out to be of no use.</summary>
    public void Have(long amount)
    {
        lock (_lock)
            (_done, _doneBefore) = (_done + amount, _doneBefore + amount);
    }

    /// <summary>The whole, as far as it can be said by now.</summary>
    public void Expect(long total)
    {
        lock (_lock)
            _total = total;
    }

    public void Advance(long amount, string? status = null)
    {
        lock (_lock)
        {
            _done += amount;
            if (_sinceDrawn.ElapsedMilliseconds < Pause)
                return;
            _sinceDrawn.Restart();
            Draw(_total > 0 ? Math.Clamp(_done / (double)_total, 0, 1) : double.NaN, status ?? Rate());
        }
    }

    public void Say(string line)
    {
        lock (_lock)
            Line(line);
    }

    public void StepFinished(Step step, StepManifest manifest)
    {
        lock (_lock)
        {
            long kept = manifest.Sources.Values.Sum(counts => counts.Kept), dropped = manifest.Sources.Values.Sum(counts => counts.Dropped.Values.Sum());
            string documents = kept + dropped > 0 ? $", {kept:N0} documents kept, {dropped:N0} dropped" : "";
            Line($"{step.Name}: done in {_sinceStart.Elapsed.TotalSeconds:F1} s{documents}");
        }
    }

    public virtual void Dispose()
    {
    }

    /// <summary>Shows how far the step is.</summary>
    /// <param name="share">0 to 1, or NaN when the whole is unknown.</param>
    /// <param name="status">Rate and time left, or what a task said in their place.</param>
    protected abstract void Draw(double share, string status);

    /// <summary>Writes a line that stays.</summary>
    protected abstract void Line(string text);

    private string Rate()
    {
        double perSecond = (_done - _doneBefore) / Math.Max(1e-3, _sinceStart.Elapsed.TotalSeconds);
        string left = _total > _done && perSecond > 0 ? $", {TimeSpan.FromSeconds((_total - _done) / perSecond):hh\\:mm\\:ss} left" : "";
        (double scaled, string scale) = perSecond >= 1e6 ? (perSecond / 1e6, "M") : perSecond >= 1e3 ? (perSecond / 1e3, "k") : (perSecond, "");
        return _unit == "B" ? $"{scaled:F1} {scale}B/s{left}" : $"{scaled:F1}{scale} {_unit}/s{left}";
    }

    private sealed class Bar : ConsoleObserver
    {
        private bool _drawn;

        protected override int Pause => 200;

        protected override void Draw(double share, string status)
        {
            // A line that wraps could not be drawn over: the bar shrinks first, then the end is left out.
            int width = Console.WindowWidth > 1 ? Console.WindowWidth - 1 : int.MaxValue, cells = Math.Clamp(width - StepName.Length - status.Length - 9, 10, 30);
            string bar = double.IsNaN(share) ? "" : $"[{new string('#', (int)(share * cells)).PadRight(cells)}] {share,4:P0} ", line = $"{StepName} {bar}{status}";
            Console.Error.Write($"\r\x1b[K{(line.Length > width ? line[..width] : line)}");
            _drawn = true;
        }

        protected override void Line(string text)
        {
            Console.Error.WriteLine(_drawn ? $"\r\x1b[K{text}" : text);
            _drawn = false;
        }

        public override void Dispose()
        {
            if (_drawn)
                Console.Error.Write("\r\x1b[K");
            base.Dispose();
        }
    }

    private sealed class PlainLines : ConsoleObserver
    {
        protected override int Pause => 10_000;

        protected override void Draw(double share, string status) =>
            Line(double.IsNaN(share) ? $"{StepName}: {status}" : $"{StepName}: {share:P0}, {status}");

        protected override void Line(string text) => Console.Error.WriteLine(text);
    }
}
