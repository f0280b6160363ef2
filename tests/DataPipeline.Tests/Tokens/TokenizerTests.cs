using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DataPipeline.Core;
using DataPipeline.Tokens;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Tokens;

public sealed class TokenizerTests
{
    private const string Text = "The cat sat on the mat; the cats sat on 12 mats.\n\nDie Stra\u00DFe ist lang, \u4F60\u597D \U0001F600 the end.";

    private static readonly BpeTokenizer Trained = new BpeTrainer(320, specialTokens: ["<|endoftext|>", "<|user|>"]).Train([Text, Text]);

    [Fact]
    public void Encode_AnyBytes_DecodesToTheSameBytes() => Prop.ForAll(Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf().ToArbitrary(), bytes =>
    {
        IdBuffer ids = new();
        Trained.Encode(bytes, ids);
        Assert.Equal(bytes, Trained.DecodeToBytes(ids.Ids));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Encode_SpecialName_IsTextUnlessRecognised()
    {
        int end = Trained.EndOfDocumentId!.Value;
        Assert.DoesNotContain(end, Trained.EncodeToIds("a<|endoftext|>b"));
        Assert.Equal([.. Trained.EncodeToIds("a"), end, .. Trained.EncodeToIds("b")],
            Trained.EncodeToIds("a<|endoftext|>b", special: SpecialTokenHandling.Recognize));
        Assert.Contains("byte 1", Assert.Throws<InputException>(() =>
            Trained.EncodeToIds("a<|endoftext|>b", special: SpecialTokenHandling.Refuse)).Message, StringComparison.Ordinal);
        Assert.Equal("ab", Trained.Decode(Trained.EncodeToIds("a<|endoftext|>b", special: SpecialTokenHandling.Recognize), skipSpecialTokens: true));
    }

    [Fact]
    public void CountTokens_Text_EqualsTheIds() => Assert.Equal(Trained.EncodeToIds(Text).Count, Trained.CountTokens(Text));

    [Fact]
    public void StreamingDecoder_AnyText_GivesWholeCharactersOnly()
    {
        StreamingDecoder decoder = new(Trained);
        StringBuilder result = new();
        foreach (int id in Trained.EncodeToIds("\U0001F600\u4F60\u00E9"))
        {
            string part = decoder.Append(id).ToString();
            Assert.DoesNotContain('\uFFFD', part);
            result.Append(part);
        }
        Assert.Equal("\U0001F600\u4F60\u00E9", result.ToString());
        Assert.Equal("", decoder.Flush().ToString());
        decoder.Append(Trained.EncodeToIds("\u9F98")[0]);
        Assert.Equal("\uFFFD", decoder.Flush().ToString());
    }

    [Theory]
    [InlineData("normalizer", """{"type":"Transliterate"}""", "normalizer Transliterate")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Syllables"}]}""", "pre_tokenizer Syllables")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(a)\\1"},"behavior":"Isolated","invert":false}""", "\\1")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(?i:ss)"},"behavior":"Isolated","invert":false}""", "case is ignored")]
    [InlineData("post_processor", """{"type":"ChatProcessing"}""", "post_processor ChatProcessing")]
    [InlineData("decoder", """{"type":"Braille"}""", "decoder Braille")]
    [InlineData("model", """{"type":"Trigram","vocab":[]}""", "model Trigram")]
    [InlineData("model", """{"type":"BPE","dropout":0.1,"vocab":{},"merges":[]}""", "dropout")]
    public void Load_UnsupportedComponent_NamesIt(string part, string value, string named)
    {
        using TemporaryFolder folder = new();
        Trained.Save(folder["tokenizer.json"]);
        JsonNode json = JsonNode.Parse(File.ReadAllText(folder["tokenizer.json"]))!;
        json[part] = JsonNode.Parse(value);
        File.WriteAllText(folder["tokenizer.json"], json.ToJsonString());
        Assert.Contains(named, Assert.Throws<InputException>(() => Tokenizer.Load(folder["tokenizer.json"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("cl100k")]
    [InlineData("o200k")]
    [InlineData("qwen")]
    [InlineData("none")]
    public void Load_SavedTokenizer_IsTheSame(string pattern)
    {
        BpeTokenizer saved = new BpeTrainer(300, pattern: pattern, nfc: pattern == "qwen").Train([Text]);
        using TemporaryFolder folder = new();
        saved.Save(folder["tokenizer.json"]);
        Tokenizer read = Tokenizer.Load(folder["tokenizer.json"]);
        Assert.Equal(saved.Fingerprint, read.Fingerprint);
        Assert.Equal(saved.VocabularySize, read.VocabularySize);
        Assert.Equal(saved.EncodeToIds(Text), read.EncodeToIds(Text));
    }

    [NodeFact("tiktoken", "data/tokenizers/tiktoken")]
    public void Encode_WholeBooks_EqualsTiktoken()
    {
        string[] names = ["sentencepiece/wagahaiwa_nekodearu.txt", "wikitext2/valid.txt", "peoples-daily/dev.txt"];
        List<string> texts = [.. names.Select(name => File.ReadAllText(SharedData.PathOf("data/lm/" + name)))
            .Select(text => text[..Math.Min(text.Length, 200_000)])];
        // Long runs, astral letters and broken spacing, where short cuts show.
        texts.Add(string.Concat(Enumerable.Range(0, 3_000).Select(i => char.ConvertFromUtf32(0x10400 + i % 80) + (i % 7 == 0 ? " \n\t" : ""))));
        texts.Add(new string('a', 3_000) + new string(' ', 2_000) + new string('\n', 700) + "end" + new string('=', 2_000));
        texts.Add(string.Concat(Enumerable.Range(0, 3_000).Select(i => "abcdefghijklmnopqrstuvwxyz"[(int)((uint)(i * 2654435761L >> 7) % 26)])));
        using TemporaryFolder folder = new();
        File.WriteAllLines(folder["texts.jsonl"], texts.Select(text => JsonSerializer.Serialize(new { text })));
        foreach (string encoding in (string[])["cl100k_base", "o200k_base", "r50k_base"])
        {
            Tokenizer ours = Tokenizer.Load(SharedData.PathOf($"data/tokenizers/tiktoken/{encoding}.tiktoken"));
            Assert.Equal(NodeOracle.Run("tiktoken", encoding, folder["texts.jsonl"]), texts.Select(text => $"[{string.Join(',', ours.EncodeToIds(text))}]"));
        }
    }
}
