using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using DataPipeline.Ingest.Web;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline warc ls FILES</c>: the records of web archives; with <c>--check</c> what is wrong with them.</summary>
internal static class WarcVerb
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Command()
    {
        var files = new Argument<string[]>("FILES") { Description = "WARC, WET, WAT or ARC files, plain or compressed", Arity = ArgumentArity.OneOrMore };
        var check = new Option<bool>("--check") { Description = "holds every record against the standard and its digests; exit code 3 if anything is wrong" };
        var jsonl = new Option<bool>("--jsonl") { Description = "prints a JSON object for each record" };
        var list = new Command("ls", "Lists records: byte in the file, type, HTTP status, media type, bytes of content, date, URL.") { files, check, jsonl };
        list.SetAction((parsed, cancel) => Task.FromResult(List(parsed.GetValue(files)!, parsed.GetValue(check), parsed.GetValue(jsonl), cancel)));
        return new Command("warc", "Looks into web archives.") { list };
    }

    private static int List(string[] files, bool check, bool jsonl, CancellationToken cancel)
    {
        using var output = new StreamWriter(Console.OpenStandardOutput(), bufferSize: 1 << 16);
        long wrong = 0;
        foreach (string file in files)
        {
            long records = 0, problems = 0;
            foreach (ArchivedRecord record in WebArchive.List(file, check))
            {
                cancel.ThrowIfCancellationRequested();
                records += record.Type.Length > 0 ? 1 : 0;
                problems += record.Problems.Count;
                if (jsonl)
                    output.Write(JsonSerializer.Serialize(record, Json) + "\n");
                else
                    Write(output, record);
            }
            if (records == 0 && problems++ == 0 && !jsonl)
                output.WriteLine("! no record in it");
            if (!jsonl)
                output.WriteLine($"# {file}: {records:N0} records, {problems:N0} {(check ? "problems" : "unreadable places")}");
            wrong += problems;
        }
        return wrong > 0 ? ExitCode.DataIsWrong : ExitCode.Done;
    }

    private static void Write(TextWriter output, ArchivedRecord record)
    {
        if (record.Type.Length > 0)
            output.WriteLine($"{record.Offset}\t{record.Type}\t{(record.Status > 0 ? record.Status : "-")}\t{Or(record.MediaType)}\t{record.Length}\t{Or(record.Date)}\t{Or(record.Url)}");
        foreach (string problem in record.Problems)
            output.WriteLine($"! {record.Offset}\t{problem}");
    }

    private static string Or(string? text) => string.IsNullOrEmpty(text) ? "-" : text;
}
