using DataPipeline.Core;
using Microsoft.Win32.SafeHandles;

namespace DataPipeline.Dedup.Files;

/// <summary>The sketches of one shard, a fixed number of bytes a row; a row without keys is zeros.</summary>
internal sealed class SketchFile(string path, int sketchBytes) : IDisposable
{
    private readonly SafeFileHandle _file = File.OpenHandle(path, options: FileOptions.RandomAccess);

    /// <summary>Adds the sketch of the next row to a file being written.</summary>
    public static void Write(Stream file, byte[] sketch, int sketchBytes) =>
        file.Write(sketch.Length == sketchBytes ? sketch : sketch.Length == 0 ? new byte[sketchBytes]
            : throw new InvalidOperationException($"a sketch of {sketch.Length} bytes where {sketchBytes} were announced"));

    /// <summary>Reads the sketch of a row.</summary>
    public void Read(int row, Span<byte> sketch)
    {
        if (RandomAccess.Read(_file, sketch, (long)row * sketchBytes) != sketchBytes)
            throw new InputException($"{path}: ends before row {row}; delete its folder and run again to make it anew");
    }

    public void Dispose() => _file.Dispose();
}
