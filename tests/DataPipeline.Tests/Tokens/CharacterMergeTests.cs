using System.Text;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Engine;
using DataPipeline.Tokens.Models;

namespace DataPipeline.Tests.Tokens;

/// <summary>Byte-pair encoding over characters by chunks, cache and backtracking against merging the whole text at once, which is what offsets are made with.</summary>
public sealed class CharacterMergeTests
{
    // Of the last four the vocabulary knows none; they share their last bytes with the first four.
    private static readonly string[] Characters = ["a", "b", "\u2581", "\u4E2D", "\u6587", "\U00010410", "\U0001F642", "c", "\u4F2D", "\uFFFD", "\U00020410", "z"];

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Encode_RandomVocabularies_EqualsMergingTheWhole(bool bytes, bool fuse)
    {
        RandomTexts random = new(21);
        for (int round = 0; round < 400; round++)
        {
            CharacterBpeModel model = Vocabulary(random, bytes, fuse, shuffled: round % 4 == 0, out int limit);
            ModelScratch scratch = new() { Forbidden = null };
            for (int i = 0; i < 12; i++)
            {
                byte[] text = Text(random, i);
                IdBuffer ids = new(), whole = new();
                model.Encode(text, ids, null, scratch);
                model.Encode(text, whole, new OffsetBuffer(), scratch);
                Assert.True(ids.Ids.SequenceEqual(whole.Ids),
                    $"round {round}: {Encoding.UTF8.GetString(text)}\n{string.Join(' ', ids.Ids.ToArray())}\n{string.Join(' ', whole.Ids.ToArray())}");
                Assert.True(whole.Ids.ToArray().All(id => id < limit));
            }
        }
    }

    [SharedFact("data/tokenizers/llama")]
    public void Encode_LongTextsOfLlama_EqualsMergingTheWhole()
    {
        Tokenizer llama = Tokenizer.Load(SharedData.PathOf("data/tokenizers/llama/tokenizer.json"));
        RandomTexts random = new(22);
        string letters = new([.. Enumerable.Range(0, 20_000).Select(_ => (char)('a' + random.Next(26)))]);
        string[] texts = [new('a', 30_000), new(' ', 10_001), letters, string.Concat(Enumerable.Range(0, 3_000).Select(_ => random.Text())), "=-=-=-==--", new('\u4E2D', 999)];
        foreach (string text in texts)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            IdBuffer ids = new(), whole = new();
            llama.Encode(utf8, ids);
            llama.Encode(utf8, whole, new OffsetBuffer());
            Assert.Equal(whole.Ids.ToArray(), ids.Ids.ToArray());
        }
    }

    private static byte[] Text(RandomTexts random, int kind)
    {
        StringBuilder text = new();
        // Short ones, long ones, and long ones of two known characters, which hardly ever fall into chunks.
        for (int left = kind % 3 == 0 ? random.Next(12) : random.Next(300); left > 0; left--)
            text.Append(Characters[random.Next(kind % 3 == 2 ? 2 : Characters.Length)]);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static CharacterBpeModel Vocabulary(RandomTexts random, bool bytes, bool fuse, bool shuffled, out int limit)
    {
        TokenBytes tokens = new(600);
        List<string> texts = [];
        int Add(string text)
        {
            int found = tokens.Find(Encoding.UTF8.GetBytes(text));
            if (found >= 0)
                return found;
            tokens.Add(texts.Count, Encoding.UTF8.GetBytes(text));
            texts.Add(text);
            return texts.Count - 1;
        }
        Add("<unk>");
        for (int value = 0; bytes && value < 256; value++)
            Add($"<0x{value:X2}>");
        int first = texts.Count;
        foreach (string character in Characters[..8])
            Add(character);
        List<(int, int, int)> merges = [];
        int near = random.Next(2) == 0 ? 2 : 8;
        for (int i = random.Next(40); i > 0; i--)
        {
            int left = first + random.Next(Math.Min(texts.Count - first, random.Next(2) == 0 ? near : 100)), right = first + random.Next(Math.Min(texts.Count - first, random.Next(2) == 0 ? near : 100));
            if (texts[left].Length + texts[right].Length <= 12)
                merges.Add((left, right, Add(texts[left] + texts[right])));
        }
        for (int i = merges.Count - 1; shuffled && i > 0; i--)
        {
            int other = random.Next(i + 1);
            (merges[i], merges[other]) = (merges[other], merges[i]);
        }
        limit = texts.Count;
        return new CharacterBpeModel(tokens, merges, new BpeOptions { Unknown = "<unk>", FuseUnknown = fuse, ByteFallback = bytes });
    }
}
