using System.Buffers.Binary;
using DataPipeline.Core;
using Microsoft.Win32.SafeHandles;

namespace DataPipeline.Dedup.Files;

/// <summary>Writes byte strings of one shard: the bytes, then the offset of each and of the end (8 bytes), then their number (8 bytes).</summary>
internal sealed class BlobFileWriter(string path) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
    private readonly List<long> _offsets = [0];

    public void Add(ReadOnlySpan<byte> bytes)
    {
        _file.Write(bytes);
        _offsets.Add(_offsets[^1] + bytes.Length);
    }

    public void Finish()
    {
        using var writer = new BinaryWriter(_file);
        foreach (long offset in _offsets)
            writer.Write(offset);
        writer.Write(_offsets.Count - 1L);
    }

    public void Dispose() => _file.Dispose();
}

/// <summary>Looks up byte strings of one shard by row.</summary>
internal sealed class BlobFile : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly long _table;

    public BlobFile(string path)
    {
        _path = path;
        _file = File.OpenHandle(path, options: FileOptions.RandomAccess);
        long end = RandomAccess.GetLength(_file) - 8;
        _table = end - 8 * (Number(end) + 1);
    }

    public byte[] this[int row]
    {
        get
        {
            long start = Number(_table + 8L * row), end = Number(_table + 8L * row + 8);
            var bytes = new byte[end - start];
            Fill(bytes, start);
            return bytes;
        }
    }

    public void Dispose() => _file.Dispose();

    private long Number(long at)
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes, at);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    private void Fill(Span<byte> bytes, long at)
    {
        if (at < 0 || RandomAccess.Read(_file, bytes, at) != bytes.Length)
            throw new InputException($"{_path}: not a complete file; delete its folder and run again to make it anew");
    }
}
