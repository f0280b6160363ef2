using System.CommandLine;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Filters;
using DataPipeline.Ingest.Web;
using DataPipeline.Runs;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline extract FILES</c>: the main text of pages and of the pages in archives, a JSON line each.</summary>
internal static class ExtractVerb
{
    private const int Batch = 16, LanguageBytes = 4096;

    private enum OutputFormat
    {
        Text,
        Markdown,
        Json,
    }

    public static Command Command()
    {
        var files = new Argument<string[]>("FILES") { Description = "pages (.html, perhaps compressed), archives of pages (.tar, .zip, ...), WARC or ARC files; patterns and folders too", Arity = ArgumentArity.OneOrMore };
        var format = new Option<OutputFormat>("--format") { Description = "text: a line for each paragraph; markdown; json: text, and all facts known about the page" };
        var preset = new Option<ExtractionPreset>("--preset") { Description = "what to risk where it is not certain that a part belongs to the text" };
        var threads = new Option<int>("--threads") { Description = "worker threads; changes speed only", DefaultValueFactory = _ => Environment.ProcessorCount };
        var command = new Command("extract", "Prints the main text of web pages as JSON lines: id, title, author, date, url, language, text.") { files, format, preset, threads };
        command.SetAction((parsed, cancel) => Task.FromResult(Extract(parsed.GetValue(files)!, parsed.GetValue(format), parsed.GetValue(preset), parsed.GetValue(threads), cancel)));
        return command;
    }

    private static int Extract(string[] files, OutputFormat format, ExtractionPreset preset, int threads, CancellationToken cancel)
    {
        if (threads < 1)
            throw new ConfigurationException("--threads must be at least 1");
        PageFormat pageFormat = format == OutputFormat.Markdown ? PageFormat.Markdown : PageFormat.Text;
        using Stream output = Console.OpenStandardOutput();
        using var buffered = new BufferedStream(output, 1 << 16);
        long pages = 0, empty = 0, others = 0, broken = 0;
        foreach (string given in files)
        {
            Source source = WebArchive.Is(given) ? new WarcSource([given], format: pageFormat, preset: preset) : new HtmlSource([given], format: pageFormat, preset: preset);
            IEnumerable<RawRecord> records = source.Files().SelectMany(file => InputRecords.Of(source, file, cancel));
            IEnumerable<Extracted> extracted = Flow.Ordered(records, record => Of(source, record, format), threads, Batch, record => record.Content.Length, cancel: cancel);
            foreach ((Origin origin, byte[]? line, bool hasText, string? problem) in extracted)
            {
                if (problem is not null)
                    Console.Error.WriteLine($"{origin.File}, record {origin.Record}{(origin.Offset > 0 ? $", byte {origin.Offset}" : "")}: {problem}");
                broken += problem is null ? 0 : 1;
                others += problem is null && line is null ? 1 : 0;
                pages += line is null ? 0 : 1;
                empty += line is null || hasText ? 0 : 1;
                buffered.Write(line);
            }
        }
        buffered.Flush();
        Console.Error.WriteLine($"{pages:N0} pages{(empty > 0 ? $", {empty:N0} of them without a text" : "")}{(others > 0 ? $"; {others:N0} records that are no pages" : "")}{(broken > 0 ? $"; {broken:N0} unreadable" : "")}");
        return broken > 0 ? ExitCode.DataIsWrong : ExitCode.Done;
    }

    private static Extracted Of(Source source, RawRecord record, OutputFormat format)
    {
        if (record.Problem is not null)
            return new Extracted(record.Origin, null, false, $"{record.Problem}: {record.Detail}");
        Verdict verdict = source.Parse(record);
        // A page without a text is a page still; pictures and redirections in an archive are none.
        if (verdict.Document is null && source is WarcSource && verdict.Reason is not ("empty_text" or "empty_body"))
            return new Extracted(record.Origin, null, false, null);
        return new Extracted(record.Origin, Line(source is WarcSource, record, verdict.Document, format), verdict.Document is not null, null);
    }

    private static byte[] Line(bool inArchive, RawRecord record, Document? document, OutputFormat format)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            IReadOnlyDictionary<string, string> facts = document?.Metadata ?? Document.NoMetadata;
            json.WriteStartObject();
            json.WriteString("id", inArchive ? $"{record.Origin.File}#{record.Origin.Record}" : record.Origin.File);
            json.WriteString("title", facts.GetValueOrDefault("title"));
            json.WriteString("author", facts.GetValueOrDefault("author"));
            json.WriteString("date", facts.GetValueOrDefault("published"));
            json.WriteString("url", facts.GetValueOrDefault("url") ?? record.Name);
            json.WriteString("language", document is null ? null : Language(document, facts));
            json.WriteString("text", document?.Text ?? "");
            if (format == OutputFormat.Json)
            {
                json.WriteStartObject("facts");
                foreach ((string key, string value) in facts)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        line.WriteByte((byte)'\n');
        return line.ToArray();
    }

    // What the text is in, by its start; what the page says where the text does not tell.
    private static string? Language(Document document, IReadOnlyDictionary<string, string> facts)
    {
        var start = new byte[Math.Min(LanguageBytes, System.Text.Encoding.UTF8.GetMaxByteCount(document.Text.Length))];
        System.Text.Unicode.Utf8.FromUtf16(document.Text, start, out _, out int length);
        (string code, double score) = LanguageIdentifier.Default.Identify(start.AsSpan(0, length));
        string? said = facts.GetValueOrDefault("html_lang")?.Split('-')[0].ToLowerInvariant();
        return code == LanguageIdentifier.Undetermined || score < 0.5 && said is not null ? said : code;
    }

    private readonly record struct Extracted(Origin Origin, byte[]? Line, bool HasText, string? Problem);
}
