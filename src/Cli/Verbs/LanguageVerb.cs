using System.Buffers;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Filters;
using DataPipeline.Ingest.Text;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline language [--model FILE] --lines FILE</c>: the language of each line or document, in order.</summary>
internal static class LanguageVerb
{
    public static Command Command()
    {
        var model = new Option<string?>("--model") { Description = "fastText .bin or .ftz file, such as lid.176.ftz; default: the built-in model of 75 languages" };
        var lines = new Option<string?>("--lines") { Description = "texts, one a line; a file .jsonl, compressed or not, holds documents {\"text\": ...}; - is the standard input" };
        var documents = new Option<string?>("--jsonl") { Description = "documents {\"text\": ...}; writes {\"id\": ..., \"language\": code, \"score\": number} for each" };
        var threads = new Option<int>("--threads") { Description = "worker threads; changes speed only", DefaultValueFactory = _ => Environment.ProcessorCount };
        var command = new Command("language", "Prints code<TAB>score for each line: ISO 639-1 where there is one, else 639-3; und 0 where there is nothing to judge by.")
        {
            model, lines, documents, threads,
        };
        command.SetAction(parsed => Run(parsed.GetValue(model), parsed.GetValue(lines), parsed.GetValue(documents), parsed.GetValue(threads)));
        return command;
    }

    private static int Run(string? model, string? lines, string? documents, int threads)
    {
        if (lines is null == documents is null)
            throw new ConfigurationException("give either --lines FILE or --jsonl FILE");
        if (threads < 1)
            throw new ConfigurationException("--threads must be at least 1");
        if (model is not null && !File.Exists(model))
            throw new ConfigurationException($"--model {model}: no such file; give a fastText .bin or .ftz file, or leave --model out for the built-in one");
        LanguageIdentifier identifier = model is null ? LanguageIdentifier.Default : LanguageIdentifier.Load(model);
        var judge = new LanguageLines(identifier, readsJson: documents is not null || TextLine.HoldsJson(lines!), writesJson: documents is not null);
        using Stream output = Console.OpenStandardOutput();
        foreach (ReadOnlyMemory<byte> judged in Flow.Ordered(LineBlock.Read(documents ?? lines!), judge.Judge, threads, batch: 1))
        {
            output.Write(judged.Span);
            output.Flush();
        }
        return ExitCode.Done;
    }
}

/// <summary>The languages of a block of lines. Safe to use from several threads.</summary>
/// <param name="identifier">Names the languages.</param>
/// <param name="readsJson">A line is a document <c>{"text": ...}</c>, not a text.</param>
/// <param name="writesJson">Writes JSON, with the document's id, not code and score with a tab between.</param>
internal sealed class LanguageLines(LanguageIdentifier identifier, bool readsJson, bool writesJson)
{
    public ReadOnlyMemory<byte> Judge(LineBlock block)
    {
        var output = new ArrayBufferWriter<byte>(1 << 14);
        foreach (BlockLine line in new BlockLines(block, readsJson))
        {
            (string? id, string? text) = readsJson ? line.Document() : (null, null);
            Write(output, id, identifier.Identify(text is null ? line.Bytes : Encoding.UTF8.GetBytes(text)));
        }
        return output.WrittenMemory;
    }

    private void Write(ArrayBufferWriter<byte> output, string? id, (string Code, double Score) judged)
    {
        Span<byte> score = stackalloc byte[32];
        score = score[..Format(judged.Score, score)];
        if (writesJson)
        {
            output.Write("{"u8);
            if (id is not null)
                Encoding.UTF8.GetBytes($"\"id\":{id},", output);
            output.Write("\"language\":\""u8);
            Encoding.UTF8.GetBytes(JsonEncodedText.Encode(judged.Code).Value, output);
            output.Write("\",\"score\":"u8);
            output.Write(score);
            output.Write("}\n"u8);
            return;
        }
        Encoding.UTF8.GetBytes(judged.Code, output);
        output.Write("\t"u8);
        output.Write(score);
        output.Write("\n"u8);
    }

    /// <summary>A number from 0 to 2 with up to six decimals: formatting doubles in general took a tenth of the time.</summary>
    private static int Format(double score, Span<byte> target)
    {
        int millionths = (int)Math.Round(score * 1e6);
        target[0] = (byte)('0' + millionths / 1_000_000);
        target[1] = (byte)'.';
        millionths %= 1_000_000;
        int end = 2;
        for (int unit = 100_000; millionths > 0; millionths %= unit, unit /= 10)
            target[end++] = (byte)('0' + millionths / unit);
        return end == 2 ? 1 : end;
    }
}
