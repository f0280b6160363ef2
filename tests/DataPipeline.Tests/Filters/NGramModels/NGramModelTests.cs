using System.Text;
using DataPipeline.Core;
using DataPipeline.Filters;
using DataPipeline.Tests.Tokens;

namespace DataPipeline.Tests.Filters;

public sealed class NGramModelTests
{
    private static readonly string[][] Corpus = [.. Enumerable.Range(0, 120).Select(i =>
        Enumerable.Range(0, 1 + i % 9).Select(j => ((string[])["a", "b", "c", "d", "e", "f", "g"])[(int)(new Seed((ulong)i).Number((ulong)j) % (ulong)(2 + i % 6))]).ToArray())];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Score_AnyLine_EqualsTheDefinition(int order)
    {
        NGramModel model = Train(order);
        var twin = new Twin(Corpus, order);
        foreach (string[] line in Corpus.Take(40).Concat([["a", "zz", "b", "a"], ["g", "g", "g", "g", "f"], [], ["zz"]]))
        {
            (double score, int tokens) = model.Score(line);
            Assert.Equal(line.Length + 1, tokens);
            Assert.Equal(twin.Score(line), score, 1e-4);
        }
        Assert.Equal(Math.Pow(10, -(twin.Score(["a", "b"]) + twin.Score(["c"])) / 5), model.Perplexity([["a", "b"], ["c"]]), 1e-3);
    }

    [Fact]
    public void Score_AllWordsAfterAContext_SumToOne()
    {
        NGramModel model = Train(3);
        foreach (string[] context in (string[][])[[], ["a"], ["b", "c"], ["zz", "a"]])
        {
            // The end stands behind each word, so it is taken off again; a line of the context alone gives the end's own share.
            double before = model.Score(context).Score, end = Math.Pow(10, before - Prefix(model, context));
            double sum = end + ((string[])["a", "b", "c", "d", "e", "f", "g", "<unk>"]).Sum(word => Math.Pow(10, Prefix(model, [.. context, word]) - Prefix(model, context)));
            Assert.Equal(1, sum, 1e-4);
        }

        double Prefix(NGramModel model, string[] words) => new Twin(Corpus, 3).Prefix(words);
    }

    [Fact]
    public void Files_ArpaAndBinary_GiveTheSameScores()
    {
        using var folder = new TemporaryFolder();
        NGramModel model = Train(4);
        NGramFile.Save(model, folder["model.arpa"]);
        NGramFile.Save(model, folder["model.bin"]);
        Assert.StartsWith("\\data\\\nngram 1=10\nngram 2=", File.ReadAllText(folder["model.arpa"]), StringComparison.Ordinal);
        foreach (string[] line in Corpus)
        {
            Assert.Equal(model.Score(line), NGramFile.Load(folder["model.bin"]).Score(line));
            Assert.Equal(model.Score(line), NGramFile.Load(folder["model.arpa"]).Score(line));
        }
    }

    [Fact]
    public void ArpaRead_SmallModel_BacksOffAsItSays()
    {
        const string Arpa = "\\data\\\nngram 1=4\nngram 2=1\n\n\\1-grams:\n-1\t<unk>\n-99\t<s>\t-0.5\n-2\t</s>\n-0.25\ta\t-0.125\n\n\\2-grams:\n-0.0625\t<s> a\n\n\\end\\\n";
        NGramModel model = ArpaFile.Read(new StringReader(Arpa), "small.arpa");
        Assert.Equal(-0.0625 + (-0.125 - 2), model.Score(["a"]).Score, 1e-6);
        Assert.Equal(-0.5 - 1 + -2, model.Score(["b"]).Score, 1e-6);
        Assert.Equal(-0.0625 + (-0.125 - 0.25) + (-0.125 - 2), model.Score(["a", "a"]).Score, 1e-6);
    }

    [Theory]
    [InlineData("\\data\\\nngram 1=1\n\n\\1-grams:\n-1 a b c\n\\end\\\n", "line 5")]
    [InlineData("\\data\\\nngram 1=1\nngram 2=1\n\n\\1-grams:\n-1 a\n\n\\2-grams:\n-1 b a\n\\end\\\n", "line 9")]
    [InlineData("\\data\\\nngram 1=1\n\n\\1-grams:\n-1 a\n", "before \\end\\")]
    [InlineData("no model", "before \\end\\")]
    public void ArpaRead_Broken_NamesTheLine(string arpa, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => ArpaFile.Read(new StringReader(arpa), "broken.arpa")).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_DamagedBinary_IsAnInputExceptionOrAModel()
    {
        var stream = new MemoryStream();
        NGramFile.Write(Train(3), stream);
        byte[] whole = stream.ToArray();
        for (int length = 0; length < whole.Length; length += 13)
            Assert.Throws<InputException>(() => NGramFile.Read(new MemoryStream(whole[..length]), "cut.bin"));
        int refused = 0;
        for (int at = 0; at < 120; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0xFF;
            try
            {
                NGramFile.Read(new MemoryStream(damaged), "damaged.bin").Score(["a", "b"]);
            }
            catch (InputException)
            {
                refused++;
            }
        }
        Assert.True(refused > 20);
    }

