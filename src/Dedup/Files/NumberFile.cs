using System.Buffers.Binary;
using DataPipeline.Core;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Files;

/// <summary>Ascending numbers of 8 bytes each, of which a reader takes those of a range.</summary>
internal static class NumberFile
{
    private const int Step = 8192;

    /// <summary>Writes sorted numbers.</summary>
    public static void Write(string path, ReadOnlySpan<long> numbers)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        Span<byte> bytes = stackalloc byte[8];
        foreach (long number in numbers)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
            file.Write(bytes);
        }
    }

    /// <summary>The numbers in [<paramref name="from"/>, <paramref name="to"/>) in order.</summary>
    public static IEnumerable<long> Read(string path, long from, long to)
    {
        using FileStream file = File.OpenRead(path);
        long low = 0, high = file.Length / 8;
        while (low < high)
        {
            long middle = (low + high) / 2;
            (low, high) = At(file, path, middle) < from ? (middle + 1, high) : (low, middle);
        }
        file.Position = low * 8;
        var bytes = new byte[Step * 8];
        for (int read; (read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)) > 0;)
        {
            for (int i = 0; i + 8 <= read; i += 8)
            {
                long number = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(i));
                if (number >= to)
                    yield break;
                yield return number;
            }
        }
    }

    /// <summary>The numbers of several files in a range, as flags counted from its start.</summary>
    public static bool[] Flags(IEnumerable<FileEntry> files, long from, long to)
    {
        var flags = new bool[to - from];
        foreach (FileEntry file in files)
        {
            foreach (long number in Read(file.Path, from, to))
                flags[number - from] = true;
        }
        return flags;
    }

    private static long At(FileStream file, string path, long index)
    {
        Span<byte> bytes = stackalloc byte[8];
        if (RandomAccess.Read(file.SafeFileHandle, bytes, index * 8) != 8)
            throw new InputException($"{path}: ends before number {index}; delete its folder and run again to make it anew");
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }
}
