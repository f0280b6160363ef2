using DataPipeline.Cli;
using DataPipeline.Core;

namespace DataPipeline.Tests.Cli;

public class WordDiffTests
{
    [Theory]
    [InlineData("a b c", "a b c", "= 3 words the same")]
    [InlineData("", "a", "+ a")]
    [InlineData("a", "", "- a")]
    [InlineData("the quick brown fox", "the slow brown fox jumps", "= 1 word the same|- quick|+ slow|= 2 words the same|+ jumps")]
    public void Lines_Texts_ShowWhatEachHasAlone(string survivor, string removed, string lines) => Assert.Equal(lines, string.Join('|', WordDiff.Lines(survivor, removed)));

    [Fact]
    public void Edits_RandomTexts_MakeOneFromTheOther()
    {
        for (ulong trial = 0; trial < 300; trial++)
        {
            var seed = new Seed(trial);
            string[] a = [.. Enumerable.Range(0, (int)seed.Below(30, 0)).Select(i => $"{seed.Below(4, (ulong)i + 1)}")], b = [.. Enumerable.Range(0, (int)seed.Below(30, 50)).Select(i => $"{seed.Below(4, (ulong)i + 51)}")];
            List<(char Sign, int Word)> edits = WordDiff.Edits(a, b);
            Assert.Equal(a, edits.Where(edit => edit.Sign != '+').Select(edit => a[edit.Word]));
            int x = 0, y = 0;
            foreach ((char sign, int word) in edits)
            {
                Assert.Equal(sign == '+' ? y : x, word);
                Assert.True(sign != '=' || a[x] == b[y]);
                x += sign == '+' ? 0 : 1;
                y += sign == '-' ? 0 : 1;
            }
            Assert.Equal((a.Length, b.Length), (x, y));
            int[,] distance = new int[a.Length + 1, b.Length + 1];
            for (int i = 0; i <= a.Length; i++)
            {
                for (int j = 0; j <= b.Length; j++)
                    distance[i, j] = i == 0 || j == 0 ? i + j : a[i - 1] == b[j - 1] ? distance[i - 1, j - 1] : 1 + Math.Min(distance[i - 1, j], distance[i, j - 1]);
            }
            Assert.Equal(distance[a.Length, b.Length], edits.Count(edit => edit.Sign != '='));
        }
    }

    [Fact]
    public void Lines_NothingInCommon_StopsAtTheLimit() =>
        Assert.EndsWith("the rest is not compared", string.Join('|', WordDiff.Lines(string.Join(' ', Enumerable.Range(0, 3000)), string.Join(' ', Enumerable.Range(5000, 3000)))));
}
