using System.Text.Json;
using System.Text.Json.Nodes;
using DataPipeline.Tokens;

namespace DataPipeline.Tests.Tokens;

/// <summary>Every component of tokenizer.json, each in a small tokenizer made here, against Hugging Face tokenizers on random texts.</summary>
public sealed class TokenizerJsonOracleTests
{
    private const int Texts = 40;

    [NodeFact("tokenizers")]
    public void Encode_Normalizers_EqualsHuggingFace() => Compare([.. new Dictionary<string, string>
    {
        ["nfc"] = """{"type":"NFC"}""", ["nfd"] = """{"type":"NFD"}""", ["nfkc"] = """{"type":"NFKC"}""", ["nfkd"] = """{"type":"NFKD"}""",
        ["lower"] = """{"type":"Lowercase"}""", ["strip"] = """{"type":"Strip","strip_left":true,"strip_right":true}""", ["nmt"] = """{"type":"Nmt"}""",
        ["left"] = """{"type":"Strip","strip_left":true,"strip_right":false}""", ["prepend"] = """{"type":"Prepend","prepend":"\u2581"}""",
        ["bytes"] = """{"type":"ByteLevel"}""", ["text"] = """{"type":"Replace","pattern":{"String":" "},"content":"\u2581"}""",
        ["spaces"] = """{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}""", ["look"] = """{"type":"Replace","pattern":{"Regex":"(?=\\d)"},"content":"#"}""",
        ["accents"] = """{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"}]}""",
        ["bert"] = """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""",
        ["cased"] = """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":false,"strip_accents":true,"lowercase":false}""",
        ["dirty"] = """{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":true,"strip_accents":false,"lowercase":true}""",
        ["all"] = """{"type":"Sequence","normalizers":[{"type":"Strip","strip_left":true,"strip_right":true},{"type":"NFKC"},{"type":"Lowercase"},{"type":"Replace","pattern":{"String":" "},"content":"\u2581"}]}""",
    }.Select(entry => (entry.Key, Json(Unigram(1), normalizer: entry.Value)))]);

    [NodeFact("tokenizers")]
    public void Encode_PreTokenizers_EqualsHuggingFace()
    {
        List<(string, JsonObject)> cases = [];
        void Add(string name, string part) => cases.Add((name, Json(Unigram(2), preTokenizer: part)));
        foreach (string name in (string[])["BertPreTokenizer", "Whitespace", "WhitespaceSplit", "UnicodeScripts"])
            Add(name, $$"""{"type":"{{name}}"}""");
        foreach (string scheme in (string[])["always", "first", "never"])
        {
            Add($"metaspace {scheme}", $$"""{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"{{scheme}}","split":true}""");
            Add($"metaspace whole {scheme}", $$"""{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"{{scheme}}","split":false}""");
        }
        Add("old metaspace", """{"type":"Metaspace","replacement":"\u2581","add_prefix_space":true}""");
        Add("bytes", """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true}""");
        Add("digits", """{"type":"Digits","individual_digits":true}""");
        Add("numbers", """{"type":"Digits","individual_digits":false}""");
        Add("delimiter", """{"type":"CharDelimiterSplit","delimiter":"\u4e2d"}""");
        Add("fixed", """{"type":"FixedLength","length":3}""");
        Add("t5", """{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"first","split":true}]}""");
        Add("falcon", """
            {"type":"Sequence","pretokenizers":[{"type":"Punctuation","behavior":"Contiguous"},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true},
            {"type":"Digits","individual_digits":false},{"type":"Split","pattern":{"Regex":"[0-9][0-9][0-9]"},"behavior":"Isolated","invert":false}]}
            """);
        foreach (string behavior in (string[])["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"])
        {
            Add($"punctuation {behavior}", $$"""{"type":"Punctuation","behavior":"{{behavior}}"}""");
            foreach (string invert in (string[])["false", "true"])
            {
                Add($"regex {behavior} {invert}", $$$"""{"type":"Split","pattern":{"Regex":"\\d+|[\\p{L}&&[^a-e]]+|\\s"},"behavior":"{{{behavior}}}","invert":{{{invert}}}}""");
                Add($"text {behavior} {invert}", $$$"""{"type":"Split","pattern":{"String":"l"},"behavior":"{{{behavior}}}","invert":{{{invert}}}}""");
            }
        }
        Compare(cases);
    }

