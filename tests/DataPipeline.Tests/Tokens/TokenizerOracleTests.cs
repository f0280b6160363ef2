using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using DataPipeline.Tokens;

namespace DataPipeline.Tests.Tokens;

/// <summary>Ids against those of tiktoken and Hugging Face tokenizers, recorded in ../shared/data/tokenizers.</summary>
public sealed class TokenizerOracleTests
{
    private const string Folder = "data/tokenizers/";

    private static readonly Lazy<Tokenizer> R50k = new(() => Tiktoken("r50k_base"));
    private static readonly Lazy<Tokenizer> Cl100k = new(() => Tiktoken("cl100k_base"));
    private static readonly Lazy<Tokenizer> O200k = new(() => Tiktoken("o200k_base"));
    private static readonly Lazy<Tokenizer> Harmony = new(() =>
        TiktokenTokenizer.Create(SharedData.PathOf(Folder + "tiktoken/o200k_base.tiktoken"), "o200k_harmony"));
    private static readonly Dictionary<string, Tokenizer> P50ks = [];
    private static readonly Lazy<Tokenizer> Gpt2 = new(() => Tokenizer.Load(SharedData.PathOf(Folder + "gpt2/gpt2_vocab.json")));
    private static readonly Lazy<Tokenizer> Qwen = new(() => Tokenizer.Load(SharedData.PathOf(Folder + "qwen2.5/tokenizer.json")));

    private static readonly Lazy<Tokenizer> Llama = new(() => Tokenizer.Load(SharedData.PathOf(Folder + "llama/tokenizer.json")));
    private static readonly Lazy<Tokenizer> Bert = new(() => Tokenizer.Load(SharedData.PathOf(Folder + "bert-base-uncased/tokenizer.json")));
    private static readonly Lazy<Tokenizer> BertVocabulary = new(() => Tokenizer.Load(SharedData.PathOf(Folder + "bert-base-uncased/vocab.txt")));
    private static readonly Lazy<Tokenizer> Sentences = new(() => Tokenizer.Load(SharedData.PathOf(Folder + "sentencepiece/test_model.model")));
    private static readonly Lazy<Tokenizer> JapaneseSentences = new(() => Tokenizer.Load(SharedData.PathOf(Folder + "sentencepiece/test_ja_model.model")));

