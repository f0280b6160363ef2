using Microsoft.Win32.SafeHandles;

namespace DataPipeline.Parquet;

/// <summary>Fills <paramref name="target"/> with the bytes of a file from an offset; may be called from several threads at once.</summary>
public delegate void RangeReader(long offset, Span<byte> target);

/// <summary>Where a file's bytes come from: any place that can be read by ranges. Reads from several threads at once are allowed.</summary>
public abstract class ByteSource : IDisposable
{
    /// <summary>What errors call the source.</summary>
    public abstract string Name { get; }

    /// <summary>Length in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>
    /// Bytes between two ranges that are cheaper to read than another request would be; default 0, as for a local file. Above 0 the chunks or pages that a
    /// row group's rows need are fetched before the first row, neighbours by one request of at most 64 MiB.
    /// </summary>
    public virtual int GapBytes => 0;

    /// <summary>A file that a function reads by ranges: over HTTP, from object storage, out of another file.</summary>
    /// <param name="name">What errors call the file.</param>
    /// <param name="length">Length in bytes.</param>
    /// <param name="read">Reads a range that lies within the length.</param>
    /// <param name="gapBytes">Bytes between two ranges that are cheaper to read than another request; default 1 MiB.</param>
    public static ByteSource FromRanges(string name, long length, RangeReader read, int gapBytes = 1 << 20)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(gapBytes);
        return new RangeByteSource(name, length, read, gapBytes);
    }

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

internal sealed class RangeByteSource(string name, long length, RangeReader read, int gapBytes) : ByteSource
{
    public override string Name => name;

    public override long Length => length;

    public override int GapBytes => gapBytes;

    public override void Read(long offset, Span<byte> target) => read(offset, target);

    protected override void Dispose(bool disposing)
    {
    }
}
