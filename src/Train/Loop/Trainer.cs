using System.Diagnostics;
using DataPipeline.Core;
using DataPipeline.Torch;

namespace DataPipeline.Train;

/// <summary>
/// The loop around every kind of training: gradients, clipping, optimizer, schedule, validation, checkpoints. A step is a pure function of the weights,
/// the moments, the random state and the position in the data, all of which a checkpoint holds, so a run that stops and goes on gives the bits of
/// one that did not.
/// </summary>
public abstract class Trainer : IDisposable
{
    private readonly LoopOptions loop;
    private readonly OptimizerOptions optimizerOptions;
    private readonly IReadOnlyList<Weight> trained;
    private readonly Optimizer optimizer;
    private readonly Schedule schedule;
    private readonly string folder;
    private readonly WeightAverage? average;
    private readonly SpikeGuard guard;
    private readonly LossScaler? scaler;
    private readonly WeightShards shards;
    private readonly GradientExchange? gradients;

    /// <summary>Prepares a run whose checkpoints go to a folder, which all processes see; null ranks are one process.</summary>
    protected Trainer(LanguageModel model, LoopOptions loop, OptimizerOptions optimizer, string folder, Ranks? ranks = null)
    {
        Model = model;
        Ranks = ranks ?? Ranks.Alone;
        this.loop = loop;
        this.folder = folder;
        optimizerOptions = optimizer;
        trained = model.Trained;
        shards = new WeightShards(Ranks, trained, optimizer);
        this.optimizer = Optimizer.Of(shards.Own, optimizer);
        if (Ranks.Count > 1) gradients = new GradientExchange(Ranks, trained);
        shards.ShareFirst();
        schedule = Schedule.Of(optimizer, loop.Steps);
        if (loop.AverageDecay > 0) average = new WeightAverage(trained, loop.AverageDecay);
        guard = new SpikeGuard(loop.SpikeFactor);
        if (loop.ScaleLoss) scaler = new LossScaler();
    }

    /// <summary>Called before a checkpoint is written, to put on the disk what has to be there once the checkpoint is.</summary>
    public Action? Saving { get; init; }

    /// <summary>Steps done.</summary>
    public int Step { get; private set; }

    /// <summary>Steps of the run.</summary>
    public int Steps => loop.Steps;

    /// <summary>Targets trained on so far.</summary>
    public long Tokens { get; private set; }

    /// <summary>Lowest validation loss so far.</summary>
    public double? Best { get; private set; }

    /// <summary>Steps that changed nothing because they diverged.</summary>
    public int Skipped { get; private set; }

    /// <summary>Steps that changed nothing because their scaled gradients overflowed float16.</summary>
    public int Overflowed => scaler?.State.Overflowed ?? 0;

    /// <summary>The model in training.</summary>
    protected LanguageModel Model { get; }

    /// <summary>The processes that train it.</summary>
    protected Ranks Ranks { get; }

    /// <summary>Adds the gradients of one step, or of this process's part of it. Returns the loss in nats and the number of targets of the whole step.</summary>
    protected abstract (double Loss, long Targets) Accumulate();

    /// <summary>Adds the gradients of a loss, scaled where the precision asks for it: in place of a call of backward.</summary>
    protected void Backward(Tensor loss) => (scaler?.Scaled(loss) ?? loss).backward();

    /// <summary>Tells what a step did.</summary>
    protected abstract void Report(double loss, double learningRate, double gradientNorm, double seconds);

    /// <summary>Validates and tells; returns the loss, or null when there is nothing to validate on.</summary>
    protected abstract double? Validate();

    /// <summary>Position in the data after the last step.</summary>
    protected abstract byte[] SavePosition();

    /// <summary>Goes to a position.</summary>
    protected abstract void RestorePosition(byte[] position);

    /// <summary>What the step under way is computed from, for the message of one that diverges.</summary>
    protected virtual string Origin() => "";

    /// <summary>Work before the first step of this process, while the weights are still those the run starts from.</summary>
    protected virtual void Prepare() { }

    /// <summary>Goes on from the newest checkpoint of the folder, if there is one.</summary>
    public bool Resume()
    {
        if (Checkpoint.Latest(folder) is not { } checkpoint) return false;
        torch.set_num_threads(loop.TorchThreads);
        Prepare();
        TrainingState state = Checkpoint.Restore(checkpoint, Model, optimizer, average, isPart: shards.IsSharded);
        (Step, Tokens, Best, Skipped, guard.Average) = (state.Step, state.TokensSeen, state.Best, state.Skipped, state.AverageLoss);
        if (scaler is not null && state.LossScale is { } scale) scaler.State = scale;
        RestorePosition(state.Loader);
        return true;
    }

