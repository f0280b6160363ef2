using System.Globalization;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Filters;

namespace DataPipeline.Bench.Filters;

/// <summary>Filters over documents made anew from their texts in each run. Arguments: JSON lines (text and perhaps path), filters with commas, word rule, thresholds, passes.</summary>
internal sealed class FilterSide : Side
{
    private (string Text, string? Path)[] _texts = [];
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
        foreach ((string text, string? path) in Enumerable.Range(0, _passes).SelectMany(_ => _texts))
        {
            var document = new Document(new Origin("bench", 0), text);
            document = path is null ? document : document.With("path", path);
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
        "fineweb_pii" => new MaskPii(boundaries: PiiBoundaries.Datatrove),
        "dolma" => new GopherQuality(thresholds: thresholds, variant: GopherVariant.Dolma),
        "dclm" => new GopherQuality(thresholds: thresholds, variant: GopherVariant.Dclm),
        "dolma_repetition" => new GopherRepetition(thresholds: thresholds, variant: RepetitionVariant.Dolma),
        "dclm_repetition" => new GopherRepetition(thresholds: thresholds, variant: RepetitionVariant.Dclm),
        "redpajama_repetition" => new GopherRepetition(thresholds: thresholds, variant: RepetitionVariant.RedPajama),
        "remove_urls" => new RemoveUrls(),
        "data_juicer_characters" => new DataJuicerCharacters(),
        "data_juicer_words" => new DataJuicerWords(),
        "curator_heuristics" => new CuratorHeuristics(),
        "code_extensions" => new CodeExtensions(),
        "code_sizes" => new CodeSizes(),
        "code_html" => new CodeHtml(),
        "code_comments" => new CodeComments(),
        "code_generated" => new CodeGenerated(),
        "code_vendored" => new CodeVendored(),
        "code_encoded" => new CodeEncoded(),
        "code_data" => new CodeData(),
        "code_license" => new CodeLicense(),
        "code_header" => new CodeHeader(),
        _ => throw new ArgumentException($"no filter {name}"),
    };

    private static (string, string?) TextOf(string line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        return (json.RootElement.GetProperty("text").GetString()!, json.RootElement.TryGetProperty("path", out JsonElement path) ? path.GetString() : null);
    }
}
