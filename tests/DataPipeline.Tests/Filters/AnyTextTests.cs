using DataPipeline.Core;
using DataPipeline.Filters;
using FsCheck;
using FsCheck.Fluent;

namespace DataPipeline.Tests.Filters;

/// <summary>What every filter promises: a verdict for any text, the same each time, and a drop that agrees with the numbers it explains.</summary>
public sealed class AnyTextTests
{
    private static readonly string[] Alphabet =
        ["a", "the", "and", " ", " ", "\n", "\n\n", ".", "...", "…", "#", "•", "-", "{", "lorem ipsum", "use cookies", "[1]", "@", "a@b.co", "8.8.8.8", "\uD800", "\uDC00",
         "𝒜", "中", "文", "。", "ก", "\u0301", "\u200B", "\u0000", "\r", "\u2028", "\uFFFD", "</s>", "__label__en", "1", "%"];

    public static TheoryData<string> Filters => [.. All.Keys];

    private static readonly Dictionary<string, Filter> All = new()
    {
        ["normalize"] = new Normalize(),
        ["gopher_quality"] = new GopherQuality(minWords: 3),
        ["gopher_quality zh"] = new GopherQuality(minWords: 3, thresholds: Thresholds.Chinese),
        ["gopher_repetition"] = new GopherRepetition(),
        ["gopher_quality dolma"] = new GopherQuality(minWords: 3, variant: GopherVariant.Dolma),
        ["gopher_quality dclm"] = new GopherQuality(minWords: 3, variant: GopherVariant.Dclm),
        ["gopher_repetition dolma"] = new GopherRepetition(variant: RepetitionVariant.Dolma),
        ["gopher_repetition dclm"] = new GopherRepetition(variant: RepetitionVariant.Dclm),
        ["gopher_repetition redpajama"] = new GopherRepetition(variant: RepetitionVariant.RedPajama),
        ["gopher_repetition curator"] = new GopherRepetition(variant: RepetitionVariant.Curator),
        ["data_juicer_characters"] = new DataJuicerCharacters(),
        ["data_juicer_words"] = new DataJuicerWords(minWords: 2, repetitionLength: 2),
        ["curator_heuristics"] = new CuratorHeuristics(),
        ["remove_urls"] = new RemoveUrls(),
        ["newline_runs"] = new NewlineRuns(),
        ["url_lists"] = new UrlLists(),
        ["domain"] = new DomainOf(),
        ["robots_meta"] = new RobotsMeta(),
        ["fix_mojibake"] = new FixMojibake(),
        ["c4"] = new C4(minSentences: 1),
        ["fineweb_quality"] = new FineWebQuality(),
        ["refinedweb_lines"] = new RefinedWebLines(maxRemovedWords: 0.3),
        ["language"] = new LanguageFilter(minScore: 0.3),
        ["mask_pii"] = new MaskPii(),
        ["mask_pii datatrove"] = new MaskPii(boundaries: PiiBoundaries.Datatrove),
        ["code_lines"] = new CodeLines(),
        ["code_extensions"] = new CodeExtensions(),
        ["code_sizes"] = new CodeSizes(),
        ["code_xml"] = new CodeXml(),
        ["code_data"] = new CodeData(),
        ["code_encoded"] = new CodeEncoded(),
        ["code_generated"] = new CodeGenerated(),
        ["code_license"] = new CodeLicense(known: true),
        ["length"] = new Length(10, 100, 3, 20),
        ["dialogue_turns"] = new DialogueTurns(),
        ["dialogue_length"] = new DialogueLength(maxAnswer: 10),
        ["dialogue_repetition"] = new DialogueRepetition(),
        ["dialogue_phrases"] = new DialoguePhrases(),
        ["dialogue_language"] = new DialogueLanguage(),
        ["ocr_noise"] = new OcrNoise(),
        ["join_hyphens"] = new JoinHyphens(),
        ["book_front_matter"] = new BookFrontMatter(),
        ["paper_back_matter"] = new PaperBackMatter(),
        ["decontaminate"] = Decontaminate(DecontaminationScheme.Ngrams),
        ["decontaminate gpt3"] = Decontaminate(DecontaminationScheme.Gpt3),
        ["decontaminate llama2"] = Decontaminate(DecontaminationScheme.Llama2),
    };

    private static Decontaminate Decontaminate(DecontaminationScheme scheme)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("any-text").FullName, "set.jsonl");
        File.WriteAllText(path, "{\"question\":\"a the and a the and 中 文 ก a\"}\n{\"question\":\"the the a a and and the a and the a and\"}\n");
        var filter = new Decontaminate(new Dictionary<string, TestSet> { ["s"] = new(files: [path]) }, scheme, n: 8, cutMargin: 2, minPiece: 3, maxCuts: 1, minShare: 0.1);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        return filter;
    }

    [Theory]
    [MemberData(nameof(Filters))]
    public void Judge_AnyText_GivesAVerdictThatMeasureExplains(string name)
    {
        Filter filter = All[name];
        Arbitrary<string> texts = ArbMap.Default.ArbFor<int>().Generator.Select(n => Alphabet[(n & int.MaxValue) % Alphabet.Length])
            .ListOf().Select(list => string.Concat(list)).Resize(150).ToArbitrary();
        Prop.ForAll(texts, text =>
        {
            Verdict first = filter.Judge(Golden.Document(text)), second = filter.Judge(Golden.Document(text));
            if (first.Reason != second.Reason || !Equals(first.Document, second.Document))
                return false;
            Measurement? broken = filter.Measure(Golden.Document(text)).Where(measurement => !measurement.Passed).Cast<Measurement?>().FirstOrDefault();
            return first.Reason == broken?.Rule && (broken is null || first.Limit.Equals(broken.Value.Limit));
        }).QuickCheckThrowOnFailure();
    }
}
