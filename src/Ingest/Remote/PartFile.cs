using System.Security.Cryptography;
using System.Text;

namespace DataPipeline.Ingest.Remote;

/// <summary>What is known about the bytes of a file that is on its way.</summary>
/// <param name="Url">Its address as it was given.</param>
/// <param name="Etag">Of the file that the bytes are from.</param>
/// <param name="LastModified">Of the same.</param>
/// <param name="Length">Bytes of the whole, where the server said it.</param>
/// <param name="Checksums">What the server stated with it.</param>
/// <param name="Finished">Set when the bytes are whole and verified, and only renaming is left.</param>
internal sealed record PartState(string Url, string? Etag, string? LastModified, long? Length, IReadOnlyList<Checksum> Checksums, FetchedFile? Finished = null)
{
    /// <summary>What a range may be asked for with (RFC 9110, 13.1.5): a strong ETag, else the date; null where neither is there.</summary>
    public string? Validator => Etag is { Length: > 2 } && Etag[0] == '"' ? Etag : Etag is null ? LastModified : null;
}

/// <summary>The bytes of an unfinished file, and a file beside them that says whose they are, in a folder of their own: no name that a server gives can meet theirs.</summary>
internal sealed class PartFile
{
    private readonly string _statePath;

    /// <summary>Finds what an earlier try left.</summary>
    /// <param name="workFolder">Folder of unfinished files.</param>
    /// <param name="url">The address as it was given.</param>
    public PartFile(string workFolder, string url)
    {
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))[..32];
        (BytesPath, _statePath) = (Path.Combine(workFolder, key + ".part"), Path.Combine(workFolder, key + ".json"));
        State = FetchLedger.Read<PartState>(_statePath) is { } state && state.Url == url ? state : null;
        if (State is null)
            Discard();
        else if (File.Exists(BytesPath))
            Length = new FileInfo(BytesPath).Length;
    }

    public string BytesPath { get; }

    /// <summary>What the bytes are from; null where there are none.</summary>
    public PartState? State { get; private set; }

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Begins with no bytes. What is known about them is on the disk before the first.</summary>
    public void Begin(PartState state)
    {
        Discard();
        Save(state);
    }

    /// <summary>Adds bytes; the stream is the caller's until it is closed.</summary>
    public async Task AppendAsync(FileStream stream, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        await stream.WriteAsync(bytes, cancel).ConfigureAwait(false);
        Length += bytes.Length;
    }

    public FileStream OpenToAppend() => new(BytesPath, FileMode.Append, FileAccess.Write, FileShare.Read, 1);

    /// <summary>Marks the bytes as whole; from now on they only have to be renamed.</summary>
    public void Finish(FetchedFile file)
    {
        using (FileStream stream = new(BytesPath, FileMode.OpenOrCreate, FileAccess.ReadWrite))
            stream.Flush(flushToDisk: true);
        Save(State! with { Finished = file });
    }

    /// <summary>Puts the finished bytes where they belong.</summary>
    public void MoveTo(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (File.Exists(BytesPath))
            File.Move(BytesPath, path, overwrite: true);
    }

    /// <summary>Removes the bytes and what is known about them.</summary>
    public void Discard()
    {
        File.Delete(_statePath);
        File.Delete(BytesPath);
        (State, Length) = (null, 0);
    }

    private void Save(PartState state)
    {
        FetchLedger.Write(_statePath, state);
        State = state;
    }
}
