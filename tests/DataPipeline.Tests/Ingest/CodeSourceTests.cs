using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Ingest.Code;

namespace DataPipeline.Tests.Ingest;

public sealed class CodeSourceTests
{
    private const string Mit = "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software, subject to: the above copyright notice "
        + "and this permission notice shall be included in all copies.";

    private static byte[] TarGz(params (string Path, byte[] Content)[] entries)
    {
        using var stored = new MemoryStream();
        using (var gzip = new GZipStream(stored, CompressionLevel.Fastest))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            foreach ((string path, byte[] content) in entries)
            {
                tar.WriteEntry(content.Length == 0
                    ? new UstarTarEntry(TarEntryType.SymbolicLink, path) { LinkName = "/etc/passwd" }
                    : new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(content) });
            }
        }
        return stored.ToArray();
    }

    [Fact]
    public void Read_TarGz_GivesLanguageLicenceAndRefusesUnsafePaths()
    {
        using var folder = new Temporary();
        string path = folder.Write("tools-1.2.tgz", TarGz(
            ("package/src/a.py", "print(1)\n"u8.ToArray()), ("package/LICENSE", Encoding.UTF8.GetBytes(Mit)), ("../evil.py", "print(2)"u8.ToArray()),
            ("/abs.py", "print(3)"u8.ToArray()), ("package/link.py", []), ("package/logo.js", [0, 1, 2, 3]),
                ("package/data.weird", "x"u8.ToArray())));
        var (documents, drops) = Temporary.Run(new CodeSource([path]));
        Document file = Assert.Single(documents);
        Assert.Equal("print(1)\n", file.Text);
        Assert.Equal(("Python", "MIT", "tools-1.2", "package/src/a.py"),
            (file.Metadata["code_language"], file.Metadata["license"], file.Metadata["repository"], file.Metadata["path"]));
        Assert.Equal($"{path}!/package/src/a.py", file.Origin.File);
        Assert.Equal(["binary_file", "unknown_language", "unknown_language", "unsafe_path", "unsafe_path", "unsafe_path"],
            drops.Select(drop => drop.Reason).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_LooseFiles_FindTheLicenceAbove()
    {
        using var folder = new Temporary();
        folder.Write("tool/COPYING", Mit);
        folder.Write("tool/src/deep/a.rs", "fn main() {}\n");
        var (documents, drops) = Temporary.Run(new CodeSource([folder.Folder + "/tool"]));
        Assert.Equal(("Rust", "MIT", "tool"), (Assert.Single(documents).Metadata["code_language"], documents[0].Metadata["license"], documents[0].Metadata["repository"]));
        Assert.Equal("unknown_language", Assert.Single(drops).Reason);
    }

    [Fact]
    public void Read_Zip_RefusesUnsafePathsAndBombs()
    {
        using var stored = new MemoryStream();
        using (var zip = new ZipArchive(stored, ZipArchiveMode.Create, true))
        {
            foreach ((string name, byte[] content) in new (string, byte[])[] { ("p/a.go", "package a\n"u8.ToArray()), ("../b.go", "x"u8.ToArray()),
                ("p/bomb.go", new byte[30_000_000]) })
            {
                using Stream entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        }
        using var folder = new Temporary();
        string path = folder.Write("p.zip", stored.ToArray());
        var (documents, drops) = Temporary.Run(new CodeSource([path], maxExpansion: 100));
        Assert.Equal("Go", Assert.Single(documents).Metadata["code_language"]);
        Assert.Equal(["unsafe_path", "decompression_bomb"], drops.Select(drop => drop.Reason));
        var (_, large) = Temporary.Run(new CodeSource([path], maxRecordBytes: 1 << 20));
        Assert.Contains(large, drop => drop.Reason == "record_too_large");
    }

    [Fact]
    public void Read_FlippedArchives_NeverThrow()
    {
        byte[] good = TarGz(("a/b.py", "print(1)\n"u8.ToArray()), ("a/c.py", "print(2)\n"u8.ToArray()));
        using var plain = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(good), CompressionMode.Decompress))
            gzip.CopyTo(plain);
        using var zipped = new MemoryStream();
        using (var zip = new ZipArchive(zipped, ZipArchiveMode.Create, true))
        {
            using Stream entry = zip.CreateEntry("a/b.py").Open();
            entry.Write("print(1)"u8);
        }
        var random = new Random(5);
        using var folder = new Temporary();
        foreach (byte[] archive in (byte[][])[good, plain.ToArray(), zipped.ToArray()])
        {
            for (int round = 0; round < 200; round++)
            {
                byte[] bad = [.. archive];
                for (int flips = random.Next(1, 8); flips > 0; flips--)
                    bad[random.Next(bad.Length)] = (byte)random.Next(256);
                if (round % 10 == 0)
                    bad = bad[..random.Next(bad.Length)];
                _ = Temporary.Run(new CodeSource([folder.Write("a.tar", bad)]));
            }
        }
    }
}
