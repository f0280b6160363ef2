using DataPipeline.Core;

namespace DataPipeline.Runs;

/// <summary>A step of a run: a folder of outputs made by tasks, any of which may run anywhere and again.</summary>
/// <param name="name">Folder and catalog name, such as <c>ingest.web</c>; fixed, since resuming relies on it.</param>
/// <param name="makes">What its files are for the steps behind it.</param>
/// <param name="settings">Canonical text of everything in the configuration that its output depends on.</param>
public abstract class Step(string name, ArtifactKind makes, string settings)
{
    /// <summary>Folder and catalog name.</summary>
    public string Name { get; } = name;

    /// <summary>What its files are for the steps behind it.</summary>
    public ArtifactKind Makes { get; } = makes;

    /// <summary>Canonical text of everything in the configuration that its output depends on.</summary>
    public string Settings { get; } = settings;

    /// <summary>Types whose code decides its output: their builds, and those they use, are part of the key that tells whether a task is already done.</summary>
    public virtual IEnumerable<Type> Code => [GetType()];

    /// <summary>What its work is counted in on the progress bar: <c>B</c> for bytes of input, or <c>tokens</c>, <c>steps</c>.</summary>
    public virtual string Unit => "B";

    /// <summary>The tasks, decided by configuration and inputs alone, never by threads or machines. Called when all earlier steps are done.</summary>
    public abstract IReadOnlyList<StepTask> Tasks(Run run);

    /// <summary>What people see after the step, one line each (a mix asked and delivered, losses); from its manifest alone.</summary>
    public virtual IEnumerable<string> Summary(StepManifest manifest) => [];
}

/// <summary>A unit of work that is done once: it writes new files, and the same inputs give the same bytes.</summary>
/// <param name="name">Unique in its step, such as <c>00003</c>.</param>
/// <param name="inputs">Everything it reads that other steps made, and raw input files.</param>
public abstract class StepTask(string name, IReadOnlyList<FileEntry> inputs)
{
    /// <summary>Unique in its step.</summary>
    public string Name { get; } = name;

    /// <summary>What it reads; their checksums are part of the key that tells whether it is already done.</summary>
    public IReadOnlyList<FileEntry> Inputs { get; } = inputs;

    /// <summary>Work ahead in the step's <see cref="Step.Unit"/>; 0 when unknown.</summary>
    public virtual long Weight => Inputs.Sum(input => input.Bytes);

    /// <summary>True when the manifest names checksums of raw inputs; false where reading them for it would cost a good part of the work, and size and time stand for them.</summary>
    public virtual bool ChecksumsInputs => true;

    /// <summary>Does the work. Files are made through <see cref="TaskContext.NewFile"/>; they appear in the step's folder only when this returns.</summary>
    public abstract void Execute(TaskContext context);
}

/// <summary>What a task is given to work with.</summary>
/// <param name="run">The run it belongs to.</param>
/// <param name="step">Its step.</param>
/// <param name="workFolder">Its own folder for new files; emptied before it starts.</param>
/// <param name="scratchFolder">A folder that outlives a killed run: for checkpoints of long tasks. Deleted when the task is done.</param>
/// <param name="observer">Who shows the progress.</param>
/// <param name="cancel">Asks it to end soon.</param>
public sealed class TaskContext(Run run, Step step, string workFolder, string scratchFolder, IRunObserver observer, CancellationToken cancel)
{
    private readonly Dictionary<string, FileNote> _files = [];

    /// <summary>The run it belongs to.</summary>
    public Run Run { get; } = run;

    /// <summary>Its step.</summary>
    public Step Step { get; } = step;

    /// <summary>The key of the task: the same in every process that would do the same work.</summary>
    public string Key { get; init; } = "";

    /// <summary>Worker threads to use.</summary>
    public int Threads => Run.Options.Threads;

    /// <summary>Documents a worker takes at a time.</summary>
    public int Batch => Run.Options.Batch;

    /// <summary>Asks the task to end soon by throwing <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancel { get; } = cancel;

    /// <summary>Chance for this step.</summary>
    public Seed Seed => Run.Seed.For(Step.Name);

    /// <summary>What was read, kept and dropped; checked and recorded when the task ends.</summary>
    public Tally Tally { get; } = new();

    /// <summary>Facts for the manifest beside the counts, in fixed order (losses, ratios).</summary>
    public SortedDictionary<string, object> Facts { get; } = new(StringComparer.Ordinal);

    /// <summary>The folder of this task's new files, for code that names its files itself; each still needs <see cref="NewFile"/>.</summary>
    public string WorkFolder => workFolder;

    /// <summary>A folder that outlives a killed run, made on first use.</summary>
    public string Scratch => Directory.CreateDirectory(scratchFolder).FullName;

    /// <summary>Path for a new output file of this task.</summary>
    /// <param name="name">Its name in the step's folder; may hold folders.</param>
    public string NewFile(string name)
    {
        _files[name] = default;
        string path = Path.Combine(workFolder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>Notes rows and tokens of an output file for the manifest.</summary>
    public void Describe(string name, long rows, long tokens = 0, string role = "") => _files[name] = new FileNote(rows, tokens, role);

    /// <summary>Notes an output file that leaves the run when it is made, so that nobody would look at its checksum.</summary>
    public void DescribeResult(string name, long rows) => _files[name] = new FileNote(rows, 0, "", Leaves: true);

    /// <summary>Moves the progress bar.</summary>
    /// <param name="amount">Work done since the last call, in the step's <see cref="Step.Unit"/>.</param>
    /// <param name="status">What stands beside the bar in place of rate and time left, where the task knows better.</param>
    public void Advance(long amount, string? status = null) => observer.Advance(amount, status);

    /// <summary>Shows a line that matters while the task runs (a training step's loss).</summary>
    public void Say(string line) => observer.Say(line);

    internal IReadOnlyDictionary<string, FileNote> NewFiles => _files;

    internal readonly record struct FileNote(long Rows, long Tokens, string Role, bool Leaves = false);
}

/// <summary>Shows a run to a person.</summary>
public interface IRunObserver
{
    /// <summary>A step begins; <paramref name="total"/> is its work in the step's unit or 0, of which <paramref name="done"/> was done by an earlier run.</summary>
    void StepStarted(Step step, int tasks, int tasksDone, long total, long done);

    /// <summary>Some of the step's work is done; <paramref name="status"/> stands for rate and time left where it is given.</summary>
    void Advance(long amount, string? status = null);

    /// <summary>A line that matters.</summary>
    void Say(string line);

    /// <summary>The step is finished.</summary>
    void StepFinished(Step step, StepManifest manifest);
}
