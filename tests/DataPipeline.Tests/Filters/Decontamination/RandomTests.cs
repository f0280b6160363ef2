using System.Text;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Tests.Filters.Decontamination;

/// <summary>Every scheme against a brute-force twin that compares words as strings, on random texts of few words, Han and an astral character among them.</summary>
public sealed class RandomTests : IDisposable
{
    // As written, and as compared.
    private static readonly (string Written, string Word)[] Vocabulary =
    [
        ("Alpha", "alpha"), ("beta", "beta"), ("it's", "its"), ("ΣΟΦΙΑ", "σοφια"), ("42", "42"), ("中", "中"), ("文", "文"), ("字", "字"), ("𠀀", "𠀀"), ("Éclair", "éclair"),
        ("an\u0061logue", "analogue"), ("𐐀𐐁", "𐐨𐐩"),
    ];

    private static readonly string[] Gaps = [" ", "  ", ", ", ". ", "\t", " -- ", "\u3000", "！", "🙂 "];

    private readonly string _folder = Directory.CreateTempSubdirectory("decontaminate").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(DecontaminationScheme.Ngrams, 8, 0)]
    [InlineData(DecontaminationScheme.Ngrams, 13, 8)]
    [InlineData(DecontaminationScheme.Ngrams, 13, 0)]
    [InlineData(DecontaminationScheme.Palm, 8, 0)]
    [InlineData(DecontaminationScheme.Llama2, 8, 0)]
    [InlineData(DecontaminationScheme.Llama2, 10, 0)]
    [InlineData(DecontaminationScheme.Datatrove, 8, 0)]
    [InlineData(DecontaminationScheme.Datatrove, 12, 0)]
    [InlineData(DecontaminationScheme.Dolma, 8, 0)]
    public void Search_RandomTexts_FindsWhatBruteForceFinds(DecontaminationScheme scheme, int n, int minWords)
    {
        int met = 0, clean = 0;
        for (ulong round = 0; round < 40; round++)
        {
            var chance = new Chance(new Seed(round).For(scheme.ToString()));
            Words[] questions = [.. Enumerable.Range(0, 6).Select(_ => Words.Random(chance, 4 + chance.Below(30)))];
            Words[] answers = [.. Enumerable.Range(0, 6).Select(_ => Words.Random(chance, 1 + chance.Below(25)))];
            string file = Path.Combine(_folder, "set.jsonl");
            File.WriteAllLines(file, questions.Zip(answers).Select(item => JsonSerializer.Serialize(new { question = item.First.Text, answer = item.Second.Text })));
            bool withQuestions = round % 2 == 0;
            var filter = new Decontaminate(new Dictionary<string, TestSet> { ["s"] = new(files: [file]) }, scheme, n, minWords: minWords, minShare: 0.3, questions: withQuestions);
            for (int text = 0; text < 4; text++)
            {
                Words document = Words.Random(chance, chance.Below(12));
                for (int piece = chance.Below(4); piece > 0; piece--)
                    document = document.Then(chance.Below(2) == 0 ? "\n" : " ", Piece(chance, questions, answers)).Then("\n", Words.Random(chance, chance.Below(12)));
                var twin = new BruteForce(questions, answers, n, minWords);
                Overlap overlap = filter.Search(document.Text);
                string[] expected = [.. (scheme switch
                {
                    DecontaminationScheme.Palm => twin.GramShare(document, 0.3),
                    DecontaminationScheme.Llama2 => twin.SpanShare(document, 0.3, 4),
                    DecontaminationScheme.Datatrove => twin.Answers(document, withQuestions),
                    DecontaminationScheme.Dolma => twin.Paragraphs(document),
                    _ => twin.Grams(document),
                }).Select(found => $"{found.Start}-{found.End} {string.Join(',', found.Items.Select(item => $"s {file}:{item + 1}"))}")];
                Assert.Equal(expected, overlap.Stretches.Zip(overlap.Findings, (stretch, finding) => $"{stretch.Start}-{stretch.End} {string.Join(',', finding.Things)}"));
                Assert.All(overlap.Stretches.Zip(overlap.Findings), pair =>
                {
                    Assert.Equal(document.Text[pair.First.Start..pair.First.End], pair.Second.Text);
                    Assert.Equal(document.Text[..pair.First.Start].EnumerateRunes().Count(), pair.Second.Position);
                });
                met += expected.Length;
                clean += expected.Length == 0 ? 1 : 0;
            }
        }
        Assert.True(met > 10 && clean > 10, $"{met} met, {clean} clean: the texts test nothing");
    }

    [Fact]
    public void Cut_RandomStretches_LeavesWhatMarkedCharactersLeave()
    {
        for (ulong round = 0; round < 300; round++)
        {
            var chance = new Chance(new Seed(round).For("cut"));
            string text = Words.Random(chance, 5 + chance.Below(60)).Text;
            int[] edges = [.. Enumerable.Range(0, 2 * chance.Below(5)).Select(_ => Boundary(text, chance.Below(text.Length))).Distinct().Order()];
            Slice[] stretches = [.. edges.Chunk(2).Where(pair => pair.Length == 2).Select(pair => new Slice(pair[0], pair[1] - pair[0]))];
            int margin = chance.Below(20), minPiece = chance.Below(25);
            Rune[] runes = [.. text.EnumerateRunes()];
            var marked = new bool[runes.Length + 1];
            foreach (Slice stretch in stretches)
            {
                int first = text[..stretch.Start].EnumerateRunes().Count(), last = text[..stretch.End].EnumerateRunes().Count();
                for (int i = Math.Max(0, first - margin); i < Math.Min(runes.Length, last + margin); i++)
                    marked[i] = true;
            }
            var pieces = new List<string>();
            var piece = new StringBuilder();
            int cuts = 0;
            for (int i = 0; i <= runes.Length; i++)
            {
                if (i < runes.Length && !marked[i])
                {
                    piece.Append(runes[i]);
                    continue;
                }
                cuts += i < runes.Length && (i == 0 || !marked[i - 1]) ? 1 : 0;
                if (piece.Length > 0 && piece.ToString().EnumerateRunes().Count() >= minPiece)
                    pieces.Add(piece.ToString());
                piece.Clear();
            }
            string left = new TextCuts(margin, minPiece).Cut(text, stretches, out int made);
            Assert.Equal((string.Join("\n\n", pieces), cuts), (left, made));
        }

        static int Boundary(string text, int at) => at > 0 && char.IsLowSurrogate(text[at]) ? at - 1 : at;
    }

    /// <summary>Some words of an item, perhaps with a few changed.</summary>
    private static Words Piece(Chance chance, Words[] questions, Words[] answers)
    {
        int item = chance.Below(questions.Length);
        Words whole = chance.Below(4) switch { 0 => questions[item], 1 => answers[item], _ => questions[item].Then("\n", answers[item]) };
        bool all = chance.Below(2) == 0;
        int from = all ? 0 : chance.Below(whole.Count), count = all ? whole.Count : 1 + chance.Below(whole.Count - from), faults = all ? 40 : 12;
        int[] words = [.. whole.Indexes.Skip(from).Take(count).Select(word => chance.Below(faults) == 0 ? chance.Below(Vocabulary.Length) : word)];
        return Words.Of(chance, words);
    }

    private sealed class Chance(Seed seed)
    {
        private ulong _drawn;

        public int Below(int bound) => (int)seed.Below((ulong)bound, _drawn++);
    }

    /// <summary>A text that knows its words by construction.</summary>
    private sealed record Words(string Text, int[] Indexes, Slice[] Slices)
    {
        public int Count => Indexes.Length;

        public string this[int word] => Vocabulary[Indexes[word]].Word;

        public bool IsAlone(int word) => Indexes[word] is >= 5 and <= 8;

        public static Words Random(Chance chance, int count) => Of(chance, [.. Enumerable.Range(0, count).Select(_ => chance.Below(Vocabulary.Length))]);

        public static Words Of(Chance chance, int[] words)
        {
            var text = new StringBuilder();
            var slices = new Slice[words.Length];
            for (int i = 0; i < words.Length; i++)
            {
                (string written, string word) = Vocabulary[words[i]];
                bool alone = words[i] is >= 5 and <= 8;
                if (i > 0 && (!alone || words[i - 1] is not (>= 5 and <= 8) || chance.Below(2) == 0))
                    text.Append(Gaps[chance.Below(Gaps.Length)]);
                string form = chance.Below(3) switch { 0 => written, 1 => written.ToUpperInvariant(), _ => written.ToLowerInvariant() };
                slices[i] = new Slice(text.Length, form.Length);
                text.Append(form);
            }
            return new Words(text.ToString(), words, slices);
        }

        public Words Then(string gap, Words other) => new(Text + gap + other.Text, [.. Indexes, .. other.Indexes],
            [.. Slices, .. other.Slices.Select(slice => slice with { Start = slice.Start + Text.Length + gap.Length })]);

        public IEnumerable<(int Start, int Count)> Lines()
        {
            int line = 0, first = 0;
            for (int i = 0; i <= Count; i++)
            {
                int of = i < Count ? Text.AsSpan(0, Slices[i].Start).Count('\n') : int.MaxValue;
                if (of == line)
                    continue;
                yield return (first, i - first);
                (line, first) = (of, i);
            }
        }
    }

    private sealed class BruteForce(Words[] questions, Words[] answers, int n, int minWords)
    {
        private readonly Words[] _items = [.. questions.Zip(answers, (question, answer) => question.Then("\n", answer))];

        private int Size(Words words, int at) => words.IsAlone(at) ? (n * 3 + 1) / 2 : n;

        private int Shortest(Words words, int at) => minWords == 0 || minWords >= n ? Size(words, at) : words.IsAlone(at) ? (minWords * 3 + 1) / 2 : minWords;

        private IEnumerable<string[]> GramsOf(Words words, int start, int end)
        {
            for (int i = start; i < end; i++)
            {
                if (i + Size(words, i) <= end)
                    yield return [.. Enumerable.Range(i, Size(words, i)).Select(word => words[word])];
            }
        }

        private string[][] ItemGrams(int item)
        {
            Words words = _items[item], question = questions[item];
            var grams = GramsOf(words, 0, words.Count).ToList();
            if (Whole(question) is { } whole)
                grams.Add(whole);
            else if (grams.Count == 0 && Whole(words) is { } all)
                grams.Add(all);
            return [.. grams];
        }

        private string[]? Whole(Words words) =>
            words.Count < Size(words, 0) && words.Count >= Shortest(words, 0) ? [.. Enumerable.Range(0, words.Count).Select(word => words[word])] : null;

        private static bool StandsAt(Words document, int at, string[] gram) =>
            at + gram.Length <= document.Count && Enumerable.Range(0, gram.Length).All(i => document[at + i] == gram[i]);

        public IEnumerable<(int Start, int End, int[] Items)> Grams(Words document) => Join(document, Spans(document, ItemGrams));

        public IEnumerable<(int Start, int End, int[] Items)> Answers(Words document, bool withQuestions) => Join(document, Spans(document, item =>
        {
            Words question = questions[item], answer = answers[item], both = _items[item];
            var grams = withQuestions ? GramsOf(question, 0, question.Count).ToList() : [];
            for (int i = 0; i < both.Count; i++)
            {
                if (i + Size(both, i) <= both.Count && i + Size(both, i) > question.Count)
                    grams.Add([.. Enumerable.Range(i, Size(both, i)).Select(word => both[word])]);
            }
            return [.. grams];
        }));

        public IEnumerable<(int Start, int End, int[] Items)> GramShare(Words document, double minShare)
        {
            int[] items = [.. Enumerable.Range(0, _items.Length).Where(item => ItemGrams(item) is { Length: > 0 } grams
                && grams.Count(gram => Enumerable.Range(0, document.Count).Any(at => StandsAt(document, at, gram))) >= minShare * grams.Length)];
            return Join(document, Spans(document, item => items.Contains(item) ? ItemGrams(item) : []));
        }

        public IEnumerable<(int Start, int End, int[] Items)> Paragraphs(Words document)
        {
            var found = new List<(int, int, int)>();
            foreach ((int start, int count) in document.Lines())
            {
                for (int item = 0; item < _items.Length; item++)
                {
                    foreach (Words paragraph in (Words[])[questions[item], answers[item]])
                    {
                        if (count == paragraph.Count && count > Size(paragraph, 0) && Enumerable.Range(0, count).All(i => document[start + i] == paragraph[i]))
                            found.Add((start, start + count, item));
                    }
                }
            }
            return Join(document, found);
        }

        public IEnumerable<(int Start, int End, int[] Items)> SpanShare(Words document, double minShare, int slack)
        {
            var found = new List<(int Start, int End, int Item)>();
            for (int item = 0; item < _items.Length; item++)
            {
                Words words = _items[item];
                var spans = new List<(int, int, int)>();
                var covered = new HashSet<int>();
                for (int at = 0; at < document.Count; at++)
                {
                    for (int place = 0; place < words.Count; place++)
                    {
                        if (document[at] != words[place])
                            continue;
                        // Every length, the longest that keeps the rule.
                        for (int length = Math.Min(document.Count - at, words.Count - place); length > Size(words, place); length--)
                        {
                            bool[] equal = [.. Enumerable.Range(0, length).Select(i => document[at + i] == words[place + i])];
                            if (!equal[..Size(words, place)].All(same => same) || !equal[^1] || equal.Count(same => !same) > slack)
                                continue;
                            spans.Add((at, at + length, item));
                            covered.UnionWith(Enumerable.Range(0, length).Where(i => equal[i]).Select(i => place + i));
                            break;
                        }
                    }
                }
                if (covered.Count >= minShare * words.Count)
                    found.AddRange(spans);
            }
            return Join(document, found);
        }

        private List<(int Start, int End, int Item)> Spans(Words document, Func<int, string[][]> grams)
        {
            var found = new List<(int, int, int)>();
            for (int item = 0; item < _items.Length; item++)
            {
                foreach (string[] gram in grams(item))
                {
                    for (int at = 0; at < document.Count; at++)
                    {
                        if (StandsAt(document, at, gram))
                            found.Add((at, at + gram.Length, item));
                    }
                }
            }
            return found;
        }

        /// <summary>Marks words, and joins those that lie side by side.</summary>
        private static IEnumerable<(int Start, int End, int[] Items)> Join(Words document, List<(int Start, int End, int Item)> spans)
        {
            (int Start, int End, SortedSet<int> Items)? open = null;
            foreach ((int start, int end, int item) in spans.OrderBy(span => span.Start))
            {
                if (open is { } last && start > last.End)
                {
                    yield return Slice(last);
                    open = null;
                }
                open = (open?.Start ?? start, Math.Max(open?.End ?? end, end), open?.Items ?? []);
                open.Value.Items.Add(item);
            }
            if (open is { } rest)
                yield return Slice(rest);

            (int, int, int[]) Slice((int Start, int End, SortedSet<int> Items) found) =>
                (document.Slices[found.Start].Start, document.Slices[found.End - 1].End, [.. found.Items]);
        }
    }
}
