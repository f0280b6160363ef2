using DataPipeline.Core;

namespace DataPipeline.Runs;

/// <summary>Holds the folder of a run for one process: two that write the same files would spoil each other's work.</summary>
/// <remarks>The lock is the open file, not its being there: the system releases it however the process ends, so a killed run leaves nothing to clean up.</remarks>
public sealed class RunLock : IDisposable
{
    // What .NET reports for a file that another process holds: EWOULDBLOCK of Linux and of macOS, a sharing violation of Windows.
    private const int LinuxHeld = 11, MacHeld = 35, WindowsHeld = unchecked((int)0x80070020);
    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Takes the folder, which is made if it is not there.</summary>
    /// <exception cref="ConfigurationException">Another process is running in it, or a file is in its place.</exception>
    public static RunLock Take(RunFolder folder)
    {
        for (string? path = Path.GetFullPath(folder.Path); path is not null; path = Path.GetDirectoryName(path))
        {
            if (File.Exists(path))
                throw new ConfigurationException($"{folder.Path} cannot be the folder of a run, since {path} is a file: name another folder with --output");
        }
        Directory.CreateDirectory(folder.Path);
        try
        {
            return new RunLock(new FileStream(Path.Combine(folder.Path, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException error) when (error.HResult is LinuxHeld or MacHeld or WindowsHeld)
        {
            throw new ConfigurationException($"another process is running in {folder.Path}: wait until it has ended, or name another folder with --output");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
