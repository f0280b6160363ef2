using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens;
using DataPipeline.Train;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline generate MODEL --prompt TEXT</c>: continues a prompt as it is drawn, or the prompts of a file, as JSON lines.</summary>
internal static class GenerateVerb
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Command()
    {
        var model = new ModelArguments();
        var prompt = new Option<string?>("--prompt") { Description = "text to continue" };
        var prompts = new Option<string?>("--prompts") { Description = "file of prompts: a text a line, or .jsonl with {\"prompt\": ...}; writes {\"prompt\", \"text\", \"tokens\", \"finish\"} a line, in order" };
        var chat = new Option<bool>("--chat") { Description = "a prompt is a user's message, and the answer ends with the end of the assistant's" };
        var batch = new Option<int>("--batch") { Description = "prompts computed together", DefaultValueFactory = _ => 8 };
        var defaults = new SamplingOptions();
        var tokens = new Option<int>("--tokens") { Description = "most new tokens", DefaultValueFactory = _ => 256 };
        var temperature = new Option<double>("--temperature") { Description = "divides the logits; 0 takes the likeliest token", DefaultValueFactory = _ => defaults.temperature };
        var topK = new Option<int>("--top-k") { Description = "draws among the k likeliest; 0 is all", DefaultValueFactory = _ => defaults.topK };
        var topP = new Option<double>("--top-p") { Description = "draws among the likeliest that together reach this probability", DefaultValueFactory = _ => defaults.topP };
        var minP = new Option<double>("--min-p") { Description = "leaves out tokens less likely than this times the likeliest", DefaultValueFactory = _ => defaults.minP };
        var penalty = new Option<double>("--repetition-penalty") { Description = "makes tokens already in the text less likely; 1 is none", DefaultValueFactory = _ => defaults.repetitionPenalty };
        var seed = new Option<ulong>("--seed") { Description = "seed of the draws", DefaultValueFactory = _ => 1 };
        var command = new Command("generate", "Continues prompts with a trained model; the same seed gives the same text.") { prompt, prompts, chat, batch, tokens, temperature, topK, topP, minP, penalty, seed };
        model.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = new SamplingOptions(parsed.GetValue(tokens), parsed.GetValue(temperature), parsed.GetValue(topK), parsed.GetValue(seed), parsed.GetValue(topP),
                parsed.GetValue(minP), parsed.GetValue(penalty));
            Check(options, parsed.GetValue(batch));
            if (parsed.GetValue(prompt) is null == parsed.GetValue(prompts) is null)
                throw new ConfigurationException("give either --prompt TEXT or --prompts FILE");
            string[] texts = parsed.GetValue(prompts) is { } file ? Read(file) : [parsed.GetValue(prompt)!];
            using TrainedModel open = model.Open(parsed);
            bool isChat = parsed.GetValue(chat);
            int[] stops = isChat ? [open.Chat.EndOfDocument, open.Chat.EndOfAnswer] : [open.Chat.EndOfDocument];
            int[][] ids = [.. texts.Select(text => isChat ? open.ChatPrompt(text) : open.Prompt(text))];
            if (parsed.GetValue(prompts) is null)
                Stream(open, ids[0], options, stops);
            else
                WriteLines(open, texts, ids, options, stops, parsed.GetValue(batch));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Check(SamplingOptions options, int batch)
    {
        if (options.tokens < 1 || batch < 1)
            throw new ConfigurationException("--tokens and --batch must be at least 1");
        if (!(options.temperature >= 0) || options.topK < 0)
            throw new ConfigurationException("--temperature and --top-k must not be negative");
        if (!(options.topP is >= 0 and <= 1 && options.minP is >= 0 and <= 1))
            throw new ConfigurationException("--top-p and --min-p must lie between 0 and 1");
        if (!(options.repetitionPenalty > 0))
            throw new ConfigurationException("--repetition-penalty must be above 0");
    }

    private static void Stream(TrainedModel open, int[] prompt, SamplingOptions options, int[] stops)
    {
        using Stream output = Console.OpenStandardOutput();
        var decoder = new StreamingDecoder(open.Tokenizer);
        TextSampler.Sample(open.Model, [prompt], options, stops, [options.seed], (_, id) => Write(decoder.Append(id)));
        Write(decoder.Flush());
        Write("\n");

        void Write(ReadOnlySpan<char> text)
        {
            if (text.IsEmpty)
                return;
            output.Write(Encoding.UTF8.GetBytes(text.ToArray()));
            output.Flush();
        }
    }

    private static void WriteLines(TrainedModel open, string[] texts, int[][] ids, SamplingOptions options, int[] stops, int batch)
    {
        using Stream output = Console.OpenStandardOutput();
        var seed = new Seed(options.seed);
        for (int from = 0; from < texts.Length; from += batch)
        {
            int count = Math.Min(batch, texts.Length - from);
            int[][] made = TextSampler.Sample(open.Model, ids[from..(from + count)], options, stops, [.. Enumerable.Range(from, count).Select(i => seed.For((ulong)i).Value)]);
            for (int i = 0; i < count; i++)
            {
                bool isOver = made[i].Length > 0 && stops.Contains(made[i][^1]);
                output.Write(JsonSerializer.SerializeToUtf8Bytes(
                    new { Prompt = texts[from + i], Text = open.Tokenizer.Decode(made[i], skipSpecialTokens: true), Tokens = made[i].Length, Finish = isOver ? "stop" : "length" }, Json));
                output.WriteByte((byte)'\n');
            }
            output.Flush();
        }
    }

    private static string[] Read(string file)
    {
        if (!File.Exists(file))
            throw new ConfigurationException($"--prompts {file}: no such file");
        string[] lines = [.. File.ReadLines(file).Where(line => line.Length > 0)];
        if (lines.Length == 0)
            throw new InputException($"{file}: no prompt in it");
        return file.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? [.. lines.Select((line, i) => PromptOf(line, file, i + 1))] : lines;
    }

    private static string PromptOf(string line, string file, int number)
    {
        try
        {
            return JsonElement.Parse(line).GetProperty("prompt").GetString() ?? throw new InputException($"{file}: line {number}: prompt is null");
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InputException($"{file}: line {number}: not an object with a text `prompt`", error);
        }
    }
}
