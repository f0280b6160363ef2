using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Tests.Ingest;

/// <summary>A folder of files for one test.</summary>
internal sealed class Temporary : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("datapipeline-ingest-");

    public string Folder => _folder.FullName;

    public string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public void Dispose() => _folder.Delete(true);

    /// <summary>Everything a source gives: documents in order, and drops as <c>reason</c>.</summary>
    public static (List<Document> Documents, List<(string Reason, Origin Origin)> Drops) Run(Source source)
    {
        var documents = new List<Document>();
        var drops = new List<(string, Origin)>();
        foreach (RawRecord record in source.Files().SelectMany(file => source.Read(file)))
        {
            if (record.Problem is not null)
            {
                drops.Add((record.Problem, record.Origin));
                continue;
            }
            Verdict verdict = source.Parse(record);
            if (verdict.Document is { } document)
                documents.Add(document);
            else
                drops.Add((verdict.Reason!, record.Origin));
        }
        return (documents, drops);
    }
}
