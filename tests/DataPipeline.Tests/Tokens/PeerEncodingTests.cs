using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DataPipeline.Tests.Tokens;

/// <summary>Ids equal to those of tiktoken and Hugging Face tokenizers: on every kind of character, on hostile texts, and with <c>make fuzz</c> on whole corpora.</summary>
public sealed class PeerEncodingTests
{
    private static readonly string[] Encodings = ["cl100k_base", "o200k_base", "r50k_base", "p50k_base"];

    // p50k has tokens for spaces that no merge of two tokens makes.
    private static readonly string[] HuggingFace = ["cl100k_base", "o200k_base", "r50k_base"];

    /// <summary>Is each character a letter, a number, white space or something else to the peers too, and of the same case? Each stands beside what tells these apart.</summary>
    [NodeFact("tiktoken")]
    public void EncodeToIds_EveryCharacter_EqualsPeers() =>
        Compare(CodePoints(everyIdeograph: false).Select(point => char.ConvertFromUtf32(point))
            .Select(BesideOthers), Encodings[..2], HuggingFace[..1]);

    [NodeFact("tiktoken")]
    public void EncodeToIds_HostileTexts_EqualsPeers() => Compare(HostileTexts(seed: 1, characters: 40_000), Encodings, HuggingFace);

    /// <summary>Runs longer than what a compiler of regular expressions expects; ends of texts inside runs of white space.</summary>
    [NodeFact("tiktoken")]
    public void EncodeToIds_RunsAndEnds_EqualsPeers() => Compare(
    [
        "", " ", "  ", "\n", " \n", "\n ", "a ", "a  ", "a \n ", "a\u00A0", "a\u2028\u2028", "\u0085\u0085x", "\r\n\r\n", " \r \n \t", "x \u3000 y", "'", "''s", "'\u017F", "'\u017Fx", "I'\u017Ft",
        new string('a', 3_000), new string(' ', 2_000), new string(' ', 2_000) + "x", new string('\n', 700) + "end", new string('=', 2_000) + "\n\n\n",
        string.Concat(Enumerable.Repeat("\u4E2D", 900)), string.Concat(Enumerable.Repeat("\u0301", 500)), string.Concat(Enumerable.Repeat("\U0001F468\u200D\U0001F469", 300)),
        new string('A', 900) + new string('b', 900), string.Concat(Enumerable.Repeat("aB", 500)), new string('7', 1_000), string.Concat(Enumerable.Repeat("\u0663\u00BD\u2167", 200)),
    ], Encodings, HuggingFace);

