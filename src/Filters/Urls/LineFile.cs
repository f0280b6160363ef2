using System.IO.Compression;
using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Filters;

/// <summary>Reads lists with an entry a line, plain or .gz, in blocks: no string is made for a line, so that millions load in about a second.</summary>
internal static class LineFile
{
    /// <summary>What is done with a line, without the white space around it.</summary>
    public delegate void Take(ReadOnlySpan<char> line);

    /// <summary>Hands on the lines of all files; empty ones and those that begin with <c>#</c> are passed over.</summary>
    /// <exception cref="ConfigurationException">A file is missing.</exception>
    public static void Read(IReadOnlyList<string>? files, Take take)
    {
        foreach (string path in files ?? [])
        {
            if (!File.Exists(path))
                throw new ConfigurationException($"there is no list '{path}'; give the path of a text file with an entry a line");
            using Stream file = File.OpenRead(path);
            using Stream plain = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
            using var reader = new StreamReader(plain, Encoding.UTF8);
            Read(reader, take);
        }
    }

    private static void Read(StreamReader reader, Take take)
    {
        char[] buffer = new char[1 << 16];
        int filled = 0;
        for (int read; (read = reader.Read(buffer, filled, buffer.Length - filled)) > 0;)
        {
            ReadOnlySpan<char> rest = buffer.AsSpan(0, filled + read);
            for (int end = rest.IndexOf('\n'); end >= 0; end = rest.IndexOf('\n'))
            {
                Line(rest[..end], take);
                rest = rest[(end + 1)..];
            }
            rest.CopyTo(buffer);
            filled = rest.Length;
            if (filled == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
        }
        Line(buffer.AsSpan(0, filled), take);
    }

    private static void Line(ReadOnlySpan<char> line, Take take)
    {
        line = line.Trim();
        if (!line.IsEmpty && line[0] != '#')
            take(line);
    }
}
