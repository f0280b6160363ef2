using System.Runtime.InteropServices;
using DataPipeline.Core;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tokens.Export;

/// <summary>Megatron-LM's indexed data set: NAME.bin is ids alone; NAME.idx says where each sequence and document lies.</summary>
/// <remarks>NAME.idx, little-endian: "MMIDIDX\0\0", version 1 (64 bits), code of the id type (8 bits), sequences and document marks (64 bits each), then a length in ids of each
/// sequence (32 bits), its place in bytes (64 bits), and the marks: the first sequence of each document and the number of sequences (64 bits).</remarks>
internal sealed class MegatronWriter(string path, TokenShardHeader header) : TokenFileWriter
{
    internal const byte Int32Code = 4, UInt16Code = 8;

    internal static ReadOnlySpan<byte> Magic => "MMIDIDX\0\0"u8;

    private readonly FileStream _lengths = new(path + ".lengths.tmp", FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
    private FileStream? _bin;
    private long _documents, _tokens;

    public override void Add(TokenDocument document)
    {
        _bin ??= Open(path + ".bin");
        int length = document.Tokens.Length;
        Write(document.Tokens.Span);
        if (header.EndOfDocumentId is { } end)
        {
            Write([end]);
            length++;
        }
        _lengths.Write(BitConverter.GetBytes(length));
        _documents++;
        _tokens += length;
    }

    protected override void Close()
    {
        _bin ??= Open(path + ".bin");
        FileStream index = Open(path + ".idx");
        index.Write(Magic);
        WriteNumber(index, 1);
        index.WriteByte(header.IsNarrow ? UInt16Code : Int32Code);
        WriteNumber(index, _documents);
        WriteNumber(index, _documents + 1);
        _lengths.Position = 0;
        _lengths.CopyTo(index);
        _lengths.Position = 0;
        long place = 0;
        Span<byte> length = stackalloc byte[4];
        for (long document = 0; document < _documents; document++)
        {
            WriteNumber(index, place);
            _lengths.ReadExactly(length);
            place += BitConverter.ToInt32(length) * (header.IsNarrow ? 2L : 4L);
        }
        for (long mark = 0; mark <= _documents; mark++)
            WriteNumber(index, mark);
        _lengths.Dispose();
        Note(path + ".bin", _documents, _tokens);
        Note(path + ".idx", _documents, 0);
    }

    private void Write(ReadOnlySpan<int> ids)
    {
        if (header.IsNarrow)
            WriteNarrow(_bin!, ids);
        else
            _bin!.Write(MemoryMarshal.AsBytes(ids));
    }

    private static void WriteNumber(FileStream file, long number) => file.Write(BitConverter.GetBytes(number));
}

/// <summary>Reads Megatron-LM's files, a document at a time.</summary>
internal static class MegatronReader
{
    private const int HeaderBytes = 9 + 8 + 1 + 8 + 8;

    /// <summary>The documents; an end token at the end of one is left out.</summary>
    /// <param name="path">Path with or without .bin or .idx.</param>
    /// <param name="endOfDocument">The end token, or null.</param>
    public static IEnumerable<int[]> Read(string path, int? endOfDocument)
    {
        string name = Path.GetExtension(path) is ".bin" or ".idx" ? path[..^4] : path, indexPath = name + ".idx", binPath = name + ".bin";
        if (!File.Exists(indexPath) || !File.Exists(binPath))
            throw new InputException($"{name}: a Megatron data set is {indexPath} and {binPath}, and one is missing");
        using FileStream lengths = File.OpenRead(indexPath), places = File.OpenRead(indexPath), marks = File.OpenRead(indexPath), bin = File.OpenRead(binPath);
        (byte code, long sequences, long markCount) = ReadHeader(indexPath, lengths);
        places.Position = HeaderBytes + sequences * 4;
        marks.Position = HeaderBytes + sequences * 12;
        int width = Width(indexPath, code);
        long mark = ReadNumber(marks);
        byte[] bytes = [];
        for (long document = 0; document + 1 < markCount; document++)
        {
            long next = ReadNumber(marks);
            if (next < mark || next > sequences)
                throw new InputException($"{indexPath}: document {document} ends at sequence {next} of {sequences}: the index is damaged");
            List<int> ids = [];
            for (; mark < next; mark++)
            {
                int length = (int)ReadNumber(lengths, 4);
                long place = ReadNumber(places);
                if (length < 0 || place < 0 || place + (long)length * width > bin.Length)
                    throw new InputException($"{indexPath}: sequence {mark} is {length} ids at byte {place}, behind the end of {binPath} ({bin.Length} bytes): one of them was cut short");
                if (bytes.Length < length * width)
                    bytes = new byte[length * width * 2];
                bin.Position = place;
                bin.ReadExactly(bytes, 0, length * width);
                for (int i = 0; i < length; i++)
                    ids.Add(Id(bytes, i, code));
            }
            if (ids.Count > 0 && ids[^1] == endOfDocument)
                ids.RemoveAt(ids.Count - 1);
            yield return [.. ids];
        }
    }

    private static (byte Code, long Sequences, long Marks) ReadHeader(string path, FileStream file)
    {
        byte[] header = new byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || !header.AsSpan(0, 9).SequenceEqual(MegatronWriter.Magic))
            throw new InputException($"{path}: no Megatron index (it begins with MMIDIDX)");
        if (BitConverter.ToInt64(header, 9) is not 1 and long version)
            throw new InputException($"{path}: version {version} of a Megatron index, this program reads 1");
        long sequences = BitConverter.ToInt64(header, 18), marks = BitConverter.ToInt64(header, 26);
        if (sequences < 0 || marks < 1 || sequences > file.Length || marks > file.Length || file.Length < HeaderBytes + sequences * 12 + marks * 8)
            throw new InputException($"{path}: {file.Length} bytes are too few for {sequences} sequences and {marks} document marks: the index was cut short");
        return (header[17], sequences, marks);
    }

    private static int Width(string path, byte code) => code switch
    {
        1 or 2 => 1,
        3 or 8 => 2,
        4 => 4,
        5 => 8,
        _ => throw new InputException($"{path}: id type {code} is none of whole numbers"),
    };

    private static int Id(byte[] bytes, int i, byte code) => code switch
    {
        1 => bytes[i],
        2 => (sbyte)bytes[i],
        3 => BitConverter.ToInt16(bytes, i * 2),
        8 => BitConverter.ToUInt16(bytes, i * 2),
        4 => BitConverter.ToInt32(bytes, i * 4),
        _ => (int)Math.Clamp(BitConverter.ToInt64(bytes, i * 8), int.MinValue, int.MaxValue),
    };

    private static long ReadNumber(FileStream file, int bytes = 8)
    {
        Span<byte> number = stackalloc byte[8];
        file.ReadExactly(number[..bytes]);
        return bytes == 8 ? BitConverter.ToInt64(number) : BitConverter.ToInt32(number);
    }
}
