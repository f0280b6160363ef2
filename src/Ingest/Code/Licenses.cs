using System.Text;

namespace DataPipeline.Ingest.Code;

/// <summary>Names the licence of a licence file by a few words that only it holds; SPDX identifiers.</summary>
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
    public static string? Detect(ReadOnlySpan<byte> file)
    {
        string text = Simplify(Encoding.UTF8.GetString(file[..Math.Min(file.Length, HeadBytes)]));
        string title = text[..Math.Min(text.Length, 400)];
        if (title.Contains("gnu affero general public license", StringComparison.Ordinal))
            return "AGPL-3.0";
        if (title.Contains("gnu lesser general public license", StringComparison.Ordinal))
            return title.Contains("version 2.1", StringComparison.Ordinal) ? "LGPL-2.1" : "LGPL-3.0";
        if (title.Contains("gnu general public license", StringComparison.Ordinal))
            return title.Contains("version 2", StringComparison.Ordinal) ? "GPL-2.0" : "GPL-3.0";
        if (title.Contains("apache license", StringComparison.Ordinal) && text.Contains("version 2.0", StringComparison.Ordinal))
            return "Apache-2.0";
        if (title.Contains("mozilla public license", StringComparison.Ordinal))
            return text.Contains("2.0", StringComparison.Ordinal) ? "MPL-2.0" : "MPL-1.1";
        if (text.Contains("free and unencumbered software released into the public domain", StringComparison.Ordinal))
            return "Unlicense";
        if (text.Contains("permission is hereby granted free of charge to any person obtaining a copy", StringComparison.Ordinal))
            return text.Contains("above copyright notice and this permission notice shall be included", StringComparison.Ordinal) ? "MIT" : "MIT-0";
        if (text.Contains("permission to use copy modify and or distribute this software for any purpose", StringComparison.Ordinal))
            return text.Contains("provided that the above copyright notice", StringComparison.Ordinal) ? "ISC" : "0BSD";
        if (text.Contains("redistribution and use in source and binary forms", StringComparison.Ordinal))
            return text.Contains("endorse or promote products", StringComparison.Ordinal) ? "BSD-3-Clause" : "BSD-2-Clause";
        if (text.Contains("boost software license", StringComparison.Ordinal))
            return "BSL-1.0";
        if (title.Contains("eclipse public license", StringComparison.Ordinal))
            return "EPL-2.0";
        return title.Contains("cc0 1.0", StringComparison.Ordinal) ? "CC0-1.0" : null;
    }

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

    /// <summary>Small letters, digits and dots inside numbers; everything else is one space.</summary>
    private static string Simplify(string text)
    {
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool point = c == '.' && i > 0 && i + 1 < text.Length && char.IsAsciiDigit(text[i - 1]) && char.IsAsciiDigit(text[i + 1]);
            if (char.IsLetterOrDigit(c) || point)
                result.Append(char.ToLowerInvariant(c));
            else if (result.Length > 0 && result[^1] != ' ')
                result.Append(' ');
        }
        return result.ToString();
    }
}
