using System.CommandLine;
using System.Diagnostics;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Runs;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Training;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline tokenizer train FILES --output tokenizer.json</c>: a tokenizer from texts.</summary>
internal static class TokenizerTrainVerb
{
    public static Command Command()
    {
        var inputs = new Argument<string[]>("INPUTS") { Description = "folders of runs, or files (.jsonl, .parquet, text; compressed too), as name=path to name a source", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--output") { Description = "the tokenizer.json to write", Required = true };
        var algorithm = new Option<TrainingAlgorithm>("--algorithm") { Description = "bpe (byte-level), wordpiece or unigram", DefaultValueFactory = _ => TrainingAlgorithm.Bpe };
        var size = new Option<int>("--vocabulary-size") { Description = "tokens in all", DefaultValueFactory = _ => 32_000 };
        var frequency = new Option<int?>("--min-frequency") { Description = "pairs that occur less often never merge (bpe, wordpiece); default 2" };
        var special = new Option<string[]>("--special", "--special-tokens") { Description = "a special token; may stand several times; default: those usual for the algorithm" };
        var reserved = new Option<int?>("--reserved", "--reserved-tokens") { Description = "special tokens <|reserved_0|>, ... to keep ids for later (bpe)" };
        var pattern = new Option<string?>("--pattern") { Description = "split pattern (bpe): gpt2 (runs of digits), cl100k, o200k (groups of three digits), qwen (single digits) or none; default gpt2" };
        var digits = new Option<DigitRule?>("--digits") { Description = "numbers before the pattern (bpe): pattern (its own way), single digits, or triples from the left" };
        var whitespace = new Option<WhitespaceRule?>("--whitespace") { Description = "white space before the pattern (bpe): pattern (its own way), single characters, runs (line ends apart from others), or newlines (each line end apart)" };
        var normalize = new Option<bool>("--normalize") { Description = "bpe: NFC; unigram: NFKC; wordpiece: lower case without accents" };
        var keep = new Option<bool?>("--keep-whitespace") { Description = "keeps new lines, tabs and runs of spaces (unigram)" };
        var fallback = new Option<bool?>("--byte-fallback") { Description = "spells unknown characters by 256 tokens for bytes (unigram)" };
        var column = new Option<string>("--text-column") { Description = "field of the text in JSON lines and Parquet", DefaultValueFactory = _ => "text" };
        var sample = new Option<double>("--sample") { Description = "share of the documents to train on, drawn by id, 0 to 1", DefaultValueFactory = _ => 1 };
        var mix = new Option<string?>("--mix") { Description = "a mix file: ratios that the sources have in the sample, by characters of a run or bytes of files" };
        var seed = new Option<ulong>("--seed") { Description = "seed of the draw", DefaultValueFactory = _ => 1 };
        var threads = new Option<int>("--threads") { Description = "worker threads; changes speed only", DefaultValueFactory = _ => Environment.ProcessorCount };
        var command = new Command("train", "Trains a tokenizer and writes it as a tokenizer.json that Hugging Face tokenizers loads.")
        {
            inputs, output, algorithm, size, frequency, special, reserved, pattern, digits, whitespace, normalize, keep, fallback, column, sample, mix, seed, threads,
        };
        command.SetAction(parsed =>
        {
            string[]? names = parsed.GetValue(special) is { Length: > 0 } given ? given : null;
            TrainerSettings settings = new(parsed.GetValue(algorithm), parsed.GetValue(size), parsed.GetValue(frequency), names, parsed.GetValue(reserved), parsed.GetValue(pattern),
                parsed.GetValue(digits), parsed.GetValue(whitespace), parsed.GetValue(normalize), keepWhitespace: parsed.GetValue(keep), byteFallback: parsed.GetValue(fallback));
            if (parsed.GetValue(threads) < 1 || parsed.GetValue(sample) is not (> 0 and <= 1))
                throw new ConfigurationException("--threads must be at least 1, and --sample above 0 and at most 1");
            TextInputs texts = new(parsed.GetValue(inputs)!, parsed.GetValue(column)!);
            SamplePlan plan = new(texts.Sizes, (long)(texts.Sizes.Values.Sum(bytes => (double)bytes) * parsed.GetValue(sample)), Mix(parsed.GetValue(mix)));
            return Train(settings.Trainer, texts, plan, new Seed(parsed.GetValue(seed)), parsed.GetValue(output)!, parsed.GetValue(threads));
        });
        return command;
    }

    private static MixOptions? Mix(string? path)
    {
        if (path is null)
            return null;
        if (!File.Exists(path))
            throw new ConfigurationException($"--mix {path}: no such file");
        var mistakes = new Mistakes();
        MixOptions? options = MixFile.Load(path, mistakes);
        mistakes.ThrowIfAny();
        return options;
    }

    private static int Train(TokenizerTrainer trainer, TextInputs inputs, SamplePlan plan, Seed seed, string output, int threads)
    {
        using ConsoleObserver observer = ConsoleObserver.Create();
        long documents = 0, characters = 0, learned = 0;
        string phase = "";
        long start = Stopwatch.GetTimestamp();
        observer.StepStarted(new Phase("counting words", "B"), 1, 0, inputs.TotalBytes, 0);
        string temporary = output + ".tmp";
        int tokens = trainer.Train(Texts(), temporary, threads, (what, done, total) =>
        {
            if (what != phase)
            {
                observer.StepStarted(new Phase(what, what), 1, 0, total, 0);
                (phase, learned) = (what, 0);
            }
            observer.Advance(done - learned);
            learned = done;
        });
        if (documents == 0)
        {
            File.Delete(temporary);
            throw new InputException("none of the inputs has a document to train on: look at --text-column, --sample and --mix");
        }
        File.Move(temporary, output, overwrite: true);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine($"{"vocabulary",-22} {tokens,16:N0} tokens");
        Console.WriteLine($"{"trained on",-22} {documents,16:N0} documents, {characters:N0} characters");
        foreach ((string source, double chance) in plan.Chance)
            Console.WriteLine($"{"  " + source,-22} {chance,16:P2} of its documents");
        if (inputs.Skipped > 0)
            Console.WriteLine($"{"without text",-22} {inputs.Skipped,16:N0} records");
        Console.WriteLine($"{"time",-22} {seconds,16:F1} s");
        Console.WriteLine($"{"written to",-22} {output}");
        return ExitCode.Done;

        IEnumerable<string> Texts()
        {
            foreach (Document document in inputs.Read(amount => observer.Advance(amount)))
            {
                if (!plan.Takes(document.Source, document.Id, seed))
                    continue;
                documents++;
                foreach (Part part in document.Parts)
                {
                    characters += part.Text.Length;
                    yield return part.Text;
                }
            }
        }
    }

    /// <summary>A part of the work on the progress bar.</summary>
    private sealed class Phase(string name, string unit) : Step(name, ArtifactKind.Other, "")
    {
        public override string Unit => unit;

        public override IReadOnlyList<StepTask> Tasks(Run run) => [];
    }
}
