using System.Text;

namespace DataPipeline.Dedup.Files;

/// <summary>Writes the ids of one shard as a <see cref="BlobFile"/> of UTF-8.</summary>
internal sealed class IdFileWriter(string path) : IDisposable
{
    private readonly BlobFileWriter _file = new(path);

    public void Add(string id) => _file.Add(Encoding.UTF8.GetBytes(id));

    public void Finish() => _file.Finish();

    public void Dispose() => _file.Dispose();
}

/// <summary>Looks up ids of one shard by row.</summary>
internal sealed class IdFile(string path) : IDisposable
{
    private readonly BlobFile _file = new(path);

    public string this[int row] => Encoding.UTF8.GetString(_file[row]);

    public void Dispose() => _file.Dispose();
}