    [NodeFact("tokenizers")]
    public void Encode_SplitPatterns_EqualsHuggingFace()
    {
        string[] patterns =
        [
            @"\p{N}{1,3}", "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+",
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
            @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
            " ?[^(\\s|[.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C])]+", @"\w+|[^\w\s]+", @"(?<=\d)(?=[a-z])", "(?<![a-z])e", @"^\w+$", @"\bl", @"\B.", "a*?b|(?:ab)+",
            "(?>a+)b|a++c", "[[:alpha:]]+|[[:punct:]]", @"\p{Han}+|\p{Hiragana}+|\p{Katakana}|\p{Arabic}+|\p{Thai}", "(?i)[a-k]+", "(?i:\u017F|k)", @"(\d)(?=(\d{3})+\b)",
            ".", "(?m:.)+", @"\h+", @"\p{^L}+", @"\P{N}{2}", "x{,2}y?|l{2,}", @"[^\S\n]+|\n", @".*?\d", @"\p{Alphabetic}+|\p{Emoji}", @"\A\s+|\s+\z",
        ];
        Compare([.. patterns.Select((pattern, index) => (pattern, Json(Unigram(3), preTokenizer: new JsonObject
        {
            ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = index % 2 == 0 ? "Isolated" : "Removed", ["invert"] = index % 3 == 0,
        }.ToJsonString())))]);
    }

    [NodeFact("tokenizers")]
    public void Encode_Models_EqualsHuggingFace()
    {
        const string words = """{"type":"WhitespaceSplit"}""", bert = """{"type":"BertPreTokenizer"}""";
        const string around = """{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]}""";
        const string pieces = """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}""";
        Compare([
            ("wordpiece", Json(WordPiece("##", 100), preTokenizer: bert, processor: around, decoder: """{"type":"WordPiece","prefix":"##","cleanup":true}""")),
            ("short words", Json(WordPiece("@@", 5), preTokenizer: words, decoder: """{"type":"WordPiece","prefix":"@@","cleanup":false}""")),
            ("no prefix", Json(WordPiece("", 100), preTokenizer: words)),
            ("unigram", Json(Unigram(4, share: 60), preTokenizer: """{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always","split":true}""",
                decoder: """{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"always","split":true}""")),
            ("unigram bytes", Json(Unigram(5, share: 60, bytes: true), decoder: pieces)),
            ("bpe", Json(Bpe(null, null, unknown: true, fuse: false, bytes: false), preTokenizer: words)),
            ("bpe fused", Json(Bpe(null, null, unknown: true, fuse: true, bytes: false), preTokenizer: words)),
            ("bpe bytes", Json(Bpe(null, null, unknown: true, fuse: true, bytes: true), """{"type":"Prepend","prepend":"\u2581"}""", decoder: pieces)),
            ("bpe suffix", Json(Bpe(null, "</w>", unknown: true, fuse: false, bytes: false), preTokenizer: words, decoder: """{"type":"BPEDecoder","suffix":"</w>"}""")),
            ("bpe prefix", Json(Bpe("##", null, unknown: true, fuse: false, bytes: false), preTokenizer: words)),
            ("bpe no unknown", Json(Bpe(null, null, unknown: false, fuse: false, bytes: false), decoder: """{"type":"CTC","pad_token":"a","word_delimiter_token":"l","cleanup":true}""")),
        ]);
    }

    [NodeFact("tokenizers")]
    public void Encode_AddedTokens_EqualsHuggingFace()
    {
        List<(string, JsonObject)> cases = [];
        foreach (string? normalizer in (string?[])[null, """{"type":"Lowercase"}""", """{"type":"NFD"}""", """{"type":"Prepend","prepend":"\u2581"}"""])
        {
            JsonObject json = Json(Unigram(6), normalizer, """{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"first","split":true}""");
            json["added_tokens"] = JsonNode.Parse("""
                [{"id":1,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
                {"id":2,"content":"</s>","single_word":false,"lstrip":false,"rstrip":true,"normalized":false,"special":true},
                {"id":900,"content":"<mask>","single_word":false,"lstrip":true,"rstrip":false,"normalized":false,"special":true},
                {"id":901,"content":"hello","single_word":true,"lstrip":false,"rstrip":false,"normalized":false,"special":false},
                {"id":905,"content":"ATTN","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false},
                {"id":906,"content":"\u4e2d\u6587","single_word":true,"lstrip":true,"rstrip":true,"normalized":false,"special":false}]
                """);
            cases.Add(($"added {normalizer}", json));
        }
        // The reference spells normalized tokens in their normalized form when it decodes; here they keep their own.
        Compare(cases, decode: false);
    }

