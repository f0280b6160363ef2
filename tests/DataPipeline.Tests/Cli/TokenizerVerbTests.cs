using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using DataPipeline.Tests.Tokens;
using DataPipeline.Tokens;

namespace DataPipeline.Tests.Cli;

public sealed class TokenizerVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly BpeTokenizer _tokenizer = new BpeTrainer(400).Train(["many lines of text about lines and other texts"]);
    private readonly string[] _texts = [.. Enumerable.Range(0, 20_000).Select(i => $"line {i} of texts\n{(char)('\u00e0' + i % 20)}\ud83d\ude00")];

    public TokenizerVerbTests()
    {
        _tokenizer.Save(_folder["tokenizer.json"]);
        File.WriteAllLines(_folder["texts.jsonl"], _texts.Select((text, i) => JsonSerializer.Serialize(new { id = i, text })));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Encode_ManyLines_IsInOrderAndDecodeGivesThemBack()
    {
        (int exit, string one, string error) = Run("encode", "--jsonl", "texts.jsonl", "--threads", "1");
        Assert.Equal((0, ""), (exit, error));
        Assert.Equal(_texts.Select((text, i) => $"{{\"id\":{i},\"ids\":[{string.Join(',', _tokenizer.EncodeToIds(text))}]}}"), one.TrimEnd('\n').Split('\n'));

        using (GZipStream compressed = new(File.Create(_folder["texts.jsonl.gz"]), CompressionLevel.Fastest))
            compressed.Write(File.ReadAllBytes(_folder["texts.jsonl"]));
        Assert.Equal((0, "", ""), Run("encode", "--jsonl", "texts.jsonl.gz", "--threads", "4", "--output", "ids.jsonl.gz"));
        using (StreamReader ids = new(new GZipStream(File.OpenRead(_folder["ids.jsonl.gz"]), CompressionMode.Decompress)))
            Assert.Equal(one, ids.ReadToEnd());

        Assert.Equal((0, "", ""), Run("decode", "--jsonl", "ids.jsonl.gz", "--output", "back.jsonl"));
        Assert.Equal(_texts, File.ReadLines(_folder["back.jsonl"]).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()));
    }

    [Fact]
    public void Encode_StandardInput_AnswersALineBeforeTheNextIsThere()
    {
        Process process = new()
        {
            StartInfo = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "datapipeline.dll"), "tokenizer", "encode", "--tokenizer", _folder["tokenizer.json"], "--jsonl", "-"])
            {
                RedirectStandardInput = true, RedirectStandardOutput = true,
            },
        };
        process.Start();
        foreach (string text in _texts.Take(3))
        {
            process.StandardInput.Write(JsonSerializer.Serialize(new { text }) + "\n");
            process.StandardInput.Flush();
            Assert.Equal($"{{\"ids\":[{string.Join(',', _tokenizer.EncodeToIds(text))}]}}", process.StandardOutput.ReadLine());
        }
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public void Encode_NameOfSpecialToken_IsFoundAsHuggingFaceDoesUnlessToldOtherwise()
    {
        File.WriteAllText(_folder["one.jsonl"], """{"text":"<|endoftext|>"}""");

        Assert.Equal("{\"ids\":[0]}\n", Run("encode", "--jsonl", "one.jsonl").Output);
        Assert.Equal($"{{\"ids\":[{string.Join(',', _tokenizer.EncodeToIds("<|endoftext|>"))}]}}\n", Run("encode", "--jsonl", "one.jsonl", "--special-in-text", "astext").Output);
        Assert.Equal(3, Run("encode", "--jsonl", "one.jsonl", "--special-in-text", "refuse").ExitCode);
    }

    [Fact]
    public void Encode_WrongLines_AreNamedOrCounted()
    {
        File.WriteAllLines(_folder["wrong.jsonl"], [.. Enumerable.Repeat("{\"text\":\"a\"}", 40_000), "{\"txt\":\"a\"}", "{\"text\":\"a\"}"]);

        (int exit, _, string error) = Run("encode", "--jsonl", "wrong.jsonl");
        Assert.Equal(3, exit);
        Assert.StartsWith("wrong.jsonl: line 40001 has no string \"text\"", error, StringComparison.Ordinal);
        (exit, string output, error) = Run("encode", "--jsonl", "wrong.jsonl", "--skip");
        Assert.Equal((0, 40_001), (exit, output.Count(c => c == '\n')));
        Assert.StartsWith("wrong.jsonl: 1 lines left out", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_Texts_WritesTheTokenizerOfTheTrainerAndCompareMeasuresIt()
    {
        (int exit, string output, string error) = CommandLine.Run(_folder["."], "tokenizer", "train", "lines=texts.jsonl", "--output", "own.json", "--vocabulary-size", "350", "--reserved", "2");
        Assert.True(exit == 0, error);
        Assert.Matches(@"trained on +20,000 documents", output);
        BpeTokenizer expected = new BpeTrainer(350, reservedTokens: 2).Train(_texts);
        Tokenizer own = Tokenizer.Load(_folder["own.json"]);
        Assert.Equal(expected.Fingerprint, own.Fingerprint);
        Assert.Equal([3, 4], new[] { "<|reserved_0|>", "<|reserved_1|>" }.Select(name => own.SpecialTokens[name]));

        (exit, output, error) = CommandLine.Run(_folder["."], "tokenizer", "compare", "own.json", "tokenizer.json", "--on", "texts.jsonl", "--json");
        Assert.True(exit == 0, error);
        JsonElement all = JsonDocument.Parse(output).RootElement.GetProperty("texts").GetProperty("source texts");
        long[] tokens = [_texts.Sum(text => (long)own.CountTokens(text)), _texts.Sum(text => (long)_tokenizer.CountTokens(text))];
        Assert.Equal(tokens, all.GetProperty("tokens").EnumerateArray().Select(number => number.GetInt64()));
        Assert.Equal(_texts.Length * 5, all.GetProperty("words").GetInt64());
        Assert.Equal(_texts.Sum(text => (long)System.Text.Encoding.UTF8.GetByteCount(text)), all.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public void Run_ShardsWithEndsAndLimit_CountsTokensAndDrops()
    {
        File.WriteAllText(_folder["p.yaml"], """
            name: p
            output: out
            sources:
              a: { read: { jsonl: { files: texts.jsonl } } }
              b: { read: { jsonl: { files: long.jsonl } } }
            tokenizer: { train: { vocabulary_size: 400, special_tokens: ["<s>", "</s>", "<|endoftext|>"] }, sample_mix: { a: 0.9, b: 0.1 }, sample_characters: 20000 }
            shards: { bos_token: "<s>", eos_token: "</s>", max_document_tokens: 60, long_documents: drop }
            """);
        File.WriteAllLines(_folder["long.jsonl"], Enumerable.Range(0, 10).Select(i => JsonSerializer.Serialize(new { text = i < 4 ? "short" : new string('z', 5) + string.Concat(Enumerable.Range(0, 90).Select(j => $" {j * i}")) })));

        (int exit, string output, string error) = CommandLine.Run(_folder["."], "run", "p.yaml");

        Assert.True(exit == 0, error);
        Assert.Contains("tokens/too_many_tokens", output);
        DataPipeline.Runs.Artifact tokens = new DataPipeline.Runs.RunFolder(_folder["out"]).Output("tokens")!;
        Assert.Equal((20_000, 4, 6), (tokens.Manifest.Sources["a"].Kept, tokens.Manifest.Sources["b"].Kept, tokens.Manifest.Sources["b"].Dropped["tokens/too_many_tokens"]));
        foreach (string path in tokens.Files().Select(file => file.Path))
        {
            using DataPipeline.Tokens.Shards.TokenShardReader reader = DataPipeline.Tokens.Shards.TokenShardReader.Open(path);
            Assert.True(reader.Header.IsNarrow);
            Assert.All(reader.Read(), document => Assert.Equal((0, 1), (document.Tokens.Span[0], document.Tokens.Span[^1])));
        }
    }

    [Theory]
    [InlineData(2, "train", "texts.jsonl", "--output", "x.json", "--sample", "0")]
    [InlineData(2, "train", "texts.jsonl", "--output", "x.json", "--mix", "none.yaml")]
    [InlineData(2, "train", "texts.jsonl", "--output", "x.json", "--vocabulary-size", "100")]
    [InlineData(2, "train", "none.jsonl", "--output", "x.json")]
    [InlineData(3, "train", "texts.jsonl", "--output", "x.json", "--text-column", "words")]
    [InlineData(3, "compare", "none.json", "--on", "texts.jsonl")]
    [InlineData(2, "compare", "tokenizer.json")]
    public void TrainOrCompare_WrongUse_ExitsWithTheDocumentedCode(int expected, params string[] arguments)
    {
        (int exit, string output, string error) = CommandLine.Run(_folder["."], ["tokenizer", .. arguments]);

        Assert.Equal((expected, ""), (exit, output));
        Assert.NotEqual("", error);
        Assert.DoesNotContain("   at ", error);
        Assert.False(File.Exists(_folder["x.json"]));
    }

    [Theory]
    [InlineData(2, "encode", "--jsonl", "texts.jsonl", "--threads", "0")]
    [InlineData(2, "encode", "--jsonl", "texts.jsonl", "--output", "x.zst")]
    [InlineData(2, "encode")]
    [InlineData(3, "encode", "--jsonl", "none.jsonl")]
    [InlineData(3, "encode", "--jsonl", "texts.jsonl", "--merges", "none.txt")]
    [InlineData(3, "decode", "--jsonl", "texts.jsonl")]
    public void Tokenizer_WrongUse_ExitsWithTheDocumentedCode(int expected, params string[] arguments)
    {
        (int exit, string output, string error) = Run(arguments);

        Assert.Equal((expected, ""), (exit, output));
        Assert.NotEqual("", error);
        Assert.DoesNotContain("   at ", error);
    }

    private (int ExitCode, string Output, string Error) Run(params string[] arguments) =>
        CommandLine.Run(_folder["."], ["tokenizer", arguments[0], "--tokenizer", "tokenizer.json", .. arguments[1..]]);
}
