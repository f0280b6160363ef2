using System.Text;
using DataPipeline.Core;
using DataPipeline.Dedup.MinHash;
using DataPipeline.Tests.Filters;
using DataPipeline.Tests.Ingest;
using DataPipeline.Tokens;

namespace DataPipeline.Tests.Dedup;

/// <summary>Shingles of units that another room finds.</summary>
public sealed class SegmenterTests : IDisposable
{
    private readonly Temporary _files = new();

    [Fact]
    public void Sign_Tokens_MinimaAreThoseOfEachWindowOfTokens()
    {
        string file = RankFile("the", " cat", " sat");
        Tokenizer tokenizer = DataPipeline.Tokens.Tokenizer.Load(file);
        var kind = new MinHashDedup(shingleWords: 3, segmenter: new TokenSegmenter(file));
        string text = string.Concat(Enumerable.Repeat("the cat sat, the Cat satに", 3));
        IReadOnlyList<int> ids = tokenizer.EncodeToIds(text);
        // Windows as texts of their own would be other tokens: the units are given instead.
        var windows = new GivenUnits();
        var brute = new MinHashDedup(shingleWords: 3, segmenter: windows);
        ulong[] expected = [.. Enumerable.Repeat(ulong.MaxValue, 112)];
        for (int i = 0; i + 3 <= ids.Count; i++)
        {
            windows.Next = [.. ids.Skip(i).Take(3).Select(id => (ulong)id)];
            expected = [.. expected.Zip(brute.Minima(new TextView("")), Math.Min)];
        }
        Assert.Equal(expected, kind.Minima(new TextView(text)));
        Assert.Equal(ids.Count - 2, kind.Shingles(new TextView(text)).Count());
        Assert.NotEqual(kind.Minima(new TextView("the cat sat")), kind.Minima(new TextView("The cat sat")));
        Assert.Single(kind.Shingles(new TextView("the cat")));
        Assert.Empty(kind.Sign(Golden.Document("")).Keys);
        Assert.Throws<ArgumentException>(() => new MinHashDedup(scheme: SchemeName.Datatrove, segmenter: windows));
    }

    [Fact]
    public void Execute_TokensOfAFile_AnotherVocabularyUnderItsNameSignsAgain()
    {
        Document Doc(int record, string text) => new(new Origin("f", record), text);
        using var run = new DedupRun(("a", [[Doc(0, "the cat sat on the mat in the sun and slept"), Doc(1, "the cat sat on the mat in the sun and slept!"), Doc(2, "中文")]]));
        string file = RankFile("the", " cat", " sat");
        string settings = $"{{ kinds: [minhash: {{ bands: 40, rows: 2, shingle_words: 3, segmenter: {{ tokens: {{ file: '{file}' }} }} }}] }}";
        Assert.Equal(["a:f#0", "a:f#2"], DedupRun.Kept(run.Execute(settings)));
        var begun = new List<string>();
        run.Execute(settings, observer: new DedupRun.Observer(begun.Add));
        Assert.Contains("dedup.keys 1/1", begun);
        RankFile("the", " cat", " mat");
        begun.Clear();
        run.Execute(settings, observer: new DedupRun.Observer(begun.Add));
        Assert.Contains("dedup.keys 0/1", begun);
        Assert.Contains("there is no nowhere.json", Assert.Throws<ConfigurationException>(() => run.Plan("{ kinds: [minhash: { segmenter: { tokens: { file: nowhere.json } } }] }")).Message);
    }

    [Fact]
    public void Execute_WordsOfADictionary_ChineseCopiesWithOtherPunctuationMeet()
    {
        Document Doc(int record, string text) => new(new Origin("f", record), text);
        string list = _files.Write("dict.txt", "人民 50\n共和国 40\n成立 60\n北京 30\n今天 20\n");
        using var run = new DedupRun(("a", [[Doc(0, "人民共和国今天在北京成立"), Doc(1, "人民共和国，今天在北京成立！"), Doc(2, "今天北京下雨")]]));
        Assert.Equal(["a:f#0", "a:f#2"], DedupRun.Kept(run.Execute($"{{ kinds: [minhash: {{ shingle_words: 3, segmenter: {{ dictionary: {{ file: '{list}' }} }} }}] }}")));
    }

    public void Dispose() => _files.Dispose();

    /// <summary>A rank file of all bytes and the merges of some words.</summary>
    private string RankFile(params string[] words)
    {
        List<byte[]> tokens = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value })];
        foreach (string word in words)
            tokens.AddRange(Enumerable.Range(2, word.Length - 1).Select(length => Encoding.UTF8.GetBytes(word[..length])).Where(made => !tokens.Any(token => token.SequenceEqual(made))));
        return _files.Write("r50k_base.tiktoken", string.Concat(tokens.Select((token, rank) => $"{Convert.ToBase64String(token)} {rank}\n")));
    }

    private sealed class GivenUnits : Segmenter
    {
        public ulong[] Next = [];

        public override string Fingerprint => "";

        public override ulong[] Units(string text) => Next;
    }
}