    private static void Compare(List<(string Name, JsonObject Json)> tokenizers, bool decode = true)
    {
        using TemporaryFolder folder = new();
        List<string> lines = [];
        List<(string Name, Tokenizer Tokenizer, Tokenizer Saved, string Text)> cases = [];
        for (int i = 0; i < tokenizers.Count; i++)
        {
            string path = folder[$"{i}.json"], saved = folder[$"{i}.saved.json"];
            File.WriteAllText(path, tokenizers[i].Json.ToJsonString());
            Tokenizer tokenizer = Tokenizer.Load(path);
            ((PipelineTokenizer)tokenizer).Save(saved);
            Tokenizer again = Tokenizer.Load(saved);
            RandomTexts random = new((ulong)i + 11);
            string[] texts = [.. Enumerable.Range(0, Texts).Select(_ => random.Text())];
            cases.AddRange(texts.Select(text => (tokenizers[i].Name, tokenizer, again, text)));
            // The file written must load there too, and gives the expected values for both.
            lines.Add(JsonSerializer.Serialize(new { file = i % 2 == 0 ? path : saved, texts }));
        }
        File.WriteAllLines(folder["cases.jsonl"], lines);
        string[] expected = NodeOracle.Run("pipeline", folder["cases.jsonl"]);
        Assert.Equal(cases.Count, expected.Length);
        List<string> wrong = [];
        for (int i = 0; i < cases.Count; i++)
        {
            (string name, Tokenizer tokenizer, Tokenizer saved, string text) = cases[i];
            using JsonDocument json = JsonDocument.Parse(expected[i]);
            int[] ids = Ids(json, "ids"), special = Ids(json, "special");
            string shown = $"{name}: {JsonSerializer.Serialize(text)}";
            if (!tokenizer.EncodeToIds(text, special: SpecialTokenHandling.Recognize).SequenceEqual(ids)
                || !tokenizer.EncodeToIds(text, true, SpecialTokenHandling.Recognize).SequenceEqual(special)
                || !saved.EncodeToIds(text, special: SpecialTokenHandling.Recognize).SequenceEqual(ids)
                || !tokenizer.EncodeToTokens(text, special: SpecialTokenHandling.Recognize).Select(token => token.Id).SequenceEqual(ids))
            {
                wrong.Add($"{shown}\n  [{string.Join(' ', tokenizer.EncodeToIds(text, special: SpecialTokenHandling.Recognize))}]\n  [{string.Join(' ', ids)}]");
            }
            string decoded = json.RootElement.GetProperty("decoded").GetString()!;
            if (decode && (tokenizer.Decode(special) != decoded || Streamed(tokenizer, special) != decoded))
                wrong.Add($"{shown} decodes to {JsonSerializer.Serialize(tokenizer.Decode(special))}, not {JsonSerializer.Serialize(decoded)}");
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases.Count} differ:\n{string.Join('\n', wrong.Take(8))}");
    }

    private static int[] Ids(JsonDocument json, string name) => [.. json.RootElement.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];

    private static string Streamed(Tokenizer tokenizer, int[] ids)
    {
        StreamingDecoder decoder = new(tokenizer, skipSpecialTokens: false);
        return string.Concat(ids.Select(id => decoder.Append(id).ToString())) + decoder.Flush().ToString();
    }

    private static JsonObject Json(JsonObject model, string? normalizer = null, string? preTokenizer = null, string? processor = null, string? decoder = null) => new()
    {
        ["version"] = "1.0", ["truncation"] = null, ["padding"] = null, ["added_tokens"] = new JsonArray(),
        ["normalizer"] = normalizer is null ? null : JsonNode.Parse(normalizer), ["pre_tokenizer"] = preTokenizer is null ? null : JsonNode.Parse(preTokenizer),
        ["post_processor"] = processor is null ? null : JsonNode.Parse(processor), ["decoder"] = decoder is null ? null : JsonNode.Parse(decoder), ["model"] = model,
    };

