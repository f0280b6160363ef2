using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace DataPipeline.Bench.Tokens;

/// <summary>Encoding against Hugging Face tokenizers and tiktoken.</summary>
internal sealed class TokenizersBenchmark : Benchmark
{
    private const int DocumentBytes = 1 << 14;

    internal static readonly string Root = FindRoot(AppContext.BaseDirectory);
    internal static readonly string Npm = Path.Combine(Root, ".tools", "npm");

    public override string Name => "tokenizers";

    public override string Summary =>
        "Documents as strings of the language, cut at line ends after 16 KB; one thread each. Hugging Face tokenizers 0.23.2 (Rust, from npm) by `encode` and by `encodeBatch`, with the "
        + "vocabulary and merges of the same encoding (cl100k_base only), tiktoken 1.0.22 (npm, WASM) by `encode_ordinary`. Ours is `EncodeBatch`. Peers' times leave out the copying of ids into JavaScript "
        + "where the library allows it. A digest of all ids is equal on all sides. Vocabularies are those that the npm package tiktoken carries.";

    public override IEnumerable<Section> Run(BenchSettings settings)
    {
        (string Kind, long Bytes, double Hf, double Tiktoken)[] targets = [("en", 20_000_000, 50, 20), ("code", 10_000_000, 40, 15), ("zh", 5_000_000, 12, 4)];
        Dictionary<string, (string File, long Bytes)> texts = [];
        foreach ((string kind, long bytes, _, _) in targets)
        {
            string file = Path.Combine(settings.Scratch, kind + ".jsonl");
            texts[kind] = (file, Corpora.WriteJsonLines(file, settings.Corpora.Read(kind, settings.Quick ? 100_000 : bytes).SelectMany(Cut).Where(IsPlain)));
        }
        Dictionary<string, (string Ranks, string Json)> encodings = [];
        foreach (string encoding in (string[])["cl100k_base", "o200k_base", "r50k_base"])
            encodings[encoding] = Vocabulary(encoding, settings.Scratch);

        foreach ((string encoding, (string ranks, string json)) in encodings)
        {
            foreach ((string kind, _, double hf, double tiktoken) in targets)
            {
                bool promised = encoding == "cl100k_base";
                Contest contest = new Contest($"{encoding}, {kind}", texts[kind].Bytes)
                    .Ours<EncodingSide>("DataPipeline", ranks, texts[kind].File, "1")
                    .AgainstProgram("tiktoken 1.0.22 (WASM)", promised ? tiktoken : null, "node", Peer, Npm, "tiktoken", encoding, texts[kind].File);
                if (promised)
                {
                    contest.AgainstProgram("tokenizers 0.23.2, encode", hf, "node", Peer, Npm, "hf-encode", json, texts[kind].File)
                        .AgainstProgram("tokenizers 0.23.2, encodeBatch", hf, "node", Peer, Npm, "hf-batch", json, texts[kind].File);
                }
                yield return Section.Of(contest.Run(settings.Rounds));
            }
        }
        if (File.Exists(Qwen))
            yield return AgainstHuggingFace(Qwen, texts["zh"], settings.Rounds);
        // Runs of a second: in shorter ones the compiler's own thread competes with the second of ours.
        const int Copies = 12;
        string many = Path.Combine(settings.Scratch, "many.jsonl");
        File.WriteAllLines(many, Enumerable.Repeat(texts["en"].File, settings.Quick ? 1 : Copies).SelectMany(File.ReadLines));
        Contest threads = new Contest("cl100k_base, en, two threads against one", texts["en"].Bytes * (settings.Quick ? 1 : Copies))
            .Ours<EncodingSide>("two threads", encodings["cl100k_base"].Ranks, many, "2")
            .Against<EncodingSide>("one thread", 1.8, encodings["cl100k_base"].Ranks, many, "1");
        yield return Section.Of(threads.Run(settings.Rounds));
        List<(string, string)> files = [.. encodings.Select(encoding => (encoding.Key, encoding.Value.Ranks)), ("cl100k_base as tokenizer.json", encodings["cl100k_base"].Json)];
        if (File.Exists(Qwen))
            files.Add(("Qwen2.5", Qwen));
        yield return NoSpaces(files, settings);
        yield return Loading(files, settings);
    }

    private static Section AgainstHuggingFace(string file, (string File, long Bytes) text, int rounds) => Section.Of(new Contest("Qwen2.5 (NFC), zh", text.Bytes)
        .Ours<EncodingSide>("DataPipeline", file, text.File, "1")
        .AgainstProgram("tokenizers 0.23.2, encodeBatch", null, "node", Peer, Npm, "hf-batch", file, text.File)
        .Run(rounds));

