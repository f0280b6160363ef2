using System.Diagnostics;
using System.Globalization;

namespace DataPipeline.Bench.Tokens;

/// <summary>Encoding with tokenizers that are not byte-level, against Hugging Face tokenizers and SentencePiece.</summary>
internal sealed class CharacterTokenizersBenchmark : Benchmark
{
    public override string Name => "character-tokenizers";

    public override string Summary =>
        "Llama 2's byte-pair encoding over characters, which nothing cuts into words, and BERT's WordPiece, from their tokenizer.json. Documents as strings of the language, cut at line ends "
        + "after 16 KB; one thread each. Hugging Face tokenizers 0.23.2 (Rust, from npm) by `encodeBatch` without special tokens; ours is `EncodeBatch`. A digest of all ids is equal on both sides. "
        + "SentencePiece's Unigram, trained on the text itself, against its C++ library (Debian's python3-sentencepiece 0.1.97), whose lists of ids in Python are timed with it.";

    public override IEnumerable<Section> Run(BenchSettings settings)
    {
        (string Kind, long Bytes)[] kinds = [("en", 5_000_000), ("zh", 5_000_000)];
        foreach ((string kind, long bytes) in kinds)
        {
            string text = Path.Combine(settings.Scratch, kind + "-short.jsonl");
            long written = Corpora.WriteJsonLines(text, settings.Corpora.Read(kind, settings.Quick ? 100_000 : bytes).SelectMany(TokenizersBenchmark.Cut));
            foreach (string name in (string[])["llama", "bert-base-uncased"])
            {
                string file = Path.Combine(TokenizersBenchmark.Root, "..", "shared", "data", "tokenizers", name, "tokenizer.json");
                if (!File.Exists(file))
                    continue;
                yield return Section.Of(new Contest($"{name}, {kind}", written)
                    .Ours<EncodingSide>("DataPipeline", file, text, "1")
                    .AgainstProgram("tokenizers 0.23.2, encodeBatch", 10, "node", TokenizersBenchmark.Peer, TokenizersBenchmark.Npm, "hf-batch", file, text)
                    .Run(settings.Rounds));
            }
            string model = TrainUnigram(settings, kind, text);
            yield return Section.Of(new Contest($"SentencePiece Unigram, {kind}", written)
                .Ours<EncodingSide>("DataPipeline", model, text, "1")
                .AgainstProgram("sentencepiece 0.1.97 (C++)", 3, "/usr/bin/python3", SentencePiece, "encode", model, text)
                .Run(settings.Rounds));
        }
    }

    private static string SentencePiece => Path.Combine(AppContext.BaseDirectory, "peers", "sentencepiece_side.py");

    private static string TrainUnigram(BenchSettings settings, string kind, string jsonLines)
    {
        string corpus = Path.Combine(settings.Scratch, kind + "-unigram.txt"), prefix = Path.Combine(settings.Scratch, kind + "-unigram");
        File.WriteAllLines(corpus, File.ReadLines(jsonLines).Select(EncodingSide.TextOf).SelectMany(text => text.Split('\n')).Where(line => line.Length > 0).Take(20_000));
        int size = settings.Quick ? 2_000 : 8_000;
        using Process training = Process.Start("/usr/bin/python3", [SentencePiece, "train", corpus, prefix, size.ToString(CultureInfo.InvariantCulture)]);
        training.WaitForExit();
        return training.ExitCode == 0 ? prefix + ".model" : throw new InvalidOperationException("SentencePiece did not train: is python3-sentencepiece installed?");
    }
}
