namespace DataPipeline.Bench.Tokens;

/// <summary>Encoding with tokenizers that are not byte-level, against Hugging Face tokenizers.</summary>
internal sealed class CharacterTokenizersBenchmark : Benchmark
{
    public override string Name => "character-tokenizers";

    public override string Summary =>
        "Llama 2's byte-pair encoding over characters, which nothing cuts into words, and BERT's WordPiece, from their tokenizer.json. Documents as strings of the language, cut at line ends "
        + "after 16 KB; one thread each. Hugging Face tokenizers 0.23.2 (Rust, from npm) by `encodeBatch` without special tokens; ours is `EncodeBatch`. A digest of all ids is equal on both sides.";

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
        }
    }
}
