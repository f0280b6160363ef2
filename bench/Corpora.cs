using System.Text;
using System.Text.Json;

namespace DataPipeline.Bench;

/// <summary>Documents to measure on, by kind. Each folder of <paramref name="root"/> is a kind: <c>en</c>, <c>zh</c>, <c>code</c>, ...; its text files are the documents.</summary>
/// <remarks>Without a root, the texts of samples/ are repeated; then figures show only that things run.</remarks>
internal sealed class Corpora(string? root, string samples)
{
    private const int MaxDocumentBytes = 1 << 20;

    /// <summary>True where real text was given.</summary>
    public bool IsReal => root is not null;

    /// <summary>Documents of one kind in the order of their paths, cut at line ends into documents of at most 1 MiB, up to a number of bytes.</summary>
    public IReadOnlyList<byte[]> Read(string kind, long maxBytes)
    {
        List<byte[]> documents = [];
        long bytes = 0;
        foreach (byte[] document in Files(kind).SelectMany(Cut))
        {
            if (bytes >= maxBytes)
                break;
            documents.Add(document);
            bytes += document.Length;
        }
        if (documents.Count == 0)
            throw new InvalidOperationException($"no text of kind {kind} under {root ?? samples}");
        return documents;
    }

    /// <summary>The path of one file, or null where it is not there.</summary>
    public string? File(string kind, string name) => root is not null && System.IO.File.Exists(Path.Combine(root, kind, name)) ? Path.Combine(root, kind, name) : null;

    /// <summary>The documents as a file of JSON lines with id and text, for sides in other processes.</summary>
    public static long WriteJsonLines(string path, IEnumerable<byte[]> documents)
    {
        long bytes = 0;
        using FileStream file = System.IO.File.Create(path);
        int number = 0;
        foreach (byte[] document in documents)
        {
            using (Utf8JsonWriter writer = new(file, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            {
                writer.WriteStartObject();
                writer.WriteString("id", $"d{number++}");
                writer.WriteString("text", Encoding.UTF8.GetString(document));
                writer.WriteEndObject();
            }
            file.WriteByte((byte)'\n');
            bytes += document.Length;
        }
        return bytes;
    }

    private IEnumerable<string> Files(string kind)
    {
        if (root is not null)
        {
            string folder = Path.Combine(root, kind);
            return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : [];
        }
        bool wantsCode = kind == "code";
        return Directory.EnumerateFiles(samples, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".cs" or ".py" or ".js" or ".go" == wantsCode && Path.GetExtension(file) is ".txt" or ".md" or ".cs" or ".py" or ".js" or ".go")
            .Order(StringComparer.Ordinal);
    }

    private static IEnumerable<byte[]> Cut(string path)
    {
        byte[] bytes = System.IO.File.ReadAllBytes(path);
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
            yield break;
        for (int start = 0; start < bytes.Length;)
        {
            int length = bytes.Length - start;
            if (length > MaxDocumentBytes)
            {
                int line = bytes.AsSpan(start, MaxDocumentBytes).LastIndexOf((byte)'\n');
                length = line >= 0 ? line + 1 : MaxDocumentBytes;
                while (start + length < bytes.Length && (bytes[start + length] & 0xC0) == 0x80)
                    length--;
            }
            yield return bytes[start..(start + length)];
            start += length;
        }
    }
}