    [Fact]
    public void Judge_Perplexity_IsWrittenWithItsBucketAndLimited()
    {
        using var folder = new TemporaryFolder();
        NGramFile.Save(Train(3), folder["model.bin"]);
        Document document = Golden.Document("a b a\nb a");
        double perplexity = NGramFile.Load(folder["model.bin"]).Perplexity([["a", "b", "a"], ["b", "a"]]);
        Verdict kept = new PerplexityFilter(folder["model.bin"], buckets: [perplexity - 1, perplexity + 1]).Judge(document);
        Assert.Equal("middle", kept.Document!.Metadata["perplexity_bucket"]);
        Assert.Equal(perplexity, double.Parse(kept.Document.Metadata["perplexity"]), 0.01);
        Assert.Equal("head", new PerplexityFilter(folder["model.bin"], thresholds: PerplexityThresholds.Ccnet).Judge(document.With("language", "zh")).Document!.Metadata["perplexity_bucket"]);
        foreach ((string language, double value, string bucket) in new[] { ("en", 339.9, "head"), ("en", 340, "middle"), ("zh", 1949.9, "middle"), ("zh", 1950, "tail"), ("sw", 1, "all") })
            Assert.Equal(bucket, PerplexityFilter.CcnetBucket(document.With("language", language), value));
        Assert.Equal("perplexity_too_high", new PerplexityFilter(folder["model.bin"], maxPerplexity: perplexity - 1).Judge(document).Reason);
        Assert.Equal("perplexity_too_low", new PerplexityFilter(folder["model.bin"], minPerplexity: perplexity + 1).Judge(document).Reason);
        Assert.Equal(["漢", "字", "か\u3099", "x"], TextUnits.Of("漢字 か\u3099x", TextUnit.Characters));
    }

    private static NGramModel Train(int order)
    {
        var trainer = new NGramTrainer(order);
        foreach (string[] line in Corpus)
            trainer.AddLine(line);
        return trainer.Build();
    }

    /// <summary>The definition, read aloud: every count is found anew by going through the text.</summary>
    private sealed class Twin(string[][] corpus, int order)
    {
        private readonly List<string[]> _lines = [.. corpus.Select(line => (string[])["<s>", .. line, "</s>"])];
        private readonly Dictionary<string, double[]> _cache = [];
        private Dictionary<string, long>[]? _counts;

        private Dictionary<string, long>[] Counts => _counts ??= [.. Enumerable.Range(0, order + 1).Select(Adjusted)];

        public double Score(string[] line) => Prefix([.. line, "</s>"]);

        /// <summary>log10 of the probability that a line begins so.</summary>
        public double Prefix(string[] words)
        {
            string[] all = ["<s>", .. words.Select(word => word == "</s>" || Counts[1].ContainsKey(word) ? word : "<unk>")];
            double sum = 0;
            for (int i = 1; i < all.Length; i++)
                sum += Math.Log10(Probability(all[i], all[Math.Max(0, i - order + 1)..i]));
            return sum;
        }

        private double Probability(string word, string[] context)
        {
            int n = context.Length + 1;
            double lower = context.Length > 0 ? Probability(word, context[1..]) : 1.0 / (Counts[1].Count + 1);
            string start = string.Concat(context.Select(part => part + " "));
            var following = Counts[n].Where(pair => pair.Key.StartsWith(start, StringComparison.Ordinal) && pair.Key.Count(c => c == ' ') == n - 1).ToList();
            double total = following.Sum(pair => pair.Value);
            if (total == 0)
                return lower;
            double[] discounts = Discounts(n);
            double left = following.Sum(pair => discounts[Math.Min(pair.Value, 3)]) / total;
            long count = Counts[n].GetValueOrDefault(start + word);
            return (count - discounts[Math.Min(count, 3)]) / total + left * lower;
        }

        private double[] Discounts(int n)
        {
            string key = n.ToString();
            if (_cache.TryGetValue(key, out double[]? known))
                return known;
            double T(int k) => Counts[n].Values.Count(count => count == k);
            double y = T(1) / (T(1) + 2 * T(2));
            double[] discounts = [0, 1 - 2 * y * T(2) / T(1), 2 - 3 * y * T(3) / T(2), 3 - 4 * y * T(4) / T(3)];
            bool isRight = discounts.All(double.IsFinite) && discounts.All(discount => discount >= 0) && discounts[1] <= 1 && discounts[2] <= 2 && discounts[3] <= 3;
            return _cache[key] = isRight ? discounts : [0, 0.5, 1, 1.5];
        }

        private Dictionary<string, long> Adjusted(int n)
        {
            if (n == 0)
                return [];
            IEnumerable<string[]> grams = _lines.SelectMany(line => Enumerable.Range(0, Math.Max(0, line.Length - n + 1)).Select(i => line[i..(i + n)]));
            if (n == order)
                return grams.GroupBy(gram => string.Join(' ', gram)).ToDictionary(group => group.Key, group => (long)group.Count());
            var longer = _lines.SelectMany(line => Enumerable.Range(0, Math.Max(0, line.Length - n)).Select(i => line[i..(i + n + 1)])).Select(gram => string.Join(' ', gram)).Distinct()
                .GroupBy(gram => gram[(gram.IndexOf(' ') + 1)..]).ToDictionary(group => group.Key, group => (long)group.Count());
            return grams.Where(gram => n > 1 || gram[0] != "<s>").GroupBy(gram => string.Join(' ', gram))
                .ToDictionary(group => group.Key, group => group.Key.StartsWith("<s>", StringComparison.Ordinal) ? group.Count() : longer[group.Key]);
        }
    }
}