    private static JsonObject Unigram(ulong seed, int share = 100, bool bytes = false)
    {
        RandomTexts random = new(seed);
        HashSet<string> seen = new(StringComparer.Ordinal);
        JsonArray vocabulary = [];
        void Add(string token, double score)
        {
            if (token.Length > 0 && seen.Add(token))
                vocabulary.Add((JsonNode)new JsonArray(token, score));
        }
        foreach (string name in (string[])["<unk>", "<s>", "</s>"])
            Add(name, 0);
        foreach (string character in RandomTexts.Characters())
        {
            if (random.Next(100) < share)
                Add(character, -5 - random.Next(4000) / 1000.0);
        }
        foreach (string word in RandomTexts.Words.Append("he").Append("lo"))
        {
            Add(word.Trim(), -2 - random.Next(6000) / 1000.0);
            Add("\u2581" + word.Trim(), -2 - random.Next(6000) / 1000.0);
        }
        for (int i = 0; i < 100; i++)
            Add(random.Text().Replace(' ', '\u2581') is { Length: > 3 } text && !char.IsSurrogate(text[0]) && !char.IsSurrogate(text[1]) ? text[..2] : "ab", -3 - random.Next(6000) / 1000.0);
        for (int value = 0; bytes && value < 256; value++)
            Add($"<0x{value:X2}>", -20);
        return new JsonObject { ["type"] = "Unigram", ["unk_id"] = 0, ["vocab"] = vocabulary, ["byte_fallback"] = bytes };
    }

    private static JsonObject WordPiece(string prefix, int maxCharacters)
    {
        JsonObject vocabulary = [];
        void Add(string token) => vocabulary.TryAdd(token, JsonValue.Create(vocabulary.Count));
        foreach (string name in (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
            Add(name);
        RandomTexts random = new(8);
        foreach (string character in RandomTexts.Characters().Where(_ => random.Next(10) > 0))
        {
            Add(character);
            Add(prefix + character);
        }
        foreach (string token in (string[])["hello", "wor", "~ld", "he", "~llo", "~ing", "th", "~e", "don", "12", "~34", "\u4E2D", "~\u6587"])
            Add(token.Replace("~", prefix, StringComparison.Ordinal));
        return new JsonObject { ["type"] = "WordPiece", ["unk_token"] = "[UNK]", ["continuing_subword_prefix"] = prefix, ["max_input_chars_per_word"] = maxCharacters, ["vocab"] = vocabulary };
    }

    private static JsonObject Bpe(string? prefix, string? suffix, bool unknown, bool fuse, bool bytes)
    {
        JsonObject vocabulary = [];
        JsonArray merges = [];
        void Add(string token) => vocabulary.TryAdd(token, JsonValue.Create(vocabulary.Count));
        if (unknown)
            Add("<unk>");
        for (int value = 0; bytes && value < 256; value++)
            Add($"<0x{value:X2}>");
        RandomTexts random = new(9);
        foreach (string character in RandomTexts.Characters().Where(character => character != " " && random.Next(10) > 0).Append("\u2581"))
        {
            foreach (string token in (string[])[character, prefix + character, character + suffix, prefix + character + suffix])
                Add(token);
        }
        for (int i = 0; i < 200; i++)
        {
            string word = RandomTexts.Words[i % RandomTexts.Words.Length].Trim();
            if (word.Length < 2)
                continue;
            int at = random.Next(word.Length - 1), cut = 1 + random.Next(2), end = Math.Min(word.Length, at + cut + 1 + random.Next(2));
            if (at + cut >= end)
                continue;
            string left = (at > 0 ? prefix : "") + word[at..(at + cut)], right = word[(at + cut)..end] + (end == word.Length ? suffix : "");
            if (!vocabulary.ContainsKey(left) || !vocabulary.ContainsKey(prefix + right))
                continue;
            merges.Add((JsonNode)new JsonArray(left, prefix + right));
            Add(left + right);
        }
        return new JsonObject
        {
            ["type"] = "BPE", ["dropout"] = null, ["unk_token"] = unknown ? "<unk>" : null, ["continuing_subword_prefix"] = prefix, ["end_of_word_suffix"] = suffix,
            ["fuse_unk"] = fuse, ["byte_fallback"] = bytes, ["ignore_merges"] = false, ["vocab"] = vocabulary, ["merges"] = merges,
        };
    }
}
