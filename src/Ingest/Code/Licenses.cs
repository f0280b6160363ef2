using System.Text;
using DataPipeline.Core;

namespace DataPipeline.Ingest.Code;

/// <summary>Finds the licence file of a project and names its licence.</summary>
internal static class Licenses
{
    private const int HeadBytes = 1 << 16;

    /// <summary>True for a licence file at the root of a project (or one folder below, as archives pack it).</summary>
    public static bool IsFile(string path)
    {
        string[] parts = path.Split('/');
        if (parts.Length > 2)
            return false;
        string name = Path.GetFileNameWithoutExtension(parts[^1]).ToUpperInvariant();
        string extension = Path.GetExtension(parts[^1]).ToUpperInvariant();
        return extension is "" or ".TXT" or ".MD" or ".RST" && name is "LICENSE" or "LICENCE" or "COPYING" or "UNLICENSE"
            || name.StartsWith("LICENSE-", StringComparison.Ordinal) && extension is "" or ".TXT" or ".MD";
    }

    /// <summary>The SPDX identifier; null when the text is none of the known ones.</summary>
    public static string? Detect(ReadOnlySpan<byte> file) => LicenseText.OfLicense(Encoding.UTF8.GetString(file[..Math.Min(file.Length, HeadBytes)]));

    /// <summary>For a loose file: the nearest folder above it, of those its path names, that holds a licence file, and what that says.</summary>
    public static (string? Repository, string? License) Above(string path)
    {
        for (string? folder = Path.GetDirectoryName(path); !string.IsNullOrEmpty(folder) && folder is not "/"
            and not ".."; folder = Path.GetDirectoryName(folder))
        {
            string? file = Directory.EnumerateFiles(folder).Where(name =>
                IsFile(Path.GetFileName(name))).Order(StringComparer.Ordinal).FirstOrDefault();
            if (file is null)
                continue;
            using FileStream stream = File.OpenRead(file);
            byte[] head = new byte[HeadBytes];
            return (Path.GetFileName(folder), Detect(head.AsSpan(0, stream.ReadAtLeast(head, head.Length, false))));
        }
        return (null, null);
    }
}
