using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Looks for the items of test sets in documents, and drops these documents or cuts the items out. Words are compared without case and punctuation. Which item was met by
/// which document stands in the list of findings and, by set and item, in the summary.</summary>
/// <remarks>Words of test items are made ready in composed form (NFC): let <c>normalize</c> come before this stage. In scripts without spaces each character is a word.</remarks>
[Stage("decontaminate")]
public sealed class Decontaminate : Filter
{
    private const int ShownFindings = 3, ShownCharacters = 120;
    private readonly GramIndex _index;
    private readonly DecontaminationScheme _scheme;
    private readonly DecontaminationAction _action;
    private readonly TextCuts _cuts;
    private readonly double _minShare;
    private readonly int _slack;
    private readonly string[] _files;
    private readonly SortedDictionary<string, long> _wanted = new(StringComparer.Ordinal);

    /// <summary>Reads the test sets.</summary>
    /// <param name="sets">The test sets by name.</param>
    /// <param name="scheme">The rule; its numbers hold where the settings below are left out.</param>
    /// <param name="n">Words of a gram, 8 to 50; left out: 13 (<c>palm</c> 8, <c>llama2</c> 10, <c>datatrove</c> 12).</param>
    /// <param name="charactersPerWord">Characters of scripts without spaces that make up a word: a gram that begins with one has <c>n</c> times so many, 13 words are 20 characters.</param>
    /// <param name="minWords">An item or question shorter than a gram is looked for as a whole if it has so many words; 0 never. GPT-3 takes grams of 8 words where a set's items are short.
    /// Not for <c>llama2</c>, <c>datatrove</c> and <c>dolma</c>, which have no such rule.</param>
    /// <param name="action">What becomes of the document; left out: <c>drop</c> (<c>gpt3</c> cut).</param>
    /// <param name="cutMargin">Characters cut away on each side too.</param>
    /// <param name="minPiece">Pieces between cuts that have fewer characters go too; the others are joined by an empty line.</param>
    /// <param name="maxCuts">A document that needs more cuts is dropped.</param>
    /// <param name="minShare">Smallest share of an item that counts, for <c>palm</c> (left out: 0.7) and <c>llama2</c> (left out: 0.8, which it calls dirty; below 0.2 it calls clean).</param>
    /// <param name="slack">Most words in a common span that differ, for <c>llama2</c>.</param>
    /// <param name="questions">For <c>datatrove</c>: grams of the question alone count too.</param>
    /// <param name="earlier">List of findings (found.jsonl, patterns too) of an earlier pass over the same documents: grams that more than <c>max_documents</c> had are ignored, as in GPT-3.
    /// Left out: every gram counts, since how many documents have it is only known behind the last one.</param>
    /// <param name="maxDocuments">Most documents that a gram may have been in, when <c>earlier</c> is given.</param>
    /// <param name="maxMemoryMb">Most memory for the index, in MiB; test sets that need more are a mistake. 1 GiB is enough for 9 million words of tests.</param>
    public Decontaminate(
        IReadOnlyDictionary<string, TestSet> sets, DecontaminationScheme scheme = DecontaminationScheme.Ngrams, [Range(8, 50)] int? n = null,
        [Range(1.0, 5.0)] double charactersPerWord = 1.5, [Range(0, 50)] int minWords = 8, DecontaminationAction? action = null,
        [Range(0, 100_000)] int cutMargin = 200, [Range(0, 100_000)] int minPiece = 200, [Range(0, 1_000_000)] int maxCuts = 10,
        [Range(0.0, 1.0)] double? minShare = null, [Range(0, 50)] int slack = 4, bool questions = false,
        IReadOnlyList<string>? earlier = null, [Range(1, int.MaxValue)] int maxDocuments = 10, [Range(1, 1 << 20)] int maxMemoryMb = 1024)
    {
        if (sets.Count == 0)
            throw new ConfigurationException("decontaminate: `sets` is empty: name at least one test set");
        (_scheme, _slack, _cuts) = (scheme, slack, new TextCuts(cutMargin, minPiece));
        _action = action ?? (scheme == DecontaminationScheme.Gpt3 ? DecontaminationAction.Cut : DecontaminationAction.Drop);
        _minShare = minShare ?? (scheme == DecontaminationScheme.Palm ? 0.7 : 0.8);
        MaxCuts = maxCuts;
        int words = n ?? scheme switch
        {
            DecontaminationScheme.Palm => 8,
            DecontaminationScheme.Llama2 => 10,
            DecontaminationScheme.Datatrove => 12,
            _ => 13,
        };
        bool wholes = scheme is DecontaminationScheme.Ngrams or DecontaminationScheme.Gpt3 or DecontaminationScheme.Palm;
        var gathered = new TestWords(GramSizes.Of(words, wholes ? minWords : 0, charactersPerWord));
        var grams = new List<(int, int)>();
        var files = new List<string>();
        foreach ((string name, TestSet set) in sets)
        {
            var reader = new TestSetReader(name, set);
            _wanted[name] = 0;
            foreach (string file in set.Files())
            {
                files.Add(file);
                foreach (TestItem item in reader.Read(file))
                {
                    gathered.Begin(item.Thing);
                    grams.AddRange(scheme switch
                    {
                        DecontaminationScheme.Datatrove => TestGrams.Answers(gathered, item, questions),
                        DecontaminationScheme.Dolma => TestGrams.Paragraphs(gathered, item),
                        _ => TestGrams.Item(gathered, item),
                    });
                    _wanted[name]++;
                    if ((long)gathered.Hashes.Count * GramIndex.BytesPerWord > (long)maxMemoryMb << 20)
                    {
                        throw new ConfigurationException($"decontaminate: the test sets have more words than fit into `max_memory_mb` {maxMemoryMb} ({GramIndex.BytesPerWord} bytes a word; "
                            + $"reached in {file}): raise it, or name fewer files");
                    }
                }
            }
        }
        _index = new GramIndex(gathered, grams);
        foreach (string file in earlier is null ? [] : Glob.Expand(earlier).Select(file => file.Path))
            files.Add(file);
        if (earlier is not null)
            Ignore(files[^Glob.Expand(earlier).Count..], maxDocuments);
        _files = [.. files];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> FilesRead => _files;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, long> Wanted => _wanted;

    private int MaxCuts { get; }

    private double Limit => IsShare ? _minShare : 0;

    private bool IsShare => _scheme is DecontaminationScheme.Palm or DecontaminationScheme.Llama2;

    /// <inheritdoc/>
    public override Verdict Judge(Document document)
    {
        if (_action == DecontaminationAction.Cut)
            return Cut(document);
        Overlap overlap = Search(document.Text);
        return overlap.Findings.Count == 0 ? Verdict.Keep(document)
            : Verdict.Drop(IsShare ? "decontaminate_item_share" : "decontaminate_grams", overlap.Measured, Limit, Say(overlap.Findings)).With(overlap.Findings);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Measurement> Measure(Document document)
    {
        if (_action == DecontaminationAction.Drop)
        {
            Overlap overlap = Search(document.Text);
            return [new(IsShare ? "decontaminate_item_share" : "decontaminate_grams", overlap.Measured, Limit, overlap.Findings.Count == 0)];
        }
        Verdict verdict = Cut(document, out int cuts, out long left);
        return [new("decontaminate_cuts", cuts, MaxCuts, cuts <= MaxCuts), new("decontaminate_nothing_left", left, _cuts.MinPiece, verdict.Reason != "decontaminate_nothing_left")];
    }

    internal Overlap Search(string text) => _scheme switch
    {
        DecontaminationScheme.Palm => GramSearch.GramShare(_index, text, _minShare),
        DecontaminationScheme.Llama2 => GramSearch.SpanShare(_index, text, _minShare, _slack),
        DecontaminationScheme.Dolma => GramSearch.Paragraphs(_index, text),
        _ => GramSearch.Grams(_index, text),
    };

    private Verdict Cut(Document document) => Cut(document, out _, out _);

    private Verdict Cut(Document document, out int cuts, out long left)
    {
        var findings = new List<Finding>();
        int made = 0;
        long before = 0;
        Document edited = document.MapText(text =>
        {
            Overlap overlap = Search(text);
            // A part begins behind those before it and a newline each.
            findings.AddRange(overlap.Findings.Select(finding => finding with { Position = finding.Position + before }));
            before += TextView.CountCodePoints(text) + 1;
            if (overlap.Stretches.Count == 0)
                return text;
            string cut = _cuts.Cut(text, overlap.Stretches, out int here);
            made += here;
            return cut;
        });
        (cuts, left) = (made, edited.CodePoints);
        if (made == 0)
            return Verdict.Keep(document);
        if (made > MaxCuts)
            return Verdict.Drop("decontaminate_cuts", made, MaxCuts, Say(findings)).With(findings);
        if (left == 0)
            return Verdict.Drop("decontaminate_nothing_left", 0, _cuts.MinPiece, Say(findings)).With(findings);
        return Verdict.Keep(edited.With("decontaminate_cuts", made.ToString())).With(findings);
    }

    /// <summary>Grams that too many documents of an earlier pass had are found no more.</summary>
    private void Ignore(IEnumerable<string> lists, int maxDocuments)
    {
        var documents = new Dictionary<int, HashSet<ulong>>();
        var found = new List<(int Entry, int Length)>();
        foreach ((string list, int number, string line) in lists.SelectMany(list => File.ReadLines(list).Select((line, i) => (list, i + 1, line))).Where(row => row.line.Length > 0))
        {
            (ulong id, string text) = Earlier(list, number, line);
            var folded = new FoldedText(text);
            for (int at = 0; at < folded.Count; at++)
            {
                found.Clear();
                _index.Find(folded.Hashes, folded.Alone, folded.Sums, at, found);
                foreach ((int entry, _) in found)
                {
                    if (!documents.TryGetValue(entry, out HashSet<ulong>? ids))
                        documents[entry] = ids = [];
                    if (ids.Count <= maxDocuments)
                        ids.Add(id);
                }
            }
        }
        foreach ((int entry, HashSet<ulong> ids) in documents)
        {
            if (ids.Count > maxDocuments)
                _index.Ignore(entry);
        }
    }

    private static (ulong Id, string Text) Earlier(string list, int number, string line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return (Hash.Of(json.RootElement.GetProperty("id").GetRawText()), json.RootElement.GetProperty("text").GetString()!);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new ConfigurationException($"{list}:{number} is no line of a list of findings with \"id\" and \"text\": give the found.jsonl of an earlier pass ({error.Message})");
        }
    }

    private static string Say(IReadOnlyList<Finding> findings)
    {
        IEnumerable<string> first = findings.Take(ShownFindings).Select(finding =>
            $"{finding.Things[0]}{(finding.Things.Count > 1 ? $" and {finding.Things.Count - 1} more" : "")} at character {finding.Position}: \"{Start(finding.Text)}\"");
        return string.Join("; ", first) + (findings.Count > ShownFindings ? $"; and {findings.Count - ShownFindings} more places" : "");
    }

    private static string Start(string text)
    {
        int end = ShownCharacters;
        if (text.Length <= end)
            return text.ReplaceLineEndings(" ");
        end -= char.IsHighSurrogate(text[end - 1]) ? 1 : 0;
        return text[..end].ReplaceLineEndings(" ") + "…";
    }
}