    [SharedFact(Folder + "oracle/expected.jsonl")]
    public void EncodeToIds_RecordedTexts_GivesRecordedIds()
    {
        List<string> wrong = [];
        int cases = 0;
        foreach (string line in File.ReadLines(SharedData.PathOf(Folder + "oracle/expected.jsonl")))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            string text = json.RootElement.GetProperty("text").GetString()!;
            foreach (JsonProperty entry in json.RootElement.GetProperty("ids").EnumerateObject())
            {
                int[] expected = [.. entry.Value.EnumerateArray().Select(id => id.GetInt32())];
                foreach (Tokenizer tokenizer in Named(entry.Name))
                {
                    cases++;
                    Compare(tokenizer, entry.Name, text, expected, entry.Name is "qwen2.5" or "llama" ? SpecialTokenHandling.Recognize : SpecialTokenHandling.AsText, wrong);
                }
            }
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases} differ:\n" + string.Join('\n', wrong.Take(10)));
        Assert.Equal(3080, cases);
    }

    [SharedFact(Folder + "sharptoken/TestPlans.txt")]
    public void EncodeToIds_SharpTokenPlans_GivesRecordedIds()
    {
        List<string> wrong = [];
        int cases = 0;
        string plans = File.ReadAllText(SharedData.PathOf(Folder + "sharptoken/TestPlans.txt")).ReplaceLineEndings("\n");
        foreach (Match plan in Regex.Matches(plans, @"EncodingName: (\w+)\nSample: (.*?)\nEncoded: \[([^\]]*)\]", RegexOptions.Singleline))
        {
            int[] expected = [.. plan.Groups[3].Value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            foreach (Tokenizer tokenizer in Named(plan.Groups[1].Value))
            {
                cases++;
                Compare(tokenizer, plan.Groups[1].Value, plan.Groups[2].Value, expected, SpecialTokenHandling.Recognize, wrong);
            }
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases} differ:\n" + string.Join('\n', wrong.Take(10)));
        Assert.Equal(502, cases);
    }

    [SharedFact(Folder + "transformersjs-suite/cases.jsonl")]
    public void EncodeToIds_TransformersJsSuite_GivesRecordedIds()
    {
        List<string> wrong = [];
        int cases = 0;
        foreach (string line in File.ReadLines(SharedData.PathOf(Folder + "transformersjs-suite/cases.jsonl")))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            string name = json.RootElement.GetProperty("tokenizer").GetString()!;
            // Two texts are not encoded as one.
            if (json.RootElement.TryGetProperty("text_pair", out _))
                continue;
            string text = json.RootElement.GetProperty("text").GetString()!;
            int[] expected = [.. json.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            foreach (Tokenizer tokenizer in Named(name))
            {
                cases++;
                Compare(tokenizer, name, text, expected, SpecialTokenHandling.Recognize, wrong, addSpecialTokens: true);
            }
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases} differ:\n" + string.Join('\n', wrong.Take(10)));
        Assert.True(cases > 90, $"only {cases} cases");
    }

    private static void Compare(Tokenizer tokenizer, string name, string text, int[] expected, SpecialTokenHandling special, List<string> wrong,
        bool addSpecialTokens = false)
    {
        IReadOnlyList<int> ids = tokenizer.EncodeToIds(text, addSpecialTokens, special);
        if (!ids.SequenceEqual(expected))
            wrong.Add($"{name} {JsonSerializer.Serialize(text.Length > 200 ? text[..200] : text)}\n  [{string.Join(' ', ids.Take(60))}]\n  [{string.Join(' ', expected.Take(60))}]");
    }

    private static Tokenizer[] Named(string name) => name switch
    {
        "r50k_base" => [R50k.Value, Gpt2.Value],
        "gpt2" or "Xenova/gpt2" or "openai-community/gpt2" => [R50k.Value, Gpt2.Value],
        "cl100k_base" or "Xenova/gpt-4" => [Cl100k.Value],
        "o200k_base" or "Xenova/gpt-4o" => [O200k.Value],
        "o200k_harmony" => [Harmony.Value],
        "p50k_base" => [P50k("p50k_base")],
        "p50k_edit" => [P50k("p50k_edit")],
        "qwen2.5" or "Xenova/Qwen1.5-0.5B-Chat" => [Qwen.Value],
        "llama" or "Xenova/llama-tokenizer" => [Llama.Value],
        "Xenova/bert-base-uncased" => [BertVocabulary.Value],
        "bert-base-uncased" => [Bert.Value, BertVocabulary.Value],
        "spm-test_model" => [Sentences.Value],
        "spm-test_ja_model" => [JapaneseSentences.Value],
        _ => [],
    };

    /// <summary>p50k is r50k with a token more for each run of 2 to 25 spaces.</summary>
    private static Tokenizer P50k(string name)
    {
        if (P50ks.TryGetValue(name, out Tokenizer? made))
            return made;
        string path = Path.Combine(Path.GetTempPath(), $"{name}-{Environment.ProcessId}.tiktoken");
        IEnumerable<string> spaces = Enumerable.Range(2, 24)
            .Select(length => $"{Convert.ToBase64String(Encoding.ASCII.GetBytes(new string(' ', length)))} {50255 + length}");
        File.WriteAllLines(path, File.ReadLines(SharedData.PathOf(Folder + "tiktoken/r50k_base.tiktoken")).Concat(spaces));
        P50ks[name] = TiktokenTokenizer.Create(path, name);
        File.Delete(path);
        return P50ks[name];
    }

    private static TiktokenTokenizer Tiktoken(string name) => TiktokenTokenizer.Create(SharedData.PathOf($"{Folder}tiktoken/{name}.tiktoken"));
}
