using System.Text.Json;
using DataPipeline.Runs;
using DataPipeline.Tests.Cli;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tests.Tokens.Steps;

public sealed class TokenizerSectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string[] _many = [.. Enumerable.Range(0, 400).Select(i => $"Document {i} of many lines, {i * 7919}\n\tand wörds about word{i % 37}.")];
    private readonly string[] _few = [.. Enumerable.Range(0, 40).Select(i => $"Seltene Zeilen {i} über andere Dinge, die hier stehen, Nummer {i % 7}.")];

    public TokenizerSectionTests()
    {
        Write("many.jsonl", _many);
        Write("few.jsonl", _few);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{ vocabulary_size: 500 }", typeof(BpeTokenizer))]
    [InlineData("{ algorithm: bpe, vocabulary_size: 500, digits: single, whitespace: newlines, pattern: cl100k }", typeof(CharacterBpeTokenizer))]
    [InlineData("{ algorithm: wordpiece, vocabulary_size: 300, normalize: true, limit_alphabet: 200 }", typeof(WordPieceTokenizer))]
    [InlineData("{ algorithm: unigram, vocabulary_size: 500, byte_fallback: true, keep_whitespace: true, special_tokens: [<unk>, <pad>, </s>] }", typeof(UnigramTokenizer))]
    public void Run_EveryAlgorithm_MakesATokenizerThatShardsAreMadeWith(string settings, Type kind)
    {
        Artifact run = Run("out", $"train: {settings}");
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(run.Folder, "tokenizer.json"));

        Assert.IsType(kind, tokenizer);
        Assert.Equal(tokenizer.VocabularySize, run.Manifest.Number("tokens"));
        Assert.Equal(tokenizer.Fingerprint, run.Manifest.Fact("fingerprint")!.Value.GetString());
        Dictionary<string, int[]> made = [];
        foreach (FileEntry shard in new RunFolder(_folder["out"]).Output("tokens")!.Files())
        {
            using TokenShardReader reader = TokenShardReader.Open(shard.Path);
            Assert.Equal(tokenizer.Fingerprint, reader.Header.Fingerprint);
            foreach (TokenDocument document in reader.Read())
                made[document.Id] = document.Tokens.ToArray();
        }
        Assert.Equal(_many.Concat(_few).Select(text => string.Join(',', tokenizer.EncodeToIds(text))).Order(StringComparer.Ordinal),
            made.Values.Select(ids => string.Join(',', ids)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("bpe", "--pattern", "qwen", "--digits", "triples", "--whitespace", "runs")]
    [InlineData("wordpiece", "--normalize")]
    [InlineData("unigram", "--byte-fallback", "--keep-whitespace")]
    public void Run_SettingsOfTheCommandLine_GiveTheSameFile(string algorithm, params string[] options)
    {
        List<string> settings = [];
        for (int i = 0; i < options.Length; i++)
        {
            bool hasValue = i + 1 < options.Length && !options[i + 1].StartsWith("--", StringComparison.Ordinal);
            settings.Add($"{options[i][2..].Replace('-', '_')}: {(hasValue ? options[i + 1] : "true")}");
            i += hasValue ? 1 : 0;
        }
        Artifact run = Run("out", $"train: {{ algorithm: {algorithm}, vocabulary_size: 450, {string.Join(", ", settings)} }}");

        (int exit, _, string error) = CommandLine.Run(_folder["."],
            ["tokenizer", "train", "many.jsonl", "few.jsonl", "--output", "own.json", "--algorithm", algorithm, "--vocabulary-size", "450", .. options]);

        Assert.True(exit == 0, error);
        Assert.Equal(File.ReadAllText(_folder["own.json"]), File.ReadAllText(Path.Combine(run.Folder, "tokenizer.json")));
    }

    [Fact]
    public void Run_SampleAsMix_TrainsOnTheRatiosOfTheMix()
    {
        const string Mix = "mix: { weights: { many: 0.5, few: 0.5 }, validation: 0.1 }";
        string plain = Trained("plain", "train: { vocabulary_size: 400 }", Mix);
        string named = Trained("named", "train: { vocabulary_size: 400 }, sample_mix: { many: 0.5, few: 0.5 }", Mix);
        string asMix = Trained("as-mix", "train: { vocabulary_size: 400 }, sample_as_mix: true", Mix);
        string other = Trained("other", "train: { vocabulary_size: 400 }, sample_as_mix: true", Mix.Replace("many: 0.5", "many: 0.05", StringComparison.Ordinal));

        Assert.Equal(named, asMix);
        Assert.Equal(3, new HashSet<string> { plain, asMix, other }.Count);
    }

    [Theory]
    [InlineData("train: { vocabulary_size: 400 }, sample_as_mix: true", "`sample_as_mix` takes the ratios of the section `mix`, which is missing")]
    [InlineData("sample_mix: { many: 1 }, sample_as_mix: true", "give either `sample_mix` or `sample_as_mix`")]
    [InlineData("train: { algorithm: unigram, digits: single }", "`digits` is no setting of unigram")]
    [InlineData("train: { algorithm: wordpiece, byte_fallback: true }", "`byte_fallback` is no setting of wordpiece")]
    [InlineData("train: { algorithm: unigrams }", "expected one of bpe, wordpiece, unigram, found")]
    public void Check_WrongSettings_SaysWhere(string settings, string expected)
    {
        (int exit, string output, string error) = CommandLine.Run(_folder["."], "run", Pipeline("wrong", settings, ""));

        Assert.Equal(2, exit);
        Assert.Matches(@"p\.yaml:\d+:\d+: ", output + error);
        Assert.Contains(expected, output + error, StringComparison.Ordinal);
    }

    private string Trained(string output, string settings, string more) => File.ReadAllText(Path.Combine(Run(output, settings, more).Folder, "tokenizer.json"));

    private Artifact Run(string output, string settings, string more = "")
    {
        (int exit, _, string error) = CommandLine.Run(_folder["."], "run", Pipeline(output, settings, more));
        Assert.True(exit == 0, error);
        return new RunFolder(_folder[output]).Output("tokenizer")!;
    }

    private string Pipeline(string output, string settings, string more)
    {
        File.WriteAllText(_folder["p.yaml"], $$"""
            name: p
            output: {{output}}
            sources:
              many: { read: { jsonl: { files: many.jsonl } } }
              few: { read: { jsonl: { files: few.jsonl } } }
            tokenizer: { {{settings}} }
            shards: {}
            {{more}}
            """);
        return "p.yaml";
    }

    private void Write(string name, string[] texts) => File.WriteAllLines(_folder[name], texts.Select(text => JsonSerializer.Serialize(new { text })));
}
