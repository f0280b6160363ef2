using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using DataPipeline.Runs;

namespace DataPipeline.Tests.Cli;

/// <summary>A folder of broken inputs, and one run over all of them that may use 512 MiB.</summary>
public sealed class BadInputRun : IDisposable
{
    private const long BombBytes = 1L << 30;
    private static readonly byte[] Image = [0x89, .. "PNG\r\n\u001a\n"u8, .. Enumerable.Range(0, 4000).Select(i => (byte)(i * 7919 >> 3))];

    public BadInputRun()
    {
        WritePages();
        WriteArchives();
        using (var bomb = new GZipStream(File.Create(At("bomb.gz")), CompressionLevel.Optimal))
            WriteZeros(bomb);
        Write("good.jsonl", string.Concat(Enumerable.Range(0, 50).Select(i => $"{{\"text\": \"row {i} has some plain words in it\"}}\n")));
        byte[] broken = [.. "{\"text\":\"one\"}\n{\"text\":\"bad "u8, 0xff, .. "( bytes\"}\n{\"text\": \"lone \\ud800 surrogate\"}\n{\"text\":\"four\"}\n"u8];
        File.WriteAllBytes(At("utf8.jsonl"), broken);
        foreach (string name in (string[])["empty.warc.gz", "empty.jsonl", "empty.txt", "empty.parquet"])
            Write(name, "");
        File.WriteAllBytes(At("image.warc.gz"), Image);
        File.WriteAllBytes(At("image.txt"), Image);
        Write("text.zip", "only text, not an archive\n");
        Write("html.parquet", Page(1));
        Write("html.jsonl", Page(1));
        Write("bad.yaml", """
            name: bad
            sources:
              truncated: { read: { warc: { files: truncated.warc.gz } } }
              lying: { read: { warc: { files: lying.warc } } }
              utf8: { read: { jsonl: { files: utf8.jsonl } } }
              archives: { read: { code: { files: [evil.tar.gz, evil.zip], max_record_bytes: 4000000 } } }
              bomb_lines: { read: { jsonl: { files: bomb.gz } } }
              bomb_pages: { read: { warc: { files: bomb.gz } } }
              bomb_code: { read: { code: { files: bomb.gz } } }
              empty_pages: { read: { warc: { files: empty.warc.gz } } }
              empty_lines: { read: { jsonl: { files: empty.jsonl } } }
              empty_books: { read: { books: { files: empty.txt } } }
              empty_table: { read: { parquet: { files: empty.parquet } } }
              no_code_inside: { read: { books: { files: nothing.tar.gz } } }
              image_as_pages: { read: { warc: { files: image.warc.gz } } }
              image_as_text: { read: { text: { files: image.txt } } }
              text_as_zip: { read: { code: { files: text.zip } } }
              html_as_table: { read: { parquet: { files: html.parquet } } }
              html_as_lines: { read: { jsonl: { files: html.jsonl } } }
              good: { read: { jsonl: { files: good.jsonl } } }
            """);
        Process process = CommandLine.Start(Folder, new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x20000000" }, "run", "bad.yaml", "--output", "out");
        Ended = CommandLine.Finish(process);
        Run = new RunFolder(At("out"));
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("bad").FullName;

    public RunFolder Run { get; }

    /// <summary>How the run ended and what it said.</summary>
    public (int ExitCode, string Output, string Error) Ended { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private string At(string name) => Path.Combine(Folder, name);

    private void Write(string name, string text) => File.WriteAllText(At(name), text);

    private void WritePages()
    {
        byte[][] members = [.. Enumerable.Range(0, 4).Select(i => Compressed(Record(i)))];
        byte[] whole = [.. members.SelectMany(member => member)];
        File.WriteAllBytes(At("truncated.warc.gz"), whole[..^(members[3].Length / 2)]);
        byte[] lying = [.. Record(1), .. Record(2, lie: 500), .. Record(3), .. Record(4, lie: 10_000_000_000_000), .. Record(5)];
        File.WriteAllBytes(At("lying.warc"), lying);
    }

    private void WriteArchives()
    {
        using (var tar = new TarWriter(new GZipStream(File.Create(At("evil.tar.gz")), CompressionLevel.Fastest), TarEntryFormat.Ustar))
        {
            AddFile(tar, "p/ok.py");
            AddFile(tar, "../up.py");
            AddFile(tar, "/etc/abs.py");
            tar.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, "p/link.py") { LinkName = "/etc/passwd" });
            tar.WriteEntry(new UstarTarEntry(TarEntryType.HardLink, "p/hard.py") { LinkName = "../x" });
        }
        using (var tar = new TarWriter(new GZipStream(File.Create(At("nothing.tar.gz")), CompressionLevel.Fastest), TarEntryFormat.Ustar))
            AddFile(tar, "p/ok.py");
        using var zip = new ZipArchive(File.Create(At("evil.zip")), ZipArchiveMode.Create);
        AddEntry(zip, "p/ok.js", "console.log(1);\n");
        AddEntry(zip, "../up.js", "console.log(2);\n");
        AddEntry(zip, "p/link.js", "/etc/passwd").ExternalAttributes = unchecked((int)0xA1FF0000);
        using Stream bomb = zip.CreateEntry("p/bomb.js").Open();
        WriteZeros(bomb);
    }

    private static void AddFile(TarWriter tar, string name) =>
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream("print(1)\n"u8.ToArray()) });

    private static ZipArchiveEntry AddEntry(ZipArchive zip, string name, string text)
    {
        ZipArchiveEntry entry = zip.CreateEntry(name);
        using Stream stream = entry.Open();
        stream.Write(Encoding.UTF8.GetBytes(text));
        return entry;
    }

    private static void WriteZeros(Stream target)
    {
        byte[] zeros = new byte[1 << 20];
        for (long left = BombBytes; left > 0; left -= zeros.Length)
            target.Write(zeros);
    }

    private static byte[] Record(int number, long lie = 0)
    {
        byte[] block = Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{Page(number)}");
        return [.. Encoding.UTF8.GetBytes($"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/{number}\r\n"
            + $"Content-Type: application/http\r\nContent-Length: {block.Length + lie}\r\n\r\n"), .. block, .. "\r\n\r\n"u8];
    }

    private static string Page(int number) => "<html><body><article>" + string.Concat(Enumerable.Range(0, 8).Select(i =>
        $"<p>This is paragraph {i} of page {number}; it holds plain words, so that the extractor keeps it for us.</p>")) + "</article></body></html>";

    private static byte[] Compressed(byte[] bytes)
    {
        var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return target.ToArray();
    }
}
