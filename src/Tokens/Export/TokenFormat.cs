using System.Globalization;
using System.Runtime.InteropServices;
using DataPipeline.Core;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tokens.Export;

/// <summary>Files that other trainers read.</summary>
public enum TokenFormat
{
    /// <summary>NAME.bin and NAME.idx of Megatron-LM; a sequence is a document with its end token.</summary>
    Megatron,

    /// <summary>NAME.bin of nanoGPT: 16-bit ids without a header, the end token behind each document.</summary>
    Nanogpt,

    /// <summary>NAME_000000.bin of llm.c: a header of 256 numbers, then 16-bit ids, the end token before each document; at most 100,000,000 tokens a file.</summary>
    Llmc,

    /// <summary>NAME.jsonl: a document a line with all its columns.</summary>
    Jsonl,
}

/// <summary>Writes documents to files of one format under temporary names; <see cref="Finish"/> gives them their names.</summary>
internal abstract class TokenFileWriter : IDisposable
{
    private readonly List<(FileStream Stream, string Path)> _open = [];
    private readonly List<(string Path, long Documents, long Tokens)> _files = [];

    public static TokenFileWriter Create(TokenFormat format, string path, TokenShardHeader header)
    {
        if (format is TokenFormat.Nanogpt or TokenFormat.Llmc)
        {
            if (!header.IsNarrow)
                throw new ConfigurationException($"{format.ToString().ToLowerInvariant()} files hold 16-bit ids, but the vocabulary has {header.VocabularySize.ToString(CultureInfo.InvariantCulture)}: export as megatron or jsonl");
            if (header.EndOfDocumentId is null)
                throw new ConfigurationException($"{format.ToString().ToLowerInvariant()} files need an end-of-document token between documents, but the tokenizer has none: export as megatron or jsonl");
        }
        return format switch
        {
            TokenFormat.Megatron => new MegatronWriter(path, header),
            TokenFormat.Nanogpt => new NanoGptWriter(path, header.EndOfDocumentId!.Value),
            TokenFormat.Llmc => new LlmcWriter(path, header.EndOfDocumentId!.Value),
            _ => new JsonLinesWriter(path),
        };
    }

    /// <summary>Files written, with documents and ids in each, ends of documents counted.</summary>
    public IReadOnlyList<(string Path, long Documents, long Tokens)> Files => _files;

    public abstract void Add(TokenDocument document);

    public void Finish()
    {
        Close();
        foreach ((FileStream stream, string path) in _open)
        {
            Seal(stream);
            File.Move(path + ".tmp", path, overwrite: true);
        }
        _open.Clear();
    }

    public void Dispose()
    {
        foreach ((FileStream stream, string path) in _open)
        {
            stream.Dispose();
            File.Delete(path + ".tmp");
        }
    }

    /// <summary>Writes what stands at the end of the last file.</summary>
    protected abstract void Close();

    protected FileStream Open(string path)
    {
        var stream = new FileStream(path + ".tmp", FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 18);
        _open.Add((stream, path));
        return stream;
    }

    /// <summary>Closes a file that is whole, so that thousands of them need not stay open.</summary>
    protected static void Seal(FileStream stream)
    {
        if (!stream.CanWrite)
            return;
        stream.Flush(flushToDisk: true);
        stream.Dispose();
    }

    protected void Note(string path, long documents, long tokens) => _files.Add((path, documents, tokens));

    protected static void WriteNarrow(FileStream file, ReadOnlySpan<int> ids)
    {
        Span<ushort> block = stackalloc ushort[4096];
        while (!ids.IsEmpty)
        {
            int count = Math.Min(block.Length, ids.Length);
            for (int i = 0; i < count; i++)
                block[i] = (ushort)ids[i];
            file.Write(MemoryMarshal.AsBytes(block[..count]));
            ids = ids[count..];
        }
    }
}