    /// <summary>Whole corpora, every character, and ever new hostile texts, as long as <c>make fuzz</c> gives.</summary>
    [NodeFact("tiktoken")]
    public void Fuzz_Corpora_EqualsPeers()
    {
        double seconds = double.TryParse(Environment.GetEnvironmentVariable("DATAPIPELINE_FUZZ_SECONDS"), CultureInfo.InvariantCulture, out double given) ? given : 0;
        if (seconds == 0)
        {
            Compare(HostileTexts(seed: 2, characters: 5_000), Encodings[..1], []);
            return;
        }
        long start = Environment.TickCount64;
        string corpora = Path.Combine(Requirements.Root, ".cache", "bench");
        IEnumerable<string> files = Directory.Exists(corpora) ? Directory.EnumerateFiles(corpora, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : [];
        IEnumerable<string[]> chunks = files.Select(File.ReadAllText).Chunk(40)
            .Concat(CodePoints(everyIdeograph: true).Select(point => BesideOthers(char.ConvertFromUtf32(point))).Chunk(50_000))
            .Concat(Enumerable.Range(3, int.MaxValue - 3).Select(seed => HostileTexts(seed, 400_000)));
        foreach (string[] texts in chunks.TakeWhile(_ => Environment.TickCount64 - start < seconds * 1_000))
            Compare(texts, Encodings, HuggingFace);
    }

    private static string BesideOthers(string c) => $"a{c}b {c}'style{c}0000  {c}{c}1\n{c} A{c}A a{c}'LLama .{c}/{c}";

    private static void Compare(IEnumerable<string> texts, string[] tiktoken, string[] huggingFace)
    {
        string[] all = [.. texts];
        using PeerVocabularies peers = new();
        File.WriteAllLines(peers.Folder["texts.jsonl"], all.Select(text => JsonSerializer.Serialize(new { text })));
        foreach (string encoding in tiktoken)
            peers.Compare(encoding, huggingFace: false, peers.Folder["texts.jsonl"], all);
        foreach (string encoding in huggingFace)
            peers.Compare(encoding, huggingFace: true, peers.Folder["texts.jsonl"], all);
    }

    /// <summary>Characters of all planes; of the long rows of ideographs and Hangul, and of empty planes, some.</summary>
    private static IEnumerable<int> CodePoints(bool everyIdeograph)
    {
        for (int point = 0; point <= 0x10FFFF; point++)
        {
            bool alike = point is (>= 0x3400 and < 0x4DB0) or (>= 0x4E10 and < 0x9FE0) or (>= 0xAC10 and < 0xD790) or (>= 0x17010 and < 0x18700) or (>= 0x20010 and < 0x323A0)
                or (>= 0x323C0 and < 0xE0000) or >= 0xE0200 or (>= 0xE000 and < 0xF8F0);
            if (point is < 0xD800 or >= 0xE000 && (everyIdeograph || !alike || point % 1_021 == 0))
                yield return point;
        }
    }

    /// <summary>Runs of letters of many scripts and planes, white space of all kinds, marks, digits, contractions, broken words, names of special tokens.</summary>
    private static string[] HostileTexts(int seed, int characters)
    {
        ulong state = (ulong)seed;
        Func<string>[] pools =
        [
            () => Point(0x10400, 80), () => Point(0x1D400, 1_000), () => Point(0x20000, 3_000), () => Point(0x1F300, 0x400), () => "a", () => Point('a', 26), () => Point('A', 26),
            () => " ", () => One("\n", "\r\n", "\t", "\u00A0", "\u2028", "\u0085", "\u3000", " "), () => Point(0x4E00, 0x5000), () => Point(0xAC00, 0x2BA4), () => Point(0x430, 32),
            () => Point(0x600, 0xFF), () => Point(0x900, 0x7F), () => Point(0xE00, 0x5F), () => Point('0', 10), () => Point(0x300, 0x6F), () => Point(0x20, 0xD700),
            () => One("'", "\u2019", "'\u017F") + One("s", "ll", "RE", "T", "d", ""), () => One("=", "-", "_", "*", "#", "/", ".", "!", "?"), () => "\u200D", () => Point(0x10000, 0x30000),
            () => One("the", "The", " of", "ing", "tion", "\u7684", "\u662F", "<|endoftext|>", "<|im_start|>"), () => Point(0x660, 10), () => One("\u00BD", "\u2167", "\u2460"),
            () => Point(0xE0000, 0x200), () => "\uFFFD",
        ];
        List<string> texts = [];
        while (characters > 0)
        {
            StringBuilder text = new();
            for (int left = One(1, 5, 20, 100, 1_000, 4_000); left > 0;)
            {
                int run = One(1, 1, 2, 3, 5, 8, 20, 60, 300);
                Func<string> pool = pools[Next(pools.Length)];
                for (int i = 0; i < run; i++)
                    text.Append(pool());
                left -= run;
            }
            texts.Add(text.ToString());
            characters -= text.Length;
        }
        return [.. texts];

        int Next(int below)
        {
            state = (state * 6364136223846793005UL) + 1442695040888963407UL;
            return (int)((state >> 33) % (ulong)below);
        }

        T One<T>(params T[] of) => of[Next(of.Length)];

        string Point(int first, int count) => char.ConvertFromUtf32(first + Next(count));
    }
}
