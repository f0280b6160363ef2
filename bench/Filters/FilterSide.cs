using System.Globalization;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Bench.Filters;

/// <summary>Filters over documents made anew from their texts in each run. Arguments: JSON lines, filters with commas, word rule, thresholds, passes.</summary>
internal sealed class FilterSide : Side
{
    private string[] _texts = [];
    private Filter[] _filters = [];
    private int _passes = 1;

    public override void Prepare(string[] arguments)
    {
        _texts = [.. File.ReadLines(arguments[0]).Select(TextOf)];
        WordRule words = Enum.Parse<WordRule>(arguments[2], ignoreCase: true);
        Thresholds thresholds = Enum.Parse<Thresholds>(arguments[3], ignoreCase: true);
        _filters = [.. arguments[1].Split(',').Select(name => Make(name, words, thresholds))];
        // A few passes, so that the runtime has compiled the loops by what they met.
        for (int i = 0; i < 4; i++)
            Run();
        _passes = int.Parse(arguments[4], CultureInfo.InvariantCulture);
    }

    public override Outcome Run()
    {
        long kept = 0;
        foreach (string text in Enumerable.Range(0, _passes).SelectMany(_ => _texts))
        {
            var document = new Document(new Origin("bench", 0), text);
            bool isKept = true;
            foreach (Filter filter in _filters)
            {
                Verdict verdict = filter.Judge(document);
                isKept &= verdict.IsKept;
                document = verdict.Document ?? document;
            }
            kept += isKept ? 1 : 0;
        }
        return new Outcome(null, new Dictionary<string, double> { ["documents kept"] = kept });
    }

    private static Filter Make(string name, WordRule words, Thresholds thresholds) => name switch
    {
        "quality" => new GopherQuality(words: words, thresholds: thresholds),
        "repetition" => new GopherRepetition(words: words, thresholds: thresholds),
        "c4" => new C4(terminalPunctuation: false, words: words),
        "fineweb" => new FineWebQuality(words: words, thresholds: thresholds),
        "language" => new LanguageFilter(minScore: 0),
        "pii" => new MaskPii(),
        _ => throw new ArgumentException($"no filter {name}"),
    };

    private static string TextOf(string line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("text").GetString()!;
    }
}
