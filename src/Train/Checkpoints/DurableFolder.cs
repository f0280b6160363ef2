using System.Runtime.InteropServices;
using DataPipeline.Core;

namespace DataPipeline.Train;

/// <summary>Makes a folder appear whole or not at all: it is filled under a temporary name, flushed to the disk and renamed.</summary>
internal static partial class DurableFolder
{
    private const int ReadOnlyFlag = 0;

    /// <summary>Fills and publishes a folder; the filler flushes its own files. What a killed run left half written is replaced.</summary>
    internal static void Create(string folder, Action<string> fill)
    {
        string parent = Path.GetDirectoryName(Path.GetFullPath(folder))!, temporary = folder + ".part";
        Directory.CreateDirectory(parent);
        if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        Directory.CreateDirectory(temporary);
        fill(temporary);
        Flush(temporary);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.Move(temporary, folder);
        Flush(parent);
    }

    /// <summary>Removes a folder so that a kill in between leaves no half of it under its name.</summary>
    internal static void Remove(string folder)
    {
        string dying = folder + ".part";
        if (Directory.Exists(dying)) Directory.Delete(dying, recursive: true);
        Directory.Move(folder, dying);
        Directory.Delete(dying, recursive: true);
    }

    /// <summary>Writes a small file and flushes it to the disk.</summary>
    internal static void WriteFile(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        file.Write(bytes);
        file.Flush(flushToDisk: true);
    }

    // A rename lives in its directory, and .NET cannot flush one.
    private static void Flush(string folder)
    {
        int descriptor = Open(folder, ReadOnlyFlag);
        if (descriptor < 0) throw new InputException($"{folder}: cannot be opened to flush it (errno {Marshal.GetLastPInvokeError()})");
        try
        {
            if (Sync(descriptor) != 0) throw new InputException($"{folder}: cannot be flushed to the disk (errno {Marshal.GetLastPInvokeError()})");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
