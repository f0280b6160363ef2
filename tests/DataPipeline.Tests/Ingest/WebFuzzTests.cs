using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Ingest.Web;

namespace DataPipeline.Tests.Ingest;

/// <summary>Damaged pages and archives give documents or counted reasons, and every page is done soon. DATAPIPELINE_FUZZ_SECONDS makes each test go on for that long,
/// DATAPIPELINE_FUZZ_MUTANTS for so many pages.</summary>
public sealed class WebFuzzTests : IDisposable
{
    private const int Sample = 60;
    // Far above what any page takes, also where the machine does other things beside.
    private static readonly TimeSpan TooLong = TimeSpan.FromSeconds(1);

    private static readonly byte[][] Fragments = [.. new[]
    {
        "<", ">", "</", "<!--", "-->", "<![CDATA[", "<script>", "</script>", "<table><tr><td>", "</table>", "<p", "<a href=\"", "\"", "'", "=", "&", "&#", "&#x10FFFF;", "&#xD800;", "&amp", "<ul><li>",
        "<div class=\"article comments nav hidden\">", "<h1>", "<title>", "<svg>", "<template>", "<select><option>", "<pre>", "<blockquote>", "\0", "\u2028", "\u6211\u4eec\u3002", "\ud83d\ude00",
        "<meta charset=utf-16>", "<meta charset=gb18030>", "<script type=\"application/ld+json\">[[[[[[{\"headline\":", "<time datetime=\"9999-99-99\">", "\r\n\r\n", "WARC/1.0\r\n", "Content-Length: 99999999999\r\n",
        "Transfer-Encoding: chunked\r\n", "Content-Encoding: gzip\r\n", "HTTP/1.1 200 OK\r\n",
    }.Select(Encoding.UTF8.GetBytes), [0x1f, 0x8b, 8, 0], [0x28, 0xb5, 0x2f, 0xfd], [0xff, 0xfe], [0x81, 0x30, 0x89, 0x38], [0xed, 0xa0, 0x80]];

    private readonly Temporary _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Fuzz_MutatedPages_GiveADocumentOrAReasonSoon()
    {
        byte[][] pages = Pages();
        var source = new HtmlSource([_folder.Write("a.html", "x")]);
        var slowest = TimeSpan.Zero;
        long done = ForEach(random =>
        {
            byte[] page = Mutated(pages, random);
            long start = Stopwatch.GetTimestamp();
            Verdict verdict = source.Parse(new RawRecord(new Origin("a.html", 0), page));
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            slowest = took > slowest ? took : slowest;
            Assert.True(verdict.IsKept ? verdict.Document!.Text.Length > 0 : verdict.Reason is not null);
            if (took > TooLong && Again(() => source.Parse(new RawRecord(new Origin("a.html", 0), page))) > TooLong)
                Assert.Fail($"a page of {page.Length:N0} bytes takes {took.TotalSeconds:F1} s: {Path.GetFileName(Keep(page))}");
        });
        Console.WriteLine($"{done:N0} pages, the slowest in {slowest.TotalMilliseconds:F0} ms");
    }

    [Fact]
    public void Fuzz_MutatedArchives_GiveRecordsOrReasonsSoon()
    {
        byte[][] pages = [.. Pages().Where(page => page.Length < 200_000)];
        long done = ForEach(random =>
        {
            byte[][] records = [.. Enumerable.Range(0, 4).Select(i => Record(pages[random.Next(pages.Length)], i))];
            byte[] archive = random.Next(3) switch
            {
                0 => Mutated([[.. records.SelectMany(record => record)]], random),
                1 => Mutated([[.. records.SelectMany(record => Gzip(record))]], random),
                _ => [.. records.SelectMany(record => Gzip(Mutated([record], random)))],
            };
            string file = _folder.Write("a.warc", archive);
            long start = Stopwatch.GetTimestamp();
            int found = Count(file);
            if (Stopwatch.GetElapsedTime(start) > 4 * TooLong && Again(() => Count(file)) > 4 * TooLong)
                Assert.Fail($"an archive of {archive.Length:N0} bytes takes too long: {Keep(archive)}");
            Assert.InRange(found, 0, archive.Length + 1);
        });
        Console.WriteLine($"{done:N0} archives");

        static int Count(string file)
        {
            var source = new WarcSource([file], checkDigests: true);
            int found = 0;
            foreach (RawRecord record in source.Files().SelectMany(input => source.Read(input)))
            {
                found++;
                if (record.Problem is null)
                    _ = source.Parse(record);
            }
            // Each unreadable place and each record once, whatever is asked.
            Assert.True(WebArchive.List(file, check: true).Count() >= found);
            return found;
        }
    }

