using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Formats;

namespace DataPipeline.Bench.Tokens;

/// <summary>Training of tokenizers against Hugging Face's trainers.</summary>
internal sealed class TrainingBenchmark : Benchmark
{
    private const long MaxBytes = 20_000_000;

    public override string Name => "tokenizer-training";

    public override string Summary => "Byte-level BPE with a vocabulary of 30,000, trained by us and by Hugging Face tokenizers 0.23.2 (its train() from npm, Rust inside), one thread each. "
        + "Equal digests say that all merges are equal, in order. 20 MB are the English texts, filled up with code where they are fewer.";

    public override IEnumerable<Section> Run(BenchSettings settings)
    {
        long bytes = settings.Quick ? 200_000 : MaxBytes;
        List<byte[]> english = [.. settings.Corpora.Read("en", bytes)];
        english.AddRange(settings.Corpora.Read("code", Math.Max(1, bytes - english.Sum(text => (long)text.Length))));
        yield return Bpe(settings, "English and code", english);
        yield return Bpe(settings, "Chinese", settings.Corpora.Read("zh", bytes));
    }

    private static Section Bpe(BenchSettings settings, string what, IEnumerable<byte[]> documents)
    {
        string file = Path.Combine(settings.Scratch, $"train-{what.Replace(' ', '-')}.txt");
        using (FileStream output = File.Create(file))
        {
            foreach (byte[] document in documents)
                output.Write(document);
        }
        Contest contest = new Contest($"BPE training, {what}, vocabulary 30,000", new FileInfo(file).Length)
            .Ours<BpeTrainingSide>("DataPipeline", file, "1")
            .AgainstProgram("tokenizers 0.23.2", 7, "node", Path.Combine(AppContext.BaseDirectory, "peers", "train-tokenizer.js"), Npm, "bpe", "30000", file)
            .Ours<BpeTrainingSide>("DataPipeline, all cores", file, Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture));
        return Section.Of(contest.Run(settings.Rounds));
    }

    private static string Npm
    {
        get
        {
            string root = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(root, "DataPipeline.sln")))
                root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("no DataPipeline.sln above the program");
            return Path.Combine(root, ".tools", "npm");
        }
    }
}

/// <summary>Our training, from a file of text to a tokenizer.</summary>
internal sealed class BpeTrainingSide : Side
{
    private string _file = "";
    private int _threads;
    private int _bytesSeen;

    public override void Prepare(string[] arguments)
    {
        (_file, _threads) = (arguments[0], int.Parse(arguments[1], CultureInfo.InvariantCulture));
        bool[] seen = new bool[256];
        foreach (byte value in File.ReadAllBytes(_file))
            seen[value] = true;
        _bytesSeen = seen.Count(value => value);
    }

    public override Outcome Run()
    {
        // The peer starts with the bytes that it saw; ours with all 256, so that its vocabulary has room for as many more.
        BpeTokenizer trained = new BpeTrainer(30_000 + 256 - _bytesSeen, minFrequency: 0, specialTokens: []).TrainUtf8(Lines(File.ReadAllBytes(_file)), _threads);
        return new Outcome(Digest(trained.Model));
    }

    /// <summary>Lines with their ends, which is what the peer trains on.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Lines(ReadOnlyMemory<byte> text)
    {
        while (!text.IsEmpty)
        {
            int end = text.Span.IndexOf((byte)'\n') + 1;
            int length = end > 0 ? end : text.Length;
            yield return text[..length];
            text = text[length..];
        }
    }

    private static string Digest(BytePairModel model)
    {
        IEnumerable<string> merges = model.Merges!.Select(pair => $"{ByteLevelAlphabet.Of(model.Tokens[pair.Left])} {ByteLevelAlphabet.Of(model.Tokens[pair.Right])}");
        return $"{model.Merges!.Count} merges {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', merges))))}";
    }
}
