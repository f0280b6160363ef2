using System.Globalization;
using System.Runtime.InteropServices;
using DataPipeline.Core;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tokens.Export;

/// <summary>nanoGPT's train.bin: ids alone.</summary>
internal sealed class NanoGptWriter(string path, int endOfDocument) : TokenFileWriter
{
    private FileStream? _file;
    private long _documents, _tokens;

    public override void Add(TokenDocument document)
    {
        _file ??= Open(path + ".bin");
        WriteNarrow(_file, document.Tokens.Span);
        WriteNarrow(_file, [endOfDocument]);
        _documents++;
        _tokens += document.Tokens.Length + 1;
    }

    protected override void Close()
    {
        _file ??= Open(path + ".bin");
        Note(path + ".bin", _documents, _tokens);
    }
}

/// <summary>llm.c's shards: 256 32-bit numbers (magic, version, tokens, zeros), then ids.</summary>
internal sealed class LlmcWriter(string path, int endOfDocument) : TokenFileWriter
{
    internal const int Magic = 20240520, Version = 1, HeaderNumbers = 256;
    private const int FileTokens = 100_000_000;

    private FileStream? _file;
    private string _name = "";
    private int _number;
    private long _documents, _tokens;

    public override void Add(TokenDocument document)
    {
        if (_file is not null && _tokens + document.Tokens.Length + 1 > FileTokens)
            Close();
        _file ??= Begin();
        WriteNarrow(_file, [endOfDocument]);
        WriteNarrow(_file, document.Tokens.Span);
        _documents++;
        _tokens += document.Tokens.Length + 1;
    }

    protected override void Close()
    {
        _file ??= Begin();
        _file.Position = 8;
        _file.Write(BitConverter.GetBytes((int)_tokens));
        Note(_name, _documents, _tokens);
        Seal(_file);
        _file = null;
    }

    private FileStream Begin()
    {
        _name = $"{path}_{(_number++).ToString("D6", CultureInfo.InvariantCulture)}.bin";
        (_documents, _tokens) = (0, 0);
        int[] header = new int[HeaderNumbers];
        (header[0], header[1]) = (Magic, Version);
        FileStream file = Open(_name);
        file.Write(MemoryMarshal.AsBytes<int>(header));
        return file;
    }
}

/// <summary>Reads flat files of 16-bit ids, a document at a time.</summary>
internal static class FlatReader
{
    /// <summary>The documents of a nanoGPT file: the end token ends one.</summary>
    public static IEnumerable<int[]> ReadNanoGpt(string path, int endOfDocument)
    {
        List<int> ids = [];
        foreach (int id in Ids(path, 0))
        {
            if (id != endOfDocument)
            {
                ids.Add(id);
                continue;
            }
            yield return [.. ids];
            ids.Clear();
        }
        if (ids.Count > 0)
            yield return [.. ids];
    }

    /// <summary>The documents of an llm.c file: the end token begins one.</summary>
    public static IEnumerable<int[]> ReadLlmc(string path, int endOfDocument)
    {
        CheckLlmcHeader(path);
        List<int>? ids = null;
        foreach (int id in Ids(path, LlmcWriter.HeaderNumbers * 4))
        {
            if (id != endOfDocument)
            {
                (ids ??= []).Add(id);
                continue;
            }
            if (ids is not null)
                yield return [.. ids];
            ids = [];
        }
        if (ids is not null)
            yield return [.. ids];
    }

    private static void CheckLlmcHeader(string path)
    {
        byte[] bytes = new byte[LlmcWriter.HeaderNumbers * 4];
        using FileStream file = File.OpenRead(path);
        if (file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw new InputException($"{path}: {file.Length} bytes are fewer than the header of an llm.c file");
        ReadOnlySpan<int> header = MemoryMarshal.Cast<byte, int>(bytes);
        if (header[0] != LlmcWriter.Magic || header[1] != LlmcWriter.Version)
            throw new InputException($"{path}: magic {header[0]}, version {header[1]}: an llm.c file of GPT-2 tokens has {LlmcWriter.Magic}, {LlmcWriter.Version}");
        if (file.Length != bytes.Length + header[2] * 2L)
            throw new InputException($"{path}: {file.Length} bytes, but {bytes.Length + header[2] * 2L} are needed for the {header[2]} tokens of its header: it was cut short");
    }

    private static IEnumerable<int> Ids(string path, int headerBytes)
    {
        using FileStream file = File.OpenRead(path);
        if ((file.Length - headerBytes) % 2 != 0)
            throw new InputException($"{path}: an odd number of bytes cannot be 16-bit ids: it was cut short");
        file.Position = headerBytes;
        byte[] block = new byte[1 << 16];
        int count;
        while ((count = file.ReadAtLeast(block, block.Length, throwOnEndOfStream: false)) > 0)
        {
            for (int i = 0; i < count; i += 2)
                yield return BitConverter.ToUInt16(block, i);
        }
    }
}
