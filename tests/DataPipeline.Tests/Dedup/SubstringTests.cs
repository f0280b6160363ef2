using System.Text;
using DataPipeline.Core;
using DataPipeline.Dedup.Substring;

namespace DataPipeline.Tests.Dedup;

public class SubstringTests
{
    /// <summary>The brute-force twin: every window of every text is compared with every other, byte by byte.</summary>
    [Theory]
    [InlineData(8, true, 2)]
    [InlineData(8, false, 2)]
    [InlineData(9, true, 3)]
    [InlineData(20, true, 30)]
    [InlineData(20, false, 30)]
    public void Execute_RandomTexts_EqualsComparingAllWindows(int minBytes, bool keepFirst, int alphabet)
    {
        for (ulong trial = 0; trial < 3; trial++)
        {
            var seed = new Seed(trial + (ulong)alphabet);
            string[] texts = [.. Enumerable.Range(0, 14).Select(i => Text(seed.For((ulong)i), seed, alphabet))];
            bool[][] cut = Brute([.. texts.Select(Encoding.UTF8.GetBytes)], minBytes, keepFirst);
            string[] expected = [.. texts.Select((text, i) => $"{i}:{Left(text, cut[i])}")];
            string settings = $"{{ kinds: [substring: {{ min_bytes: {minBytes}, keep_first: {(keepFirst ? "true" : "false")}, min_words: 0, min_characters: 0 }}] }}";
            Assert.Equal(expected, LineDedupTests.Run(settings, texts));
        }
    }

    [Fact]
    public void Execute_RunOfOneCharacter_KeepsOneWindow() =>
        Assert.Equal([$"0:{new string('a', 100)}", $"1:start  {new string('b', 99)}"], LineDedupTests.Run("{ kinds: [substring] }", new string('a', 1000), $"start {new string('a', 300)} {new string('b', 99)}"));

    [Fact]
    public void Execute_Chinese_IsCutAtCharacters()
    {
        string shared = string.Concat(Enumerable.Repeat("天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏", 2));
        string[] left = LineDedupTests.Run("{ kinds: [substring] }", $"甲{shared}乙", $"丙{shared}丁 \U0001F600 end");
        Assert.Equal($"1:丙丁 \U0001F600 end", left[1]);
        // Characters that share bytes with their neighbours' copies stay whole: these two differ in the last byte alone.
        left = LineDedupTests.Run("{ kinds: [substring] }", $"{new string('x', 99)}你 y", $"{new string('x', 99)}佡 z");
        Assert.Equal("1:佡 z", left[1]);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(9)]
    [InlineData(8)]
    public void Of_AnyWindow_AnchorDependsOnItsBytesAlone(int window)
    {
        var seed = new Seed(3);
        byte[] text = [.. Enumerable.Range(0, 3000).Select(i => (byte)seed.Below(3, (ulong)i))];
        List<Anchor> anchors = Anchors.Of(text, window);
        int next = 0;
        foreach (Anchor anchor in anchors)
        {
            Assert.Equal(next, anchor.FirstWindow);
            next = anchor.LastWindow + 1;
            for (int start = anchor.FirstWindow; start <= anchor.LastWindow; start++)
            {
                Anchor alone = Assert.Single(Anchors.Of(text.AsSpan(start, window), window));
                Assert.Equal((anchor.Place - start, anchor.Hash), (alone.Place, alone.Hash));
            }
        }
        Assert.Equal(text.Length - window + 1, next);
        Assert.Empty(Anchors.Of(text.AsSpan(0, window - 1), window));
    }

    private static string Text(Seed own, Seed shared, int alphabet)
    {
        var text = new StringBuilder();
        for (ulong piece = 0; piece < 6; piece++)
        {
            // Pieces from a small stock recur at random places; others are new. Letters of one, two, three and four bytes.
            Seed from = own.Below(2, piece) == 0 ? shared.For(own.Below(5, 100 + piece)) : own.For(piece);
            int length = 1 + (int)from.Below(40, 0);
            for (int i = 0; i < length; i++)
            {
                int letter = (int)from.Below((ulong)alphabet, (ulong)i + 1);
                text.Append(letter switch { 0 => "a", 1 => "é", 2 => "中", 3 => "\U0001F600", _ => ((char)('a' + letter)).ToString() });
            }
        }
        return text.ToString();
    }

    private static bool[][] Brute(byte[][] texts, int minBytes, bool keepFirst)
    {
        bool[][] cut = [.. texts.Select(text => new bool[text.Length])];
        (int Text, int Start)[] windows = [.. texts.SelectMany((text, i) => Enumerable.Range(0, Math.Max(0, text.Length - minBytes + 1)).Select(start => (i, start)))];
        foreach ((int text, int start) in windows)
        {
            ReadOnlySpan<byte> own = texts[text].AsSpan(start, minBytes);
            bool duplicate = false;
            foreach ((int other, int otherStart) in windows)
            {
                if (keepFirst && (other, otherStart).CompareTo((text, start)) >= 0)
                    break;
                if ((other, otherStart) == (text, start) || !texts[other].AsSpan(otherStart, minBytes).SequenceEqual(own))
                    continue;
                // The first occurrence decides: one that overlaps it is itself.
                duplicate = !keepFirst || other != text || start - otherStart >= minBytes;
                break;
            }
            if (duplicate)
                cut[text].AsSpan(start, minBytes).Fill(true);
        }
        return cut;
    }

    private static string Left(string text, bool[] cut)
    {
        var left = new StringBuilder();
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!cut.AsSpan(at, rune.Utf8SequenceLength).ToArray().All(byteIsCut => byteIsCut))
                left.Append(rune);
            at += rune.Utf8SequenceLength;
        }
        return left.ToString();
    }
}
