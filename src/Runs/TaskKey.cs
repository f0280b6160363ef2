using System.Security.Cryptography;
using System.Text;

namespace DataPipeline.Runs;

/// <summary>What tells whether a task is already done: settings, seed, inputs and the code that decides its output.</summary>
internal static class TaskKey
{
    public static string Of(Run run, Step step, StepTask task)
    {
        var text = new StringBuilder($"{CodeIdentity.Of(step)}\n{step.Name}\n{step.Settings}\n{run.Seed.Value}\n{task.Name}\n");
        foreach (FileEntry input in task.Inputs)
        {
            // Raw inputs are too large to read twice only to plan: their size and time stand for their bytes.
            string content = input.Sha256.Length > 0 ? input.Sha256 : File.GetLastWriteTimeUtc(input.Path).Ticks.ToString();
            text.Append(Portable(run, input).Path).Append('\t').Append(input.Bytes).Append('\t').Append(content).Append('\n');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>The folder of a task that outlives a killed run.</summary>
    public static string Scratch(string stepFolder, StepTask task, string key) => Path.Combine(stepFolder, $".scratch-{task.Name}-{key[..16]}");

    /// <summary>A manifest names files of earlier steps relative to the run, so that a run's folder can be moved and compared.</summary>
    public static FileEntry Portable(Run run, FileEntry input)
    {
        string inside = Path.GetRelativePath(run.Folder.Path, Path.GetFullPath(input.Path));
        return inside.StartsWith("..", StringComparison.Ordinal) ? input : input with { Path = inside };
    }
}
