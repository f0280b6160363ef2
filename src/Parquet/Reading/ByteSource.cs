using Microsoft.Win32.SafeHandles;

namespace DataPipeline.Parquet;

/// <summary>Where a file's bytes come from: any place that can be read by ranges.</summary>
public abstract class ByteSource : IDisposable
{
    /// <summary>What errors call the source.</summary>
    public abstract string Name { get; }

    /// <summary>Length in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Fills <paramref name="target"/> from an offset; the range lies within the length.</summary>
    public abstract void Read(long offset, Span<byte> target);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of the source.</summary>
    protected abstract void Dispose(bool disposing);
}

internal sealed class FileByteSource : ByteSource
{
    private readonly SafeFileHandle _handle;

    public FileByteSource(string path)
    {
        Name = path;
        _handle = File.OpenHandle(path);
        Length = RandomAccess.GetLength(_handle);
    }

    public override string Name { get; }

    public override long Length { get; }

    public override void Read(long offset, Span<byte> target)
    {
        while (target.Length > 0)
        {
            int read = RandomAccess.Read(_handle, target, offset);
            if (read == 0)
                throw new ParquetException($"the file became shorter while it was read: nothing at offset {offset}");
            offset += read;
            target = target[read..];
        }
    }

    protected override void Dispose(bool disposing) => _handle.Dispose();
}

internal sealed class StreamByteSource(Stream stream, string name) : ByteSource
{
    public override string Name => name;

    public override long Length { get; } = stream.Length;

    public override void Read(long offset, Span<byte> target)
    {
        // Several readers may share the source; a stream has one position.
        lock (stream)
        {
            stream.Position = offset;
            stream.ReadExactly(target);
        }
    }

    protected override void Dispose(bool disposing)
    {
    }
}
