using System.Text;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Tokens;

namespace DataPipeline.Tests.Tokens;

public sealed class SentencePieceTests
{
    [DebianPythonFact("sentencepiece")]
    public void Encode_ModelsOfEveryKind_EqualsSentencePiece()
    {
        using TemporaryFolder folder = new();
        RandomTexts random = new(3);
        string[] texts = [.. Enumerable.Range(0, 150).Select(_ => random.Text().Replace("\0", "", StringComparison.Ordinal)), "", " ", "  a  b  ", "<s>a</s>"];
        File.WriteAllLines(folder["texts.jsonl"], texts.Select(text => JsonSerializer.Serialize(new { text })));
        DebianPython.Run("", DebianPython.Oracle("sentencepiece_models.py"), folder["texts.jsonl"], folder[""], folder["out.jsonl"]);
        List<string> wrong = [];
        int cases = 0;
        foreach (string line in File.ReadLines(folder["out.jsonl"]))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            string file = json.RootElement.GetProperty("file").GetString()!, name = Path.GetFileName(file);
            Tokenizer tokenizer = Tokenizer.Load(file);
            foreach (JsonElement entry in json.RootElement.GetProperty("cases").EnumerateArray())
            {
                cases++;
                int[] ids = [.. entry.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
                string decoded = entry.GetProperty("decoded").GetString()!;
                if (entry.TryGetProperty("hex", out JsonElement hex))
                {
                    byte[] text = Convert.FromHexString(hex.GetString()!);
                    IdBuffer plain = new(), withOffsets = new();
                    OffsetBuffer offsets = new();
                    tokenizer.Encode(text, plain);
                    tokenizer.Encode(text, withOffsets, offsets);
                    if (!plain.Ids.SequenceEqual(ids) || !withOffsets.Ids.SequenceEqual(ids) || offsets.Count != ids.Length
                        || offsets.Offsets.ToArray().Any(offset => offset.Start > offset.End || offset.End > text.Length))
                    {
                        wrong.Add($"{name}: {JsonSerializer.Serialize(Encoding.UTF8.GetString(text))}\n  [{string.Join(' ', plain.Ids.ToArray())}]\n  [{string.Join(' ', ids)}]");
                    }
                }
                StreamingDecoder stream = new(tokenizer, skipSpecialTokens: false);
                string streamed = string.Concat(ids.Select(id => stream.Append(id).ToString())) + stream.Flush().ToString();
                if (tokenizer.Decode(ids) != decoded || streamed != decoded)
                    wrong.Add($"{name}: [{string.Join(' ', ids)}] decodes to {JsonSerializer.Serialize(tokenizer.Decode(ids))}, not {JsonSerializer.Serialize(decoded)}");
            }
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases} differ:\n{string.Join('\n', wrong.Take(8))}");
        Assert.True(cases > 2_500, $"only {cases} cases");
    }

    [SharedFact("data/tokenizers/sentencepiece")]
    public void Load_BrokenFiles_NamesTheFile()
    {
        byte[] model = File.ReadAllBytes(SharedData.PathOf("data/tokenizers/sentencepiece/test_model.model"));
        RandomTexts random = new(5);
        using TemporaryFolder folder = new();
        for (int i = 0; i < 60; i++)
        {
            byte[] broken = model[..(i % 2 == 0 ? random.Next(model.Length) : model.Length)];
            for (int flips = i % 2 == 0 ? 0 : 4; flips > 0; flips--)
                broken[random.Next(broken.Length)] ^= (byte)(1 + random.Next(255));
            File.WriteAllBytes(folder["broken.model"], broken);
            try
            {
                Tokenizer.Load(folder["broken.model"]).EncodeToIds("Hello world, \u00E9\u4E2D!");
            }
            catch (InputException refused)
            {
                Assert.Contains("broken.model", refused.Message, StringComparison.Ordinal);
            }
        }
    }
}