    /// <summary>The libraries differ in whether the name of a special token in a text is that token, so no document has one.</summary>
    private static bool IsPlain(byte[] document) => document.AsSpan().IndexOf("<|endoftext|>"u8) < 0;

    /// <summary>Documents of one piece, which make a merge of all pairs quadratic.</summary>
    private static Section NoSpaces(IEnumerable<(string Name, string File)> files, BenchSettings settings)
    {
        const double Target = 10;
        int most = settings.Quick ? 1_000_000 : 100_000_000, missed = 0;
        StringBuilder table = new(string.Create(CultureInfo.InvariantCulture,
            $"### No white space\n\nOne document of {most:N0} bytes for cl100k_base, of a tenth for the others; MB/s, the second of 2 runs. Target: {Target} everywhere.\n\n| | {string.Join(" | ", NoSpaceSide.Kinds)} |\n|---|{string.Concat(NoSpaceSide.Kinds.Select(_ => "---|"))}\n"));
        Dictionary<string, string> sources = [];
        foreach ((string kind, string folder) in (ReadOnlySpan<(string, string)>)[(NoSpaceSide.EnglishLetters, "en"), (NoSpaceSide.CodeWithoutSpace, "code")])
        {
            sources[kind] = Path.Combine(settings.Scratch, folder + ".text");
            using FileStream text = File.Create(sources[kind]);
            foreach (byte[] document in settings.Corpora.Read(folder, most))
                text.Write(document);
        }
        foreach ((string name, string file) in files)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {name} |");
            int bytes = name == "cl100k_base" ? most : most / 10;
            foreach (string kind in NoSpaceSide.Kinds)
            {
                ContestResult result = new Contest($"{name}, {kind}", bytes).Ours<NoSpaceSide>(name, file, kind, bytes.ToString(CultureInfo.InvariantCulture), sources.GetValueOrDefault(kind, "")).Run(1);
                double rate = bytes / 1e6 / result.Sides[0].Runs.Min(run => run.Seconds);
                missed += rate < Target ? 1 : 0;
                table.Append(CultureInfo.InvariantCulture, $" {rate:F1}{(rate < Target ? " (missed)" : "")} |");
            }
            table.AppendLine();
        }
        return new Section(table.ToString(), missed);
    }

    private static Section Loading(IEnumerable<(string Name, string File)> files, BenchSettings settings)
    {
        StringBuilder table = new("### Loading\n\nSeconds from the file to the ids of a first sentence in a new process, the compilation of the code included; median.\n\n| | s | tables MB |\n|---|---|---|\n");
        foreach ((string name, string file) in files)
        {
            List<Timing> runs = [];
            for (int round = 0; round < settings.Rounds; round++)
            {
                using SideProcess side = new(name, "dotnet", [typeof(Contest).Assembly.Location, "--side", nameof(LoadingSide), file]);
                runs.Add(side.Run());
            }
            Timing median = runs.OrderBy(run => run.Seconds).ElementAt(runs.Count / 2);
            table.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {median.Seconds:F3} | {median.Figures["tables MB"]:F1} |");
        }
        return new Section(table.ToString());
    }

    private static (string Ranks, string Json) Vocabulary(string encoding, string folder)
    {
        string ranks = Path.Combine(folder, encoding + ".tiktoken"), json = Path.Combine(folder, encoding + ".json");
        using Process node = Process.Start("node", [Path.Combine(Root, "tests", "oracles", "ranks.js"), encoding, ranks, json]);
        node.WaitForExit();
        return node.ExitCode == 0 ? (ranks, json) : throw new InvalidOperationException("no vocabularies: run tests/oracles/install.sh");
    }

    /// <summary>A document in pieces of about <see cref="DocumentBytes"/>, as pages and articles have.</summary>
    internal static IEnumerable<byte[]> Cut(byte[] document)
    {
        for (int start = 0; start < document.Length;)
        {
            int from = Math.Min(document.Length, start + DocumentBytes), line = document.AsSpan(from).IndexOf((byte)'\n');
            int end = line < 0 ? document.Length : from + line + 1;
            yield return document[start..end];
            start = end;
        }
    }

    internal static string Peer => Path.Combine(AppContext.BaseDirectory, "peers", "encode.js");

    private static string Qwen => Path.Combine(Root, "..", "shared", "data", "tokenizers", "qwen2.5", "tokenizer.json");

    private static string FindRoot(string folder) => File.Exists(Path.Combine(folder, "DataPipeline.sln"))
        ? folder : FindRoot(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("no DataPipeline.sln above the program"));
}
