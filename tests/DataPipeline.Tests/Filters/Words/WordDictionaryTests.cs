using DataPipeline.Core;
using DataPipeline.Filters;
using DataPipeline.Tests.Ingest;

namespace DataPipeline.Tests.Filters.Words;

public sealed class WordDictionaryTests : IDisposable
{
    private const string Chinese = "中华 20\n中华人民 5\n人民 50 n\n人民共和国 30 ns\n共和国 40\n国 100\n国成 1\n成立 60 v\n了 300\n𠀀中 9\n";

    private readonly Temporary _files = new();

    [Theory]
    [InlineData("中华人民共和国成立了", "中华 人民共和国 成立 了")]
    [InlineData("Zoë说：中华abc人民。3个国成", "Zoë 说 中华 abc 人民 3 个 国成")]
    [InlineData("𠀀中国", "𠀀中 国")]
    [InlineData("𠀀𠀁中华", "𠀀 𠀁 中华")]
    [InlineData("成 立 成立", "成 立 成立")]
    [InlineData("", "")]
    public void Join_Chinese_TakesTheMostProbableWords(string text, string words) => Assert.Equal(words, Words(Chinese, text));

    /// <summary>A word of the list that ends between a character and its mark is none, and the mark stays with its character.</summary>
    [Fact]
    public void Join_Marks_StayWithTheirCharacters()
    {
        Assert.Equal("かき く\u3099け", Words("かき 5\nきく 50\nく\u3099け 5\n", "かきく\u3099け"));
        Assert.Equal("ภาษา ไทย", Words("ภาษา 5\nไทย 5\nษาไ 5\n", "ภาษาไทย"));
    }

    /// <summary>The brute-force twin: every way to cut, by the sum of logarithms.</summary>
    [Fact]
    public void Join_RandomListsAndTexts_NoWayIsMoreProbable()
    {
        string[] letters = ["中", "国", "か\u3099", "𠀀", "の"];
        for (ulong trial = 0; trial < 300; trial++)
        {
            var seed = new Seed(trial);
            string Random(Seed own, int most) => string.Concat(Enumerable.Range(0, 1 + (int)own.Below((ulong)most, 0)).Select(i => letters[own.Below(5, (ulong)i + 1)]));
            var list = new Dictionary<string, double>();
            for (ulong i = 0; i < 25; i++)
                list[Random(seed.For(i), 4)] = 1 + seed.Below(1000, i);
            string text = Random(seed.For("text"), 11);
            string[] cells = [.. new TextView(text).ScriptWords.ToArray().Select(slice => text.Substring(slice.Start, slice.Length))];
            double total = Math.Log(list.Values.Sum());
            double Best(int from)
            {
                if (from == cells.Length)
                    return 0;
                double found = double.NegativeInfinity;
                for (int to = from + 1; to <= cells.Length; to++)
                {
                    if (list.TryGetValue(string.Concat(cells[from..to]), out double frequency))
                        found = Math.Max(found, Math.Log(frequency) - total + Best(to));
                }
                return double.IsNegativeInfinity(found) ? Best(from + 1) - total : found;
            }
            double ours = Words(string.Concat(list.Select(pair => $"{pair.Key} {pair.Value}\n")), text).Split(' ').Sum(word => Math.Log(list.GetValueOrDefault(word, 1)) - total);
            Assert.Equal(Best(0), ours, 9);
        }
    }

    [Fact]
    public void Judge_FiltersBehind_SeeTheWordsUntilTheTextIsEdited()
    {
        var stage = new DictionaryWords(List(Chinese));
        Document document = stage.Judge(Golden.Document("中华人民共和国成立了 ok")).Document!;
        Assert.Equal("中华人民共和国成立了 ok", document.Text);
        Assert.Equal((5, 2), (document.View.CountsBy(WordRule.Script).Words, document.View.CountsBy(WordRule.Whitespace).Words));
        Assert.Equal(5, document.View.CountWords(WordRule.Script, new Slice(0, document.Text.Length)));
        Assert.Equal(5, document.With("a", "b").View.ScriptWords.Length);
        Assert.Equal(10, document.MapText(text => text[1..]).View.ScriptWords.Length);
        Assert.False(new Length(minWords: 6).Judge(document).IsKept);
        Assert.True(new Length(minWords: 6).Judge(Golden.Document(document.Text)).IsKept);
        Assert.Throws<ArgumentException>(() => document.WithView(new TextView("other")));
    }

    [Fact]
    public void Units_Segmenter_AreWordsWithoutCaseAndPunctuation()
    {
        var segmenter = new DictionarySegmenter(List(Chinese));
        Assert.Equal(segmenter.Units("OK, 人民共和国！成立"), segmenter.Units("ok 人民共和国 成立😀"));
        Assert.Equal(3, segmenter.Units("OK, 人民共和国！成立").Length);
        Assert.NotEqual(segmenter.Units("人民共和国"), segmenter.Units("人民 共和国"));
        Assert.NotEqual(segmenter.Fingerprint, new DictionarySegmenter(List(Chinese + "新 1\n")).Fingerprint);
    }

    [Theory]
    [InlineData("中华\n", "line 1: expected `word frequency`, found `中华`")]
    [InlineData("国 3\n中华 x\n", "line 2")]
    [InlineData("\n", "holds no word")]
    public void New_BadList_SaysWhere(string list, string message) =>
        Assert.Contains(message, Assert.Throws<ConfigurationException>(() => new DictionaryWords(List(list))).Message);

    public void Dispose() => _files.Dispose();

    private string List(string text) => _files.Write($"{Hash.Of(text):x16}.txt", text);

    private string Words(string list, string text)
    {
        TextView view = new WordDictionary(List(list)).Join(new TextView(text));
        return string.Join(' ', view.ScriptWords.ToArray().Select(word => view[word].ToString()).Where(word => word.EnumerateRunes().Any(System.Text.Rune.IsLetterOrDigit)));
    }
}
