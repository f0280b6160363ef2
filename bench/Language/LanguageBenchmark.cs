using System.Text;

namespace DataPipeline.Bench.Language;

/// <summary>Languages of sentences and the training of classifiers, against fastText's own program on one core.</summary>
internal sealed class LanguageBenchmark : Benchmark
{
    private const int Passes = 20;

    public override string Name => "language";

    public override string Summary =>
        "Label and score of each sentence, and training of classifiers, one thread each, against fastText's program (Debian `fasttext` 0.9.2), which is started twice " +
        "for each run: its seconds are those of a large text less those of a small one, or of 21 passes less those of one. Our training counts reading the dictionary too.";

    public override IEnumerable<Section> Run(BenchSettings settings)
    {
        string peer = Path.Combine(AppContext.BaseDirectory, "peers", "fasttext.js");
        byte[] sentences = Sentences(settings);
        string small = Write(settings, "small.txt", sentences), large = Write(settings, "large.txt", [.. sentences, .. sentences, .. sentences]);
        foreach ((string name, string model) in Models())
        {
            yield return Section.Of(new Contest($"language of sentences, {name}", 2L * sentences.Length)
                .Ours<IdentifyingSide>("DataPipeline", model, small, large)
                .AgainstProgram("fasttext 0.9.2", 7, "node", peer, "predict", model, small, large)
                .Run(settings.Rounds));
        }
        byte[] labelled = Labelled(settings);
        string text = Write(settings, "labelled.txt", labelled), output = Path.Combine(settings.Scratch, "peer");
        foreach ((int dim, int maxn) in ((int, int)[])[(100, 0), (16, 4)])
        {
            string[] subwords = maxn > 0 ? ["-minn", "2", "-maxn", $"{maxn}", "-bucket", "100000"] : [];
            yield return Section.Of(new Contest($"training, {dim} columns{(maxn > 0 ? $", n-grams of 2 to {maxn} characters" : "")}, {Passes} passes", (long)labelled.Length * Passes)
                .Ours<ClassifierTrainingSide>("DataPipeline", text, $"{dim}", $"{maxn}", $"{Passes}")
                .AgainstProgram("fasttext 0.9.2", 1, "node", [peer, "train", "1", $"{Passes + 1}", output, "-input", text, "-dim", $"{dim}", .. subwords])
                .Run(settings.Rounds));
        }
    }

    /// <summary>Lines of kind <c>sentences</c> where the corpus has them, else of English and Chinese text.</summary>
    private static byte[] Sentences(BenchSettings settings)
    {
        long bytes = settings.Quick ? 200_000 : 6_000_000;
        foreach (string kind in (string[])["sentences", "en"])
        {
            try
            {
                return Lines([.. settings.Corpora.Read(kind, bytes).SelectMany(document => document)]);
            }
            catch (InvalidOperationException) when (kind == "sentences")
            {
                Console.Error.WriteLine("  no text of kind sentences; English is taken");
            }
        }
        return [];
    }

    private static byte[] Labelled(BenchSettings settings)
    {
        var text = new StringBuilder();
        string[][] kinds = [.. ((string[])["en", "zh", "code"]).Select(kind => settings.Corpora.Read(kind, settings.Quick ? 50_000 : 1_500_000)
            .SelectMany(document => Encoding.UTF8.GetString(document).Split('\n')).Where(line => line.Trim().Length > 20).Select(line => $"__label__{kind} {line.Trim()}\n").ToArray())];
        for (int i = 0; i < kinds.Max(lines => lines.Length); i++)
        {
            foreach (string[] lines in kinds.Where(lines => i < lines.Length))
                text.Append(lines[i]);
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Lines with something in them, each with its end: a repeated text has the same lines.</summary>
    private static byte[] Lines(byte[] text) =>
        Encoding.UTF8.GetBytes(string.Concat(Encoding.UTF8.GetString(text).Split('\n').Where(line => line.Trim().Length > 0).Select(line => line + "\n")));

    private static IEnumerable<(string Name, string File)> Models()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "DataPipeline.sln")))
            root = Path.GetDirectoryName(root)!;
        yield return ("the built-in model", Path.Combine(root, "src", "Filters", "Language", "default.ftz"));
        string lid = Path.Combine(root, "..", "shared", "data", "langid", "lid.176.ftz");
        if (File.Exists(lid))
            yield return ("lid.176.ftz", lid);
    }

    private static string Write(BenchSettings settings, string name, byte[] bytes)
    {
        string path = Path.Combine(settings.Scratch, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
