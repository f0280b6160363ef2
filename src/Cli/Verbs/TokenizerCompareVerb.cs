using System.CommandLine;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Lines;
using Spectre.Console;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline tokenizer compare FILES --on INPUTS</c>: bytes for a token and tokens for a word of several tokenizers, by source and by language.</summary>
internal static class TokenizerCompareVerb
{
    public static Command Command()
    {
        var files = new Argument<string[]>("FILES") { Description = "tokenizer files", Arity = ArgumentArity.OneOrMore };
        var on = new Option<string[]>("--on") { Description = "folders of runs, or files (.jsonl, .parquet, text), as name=path to name a source", Required = true, AllowMultipleArgumentsPerToken = true };
        var column = new Option<string>("--text-column") { Description = "field of the text in JSON lines and Parquet", DefaultValueFactory = _ => "text" };
        var json = new Option<bool>("--json") { Description = "prints one JSON object" };
        var threads = new Option<int>("--threads") { Description = "worker threads; changes speed only", DefaultValueFactory = _ => Environment.ProcessorCount };
        var command = new Command("compare", "Compares tokenizers on texts: bytes per token (more is better), tokens per word and per character (fewer is better).") { files, on, column, json, threads };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(threads) < 1)
                throw new ConfigurationException("--threads must be at least 1");
            string[] paths = parsed.GetValue(files)!;
            Tokenizer[] tokenizers = [.. paths.Select(path => Tokenizer.Load(path))];
            SortedDictionary<string, Fertility> groups = Measure(tokenizers, new TextInputs(parsed.GetValue(on)!, parsed.GetValue(column)!), parsed.GetValue(threads));
            if (parsed.GetValue(json))
                WriteJson(paths, tokenizers, groups);
            else
                WriteTable(paths, groups);
            return ExitCode.Done;
        });
        return command;
    }

    private static SortedDictionary<string, Fertility> Measure(Tokenizer[] tokenizers, TextInputs inputs, int threads)
    {
        SortedDictionary<string, Fertility> groups = new(StringComparer.Ordinal);
        IEnumerable<(Document Document, Fertility Fertility)> measured = Flow.Ordered(
            inputs.Read(), document => (document, Fertility.Of(document.Text, tokenizers)), threads, weigh: document => document.Text.Length * 2L, batchBytes: 1 << 20);
        foreach ((Document document, Fertility fertility) in measured)
        {
            Group("all").Add(fertility);
            Group($"source {document.Source}").Add(fertility);
            if (document.Metadata.GetValueOrDefault("language", "") is { Length: > 0 } language)
                Group($"language {language}").Add(fertility);
        }
        return groups.Count > 0 ? groups : throw new InputException("none of the inputs has a document: look at --text-column");

        Fertility Group(string name)
        {
            if (!groups.TryGetValue(name, out Fertility? group))
                groups[name] = group = new Fertility();
            return group;
        }
    }

    private static void WriteTable(string[] paths, SortedDictionary<string, Fertility> groups)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected)
            console.Profile.Width = 150;
        var table = new Table { Border = TableBorder.Minimal };
        table.AddColumn("texts");
        foreach (string column in (string[])["tokenizer", "documents", "bytes", "tokens", "bytes/token", "tokens/word", "tokens/character"])
            table.AddColumn(new TableColumn(column) { Alignment = column == "tokenizer" ? Justify.Left : Justify.Right });
        foreach ((string name, Fertility group) in groups)
        {
            for (int i = 0; i < paths.Length; i++)
            {
                double tokens = group.Tokens[i];
                table.AddRow([.. new[]
                {
                    i == 0 ? name : "", paths[i], i == 0 ? $"{group.Documents:N0}" : "", i == 0 ? $"{group.Bytes:N0}" : "", $"{group.Tokens[i]:N0}",
                    $"{group.Bytes / tokens:F3}", $"{tokens / group.Words:F3}", $"{tokens / group.Characters:F3}",
                }.Select(Markup.Escape)]);
            }
        }
        console.Write(table);
    }

    private static void WriteJson(string[] paths, Tokenizer[] tokenizers, SortedDictionary<string, Fertility> groups)
    {
        using Stream output = Console.OpenStandardOutput();
        using (Utf8JsonWriter json = new(output, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteStartArray("tokenizers");
            for (int i = 0; i < paths.Length; i++)
            {
                json.WriteStartObject();
                json.WriteString("file", paths[i]);
                json.WriteNumber("vocabulary", tokenizers[i].VocabularySize);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartObject("texts");
            foreach ((string name, Fertility group) in groups)
            {
                json.WriteStartObject(name);
                json.WriteNumber("documents", group.Documents);
                json.WriteNumber("bytes", group.Bytes);
                json.WriteNumber("characters", group.Characters);
                json.WriteNumber("words", group.Words);
                WriteList(json, "tokens", group.Tokens.Select(tokens => (double)tokens));
                WriteList(json, "bytes_per_token", group.Tokens.Select(tokens => (double)group.Bytes / tokens));
                WriteList(json, "tokens_per_word", group.Tokens.Select(tokens => (double)tokens / group.Words));
                WriteList(json, "tokens_per_character", group.Tokens.Select(tokens => (double)tokens / group.Characters));
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        output.WriteByte((byte)'\n');
    }

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        json.WriteStartArray(name);
        foreach (double value in values)
        {
            if (double.IsFinite(value))
                json.WriteNumberValue(Math.Round(value, 6));
            else
                json.WriteNullValue();
        }
        json.WriteEndArray();
    }
}