    /// <summary>Trains to the last step. Cancelling ends it after the step under way, with a checkpoint written.</summary>
    public TrainResult Run(CancellationToken cancellation = default)
    {
        torch.set_num_threads(loop.TorchThreads);
        StartTogether();
        double first = double.NaN, last = double.NaN;
        string? saved = null;
        if (Step > 0)
        {
            saved = Checkpoint.Latest(folder);
        }
        else
        {
            torch.manual_seed(loop.Seed);
            Prepare();
            Evaluate();
        }
        int savedStep = saved is null ? -1 : Step;
        while (Step < loop.Steps && !Ranks.Any(cancellation.IsCancellationRequested))
        {
            last = TakeStep();
            if (double.IsNaN(first)) first = last;
            bool end = Step == loop.Steps;
            if (end || Due(loop.EvalInterval)) Evaluate();
            if (!end && Due(loop.CheckpointInterval)) (saved, savedStep) = (Save(), Step);
        }
        if (savedStep != Step) saved = Save();
        string best = Path.Combine(folder, BestFolder);
        return new TrainResult(Step, Step >= loop.Steps, saved!, loop.KeepBest && Directory.Exists(best) ? best : saved!, first, last);
    }

    /// <summary>Writes a checkpoint of where the run is.</summary>
    public string Save()
    {
        using var scope = torch.NewDisposeScope();
        IReadOnlyList<Weight> state = shards.Gather(optimizer);
        if (!Ranks.IsFirst) return Checkpoint.FolderOf(folder, Step);
        Saving?.Invoke();
        return Checkpoint.Save(folder, Model, state, optimizer.Steps, average, new TrainingState(Step, SavePosition(), Best, Tokens, Skipped, guard.Average, scaler?.State), loop.KeepCheckpoints);
    }

    /// <summary>Frees the optimizer; the model is the caller's.</summary>
    public virtual void Dispose()
    {
        optimizer.Dispose();
        average?.Dispose();
        gradients?.Dispose();
        GC.SuppressFinalize(this);
    }

    private const string BestFolder = "best";

    private bool Due(int interval) => interval > 0 && Step % interval == 0;

    // A resumed process that sees another folder than the first one's would train another model without a word.
    private void StartTogether()
    {
        if (Ranks.Count == 1) return;
        Span<double> steps = [Step, -Step];
        Ranks.Reduce(steps, ReduceOp.MAX);
        if (steps[0] != -steps[1])
            throw new InputException($"the processes start from different steps, {-steps[1]} to {steps[0]} (this one, rank {Ranks.Rank}, from {Step}): {folder} has to lie on a file system that all hosts share");
    }

    // What a process draws (dropout) follows from seed, step and rank, so that a checkpoint needs no random state of each process.
    private void DrawByStep() => torch.manual_seed(new Seed(loop.Seed).For("step").For((ulong)Step).For((ulong)Ranks.Rank).Value);

    private void Evaluate()
    {
        if (average is null) ValidateModel();
        else average.Within(ValidateModel);
    }

    private void ValidateModel()
    {
        if (Validate() is not { } loss || loss >= Best) return;
        Best = loss;
        if (loop.KeepBest && Ranks.IsFirst) Checkpoint.SaveTrained(Path.Combine(folder, BestFolder), Model);
    }

    private double TakeStep()
    {
        long started = Stopwatch.GetTimestamp();
        if (Ranks.Count > 1) DrawByStep();
        gradients?.Attach();
        (double loss, long targets) = Accumulate();
        if (gradients is null) Gradients.Complete(trained);
        else gradients.Sum();
        // Summed first: what overflowed in one process has overflowed in all.
        bool overflowed = scaler?.Unscale(trained) == false;
        double norm = Gradients.Clip(trained, optimizerOptions.clipNorm), rate = schedule.At(Step);
        if (overflowed)
        {
            if (scaler!.State.Scale < LossScaler.Least) throw Diverged($"gradients overflow at every loss scale down to {scaler.State.Scale:G3}, the loss is {loss}");
        }
        else if (guard.Judge(loss, norm) is { } wrong)
        {
            if (loop.OnDivergence == OnDivergence.Stop) throw Diverged(wrong);
            Skipped++;
        }
        else
        {
            optimizer.Step(rate);
            shards.ShareOwned();
        }
        Gradients.Clear(trained);
        Step++;
        average?.Add(Step);
        Tokens += targets;
        Report(loss, rate, norm, Stopwatch.GetElapsedTime(started).TotalSeconds);
        return loss;
    }

    private InputException Diverged(string what) => new(
        $"training diverged at step {Step + 1} of {loop.Steps}: {what}. {Origin()}The last checkpoint is {Checkpoint.Latest(folder) ?? "none"}; "
        + $"lower learning_rate (now {optimizerOptions.learningRate}), lengthen warmup_steps, lower clip_norm, or skip such steps by on_divergence: skip");
}
