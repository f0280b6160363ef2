using System.Text;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens.Decode;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Models;
using DataPipeline.Tokens.Normalize;
using DataPipeline.Tokens.PreTokenize;

namespace DataPipeline.Tokens.Formats;

/// <summary>BERT's vocab.txt.</summary>
internal static class VocabFile
{
    private const int MaxTokens = 1 << 24;

    public static WordPieceTokenizer Read(string path, bool? lowerCase)
    {
        string[] lines = Encoding.UTF8.GetString(File.ReadAllBytes(path)).Split('\n');
        int count = lines.Length > 0 && lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        if (count > MaxTokens)
            throw new InputException($"{path}: more than {MaxTokens:N0} lines: this is no vocab.txt");
        TokenBytes tokens = new(count + 1);
        for (int id = 0; id < count; id++)
        {
            byte[] token = Encoding.UTF8.GetBytes(lines[id].TrimEnd('\r'));
            // Of a token that stands twice the last number holds, as in the reference; the first keeps its text.
            tokens.Add(id, token);
        }
        string[] special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
        int Find(string name) => tokens.Find(Encoding.UTF8.GetBytes(name));
        if (Find("[UNK]") < 0)
            throw new InputException($"{path}: no line is [UNK]: this is no vocab.txt of BERT's kind");
        bool lower = lowerCase ?? LowerCaseBeside(path) ?? LowerCaseByName(path);
        bool around = Find("[CLS]") >= 0 && Find("[SEP]") >= 0;
        string flag = lower ? "true" : "false";
        TokenizerParts parts = new(new WordPieceModel(tokens, "[UNK]", "##", 100))
        {
            Normalizer = new BertNormalizer(cleanText: true, chineseCharacters: true, stripAccents: null, lowercase: lower),
            PreTokenizer = new BertPreTokenizer(),
            Decoder = [DecodeSteps.WordPiece("##", cleanup: true)],
            Added = [.. special.Where(name => Find(name) >= 0).Select(name => new AddedToken(name, Find(name)))],
            Prefix = around ? [Find("[CLS]")] : [],
            Suffix = around ? [Find("[SEP]")] : [],
            Source = new TokenizerSource(
                $$"""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":{{flag}}}""",
                """{"type":"BertPreTokenizer"}""",
                around ? $$"""{"type":"BertProcessing","sep":["[SEP]",{{Find("[SEP]")}}],"cls":["[CLS]",{{Find("[CLS]")}}]}""" : null,
                """{"type":"WordPiece","prefix":"##","cleanup":true}"""),
        };
        return new WordPieceTokenizer(parts);
    }

    private static bool? LowerCaseBeside(string path)
    {
        string config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "tokenizer_config.json");
        if (!File.Exists(config))
            return null;
        using JsonDocument json = TokenizerJson.Parse(config);
        return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("do_lower_case", out JsonElement flag)
            && flag.ValueKind is JsonValueKind.True or JsonValueKind.False ? flag.GetBoolean() : null;
    }

    private static bool LowerCaseByName(string path)
    {
        string names = $"{Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path)))}/{Path.GetFileName(path)}";
        return names.Contains("uncased", StringComparison.OrdinalIgnoreCase) || !names.Contains("cased", StringComparison.OrdinalIgnoreCase);
    }
}
