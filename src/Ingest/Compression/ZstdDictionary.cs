using System.Buffers.Binary;

namespace DataPipeline.Ingest.Compression;

/// <summary>The dictionary at the head of a .warc.zst file: a skippable frame of its own kind that holds it, plain or compressed itself (IIPC, "Zstandard WARC
/// files").</summary>
internal static class ZstdDictionary
{
    private const int HeaderBytes = 8;
    // zstd's own trainer makes 110 KB; what is far larger is no dictionary, and it must not fill the memory.
    private const int MaxBytes = 16 << 20;

    /// <summary>Reads the dictionary, if the file begins with one.</summary>
    /// <param name="head">What was read already.</param>
    /// <param name="stored">The file behind <paramref name="head"/>; read up to the end of the frame.</param>
    /// <returns>The dictionary and the size of its frame; null where the file begins with anything else, or the frame is cut off or too large.</returns>
    public static (byte[] Bytes, long FrameBytes)? Read(ReadOnlySpan<byte> head, Stream stored)
    {
        if (head.Length < HeaderBytes || !head.StartsWith((ReadOnlySpan<byte>)[0x5d, 0x2a, 0x4d, 0x18]))
            return null;
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
        if (size > MaxBytes)
            return null;
        var content = new byte[size];
        ReadOnlySpan<byte> there = head[HeaderBytes..Math.Min(head.Length, HeaderBytes + (int)size)];
        there.CopyTo(content);
        if (stored.ReadAtLeast(content.AsSpan(there.Length), content.Length - there.Length, throwOnEndOfStream: false) < content.Length - there.Length)
            return null;
        return (Zstd.Starts(content) ? Unpacked(content) : content, HeaderBytes + size);
    }

    private static byte[] Unpacked(byte[] content)
    {
        using var flow = new ByteFlow(new MemoryStream(content, false), double.MaxValue);
        while (flow.Buffered.Length <= MaxBytes && flow.Fill())
        {
        }
        return flow.Buffered.ToArray();
    }
}