    private static TimeSpan Again(Action action)
    {
        // By processor time: a busy machine is no finding.
        TimeSpan before = Process.GetCurrentProcess().UserProcessorTime;
        action();
        return Process.GetCurrentProcess().UserProcessorTime - before;
    }

    private static string Keep(byte[] bytes)
    {
        string path = Path.Combine(Path.GetTempPath(), $"datapipeline-slow-{bytes.Length}");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static long ForEach(Action<Random> round)
    {
        double seconds = Setting("DATAPIPELINE_FUZZ_SECONDS"), wanted = Math.Max(Sample, Setting("DATAPIPELINE_FUZZ_MUTANTS"));
        long start = Stopwatch.GetTimestamp(), done = 0;
        for (; done < wanted || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; done++)
        {
            int seed = (int)done;
            try
            {
                round(new Random(seed));
            }
            catch (Exception fault) when (fault is not Xunit.Sdk.XunitException)
            {
                throw new InvalidOperationException($"mutant {seed}", fault);
            }
        }
        return done;
    }

    private static double Setting(string name) => double.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out double given) ? given : 0;

    /// <summary>Flips, cuts, copies, insertions of hostile fragments, and splices with another page.</summary>
    private static byte[] Mutated(byte[][] pages, Random random)
    {
        List<byte> page = [.. pages[random.Next(pages.Length)]];
        for (int changes = random.Next(1, 30); changes > 0 && page.Count > 0; changes--)
        {
            int at = random.Next(page.Count), length = Math.Min(page.Count - at, 1 << random.Next(14));
            switch (random.Next(7))
            {
                case 0:
                    page[at] = (byte)random.Next(256);
                    break;
                case 1:
                    page.RemoveRange(at, length);
                    break;
                case 2:
                    page.InsertRange(at, Fragments[random.Next(Fragments.Length)]);
                    break;
                case 3:
                    byte[] fragment = Fragments[random.Next(Fragments.Length)];
                    page.InsertRange(at, Enumerable.Repeat(fragment, 1 << random.Next(13)).SelectMany(part => part));
                    break;
                case 4:
                    page.InsertRange(random.Next(page.Count), page.GetRange(at, length));
                    break;
                case 5:
                    byte[] other = pages[random.Next(pages.Length)];
                    page.InsertRange(at, other[random.Next(other.Length)..]);
                    break;
                default:
                    page.RemoveRange(at, random.Next(8) == 0 ? page.Count - at : Math.Min(1, page.Count - at));
                    break;
            }
        }
        return [.. page];
    }

    private static byte[][] Pages()
    {
        string sample = Path.Combine(Requirements.Root, "samples");
        List<byte[]> pages = [Encoding.UTF8.GetBytes("<html lang=en><head><meta charset=utf-8><title>T</title></head><body><nav><a href=/>Home</a></nav><article><h1>H</h1>"
            + "<p>The committee met on Tuesday, and after a long debate it decided to build the bridge.</p><table><tr><td>1<td>2</table><ul><li>a<li>b</ul></article></body></html>")];
        pages.AddRange(Directory.EnumerateFiles(sample, "*.html", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes));
        if (SharedData.Find("extraction.tar.xz") is { } shared)
        {
            var source = new HtmlSource([shared], ["readability/*/source.html"], 500_000);
            pages.AddRange(source.Files().SelectMany(file => source.Read(file)).Where(record => record.Problem is null).Where((_, i) => i % 6 == 0).Select(record => record.Content.ToArray()));
        }
        return [.. pages];
    }

    private static byte[] Record(byte[] page, int number)
    {
        byte[] http = [.. "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"u8, .. page];
        return [.. Encoding.UTF8.GetBytes($"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://example.org/{number}\r\nContent-Type: application/http\r\nContent-Length: {http.Length}\r\n\r\n"), .. http, .. "\r\n\r\n"u8];
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }
}
