using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Runs;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Training;

namespace DataPipeline.Tokens.Steps;

/// <summary>The tokenizer of a run: read from a file, or trained on the corpus.</summary>
[Stage("tokenizer")]
public sealed class TokenizerSection : Section
{
    private readonly TokenizerTrainer _trainer;
    private readonly long _sampleCharacters;
    private readonly MixOptions? _sampleMix;
    private readonly bool _sampleAsMix;

    /// <summary>Bound from YAML.</summary>
    /// <param name="file">A tokenizer.json, a .tiktoken file, or a GPT-2 vocab.json with its merges beside it; none trains one on the corpus.</param>
    /// <param name="pattern">Split pattern of a .tiktoken file: <c>gpt2</c>, <c>cl100k</c>, <c>o200k</c> or <c>qwen</c>; by its name if not given.</param>
    /// <param name="train">Settings of the training; a byte-level BPE of 32,000 tokens if not given.</param>
    /// <param name="sampleCharacters">Trains on about this many characters, drawn by document; the whole corpus if it has fewer.</param>
    /// <param name="sampleMix">Ratios by characters that the sources have in that sample, such as <c>{ web: 0.6, code: 0.4 }</c>; as they are if not given. The
    /// sample is as large as the ratios allow without taking a document twice.</param>
    /// <param name="sampleAsMix">Takes these ratios from the section <c>mix</c>.</param>
    public TokenizerSection(string? file = null, string? pattern = null, TrainerSettings? train = null, [Range(1_000L, long.MaxValue)] long sampleCharacters = 2_000_000_000,
        IReadOnlyDictionary<string, double>? sampleMix = null, bool sampleAsMix = false)
    {
        if (sampleMix is not null && sampleAsMix)
            throw new ArgumentException("give either `sample_mix` or `sample_as_mix`", nameof(sampleMix));
        if (file is not null && (sampleMix is not null || sampleAsMix))
            throw new ArgumentException("a tokenizer that is read from a file needs no sample", nameof(sampleMix));
        if (file is not null && train is not null)
            throw new ArgumentException("give a file or settings of a training, not both", nameof(file));
        if (file is not null && !File.Exists(file) && !Directory.Exists(file))
            throw new ArgumentException($"there is no {file}", nameof(file));
        TokenizerPath = file;
        Pattern = pattern;
        _trainer = (train ?? new TrainerSettings()).Trainer;
        _sampleCharacters = sampleCharacters;
        _sampleMix = sampleMix is null ? null : new MixOptions(sampleMix, maxEpochs: 1);
        _sampleAsMix = sampleAsMix;
    }

    /// <inheritdoc/>
    public override int Order => 30;

    /// <summary>The file to read, or null to train.</summary>
    public string? TokenizerPath { get; }

    /// <summary>Split pattern of a .tiktoken file.</summary>
    public string? Pattern { get; }

    /// <inheritdoc/>
    public override IEnumerable<Step> Steps(Plan plan)
    {
        if (TokenizerPath is null && plan.Sources.Count == 0)
            plan.Mistake(this, "a tokenizer is trained on documents, but there are neither `sources` nor `from`; give a `file`");
        MixOptions? mix = _sampleMix;
        string settings = plan.SettingsOf(this);
        if (_sampleAsMix)
        {
            if (plan.Find<MixSection>() is not { } section)
            {
                plan.Mistake(this, "`sample_as_mix` takes the ratios of the section `mix`, which is missing: add it, or give `sample_mix`");
                yield break;
            }
            mix = section.OptionsOf(plan);
            settings += plan.SettingsOf(section) + (mix is null ? "" : MixFile.Text(mix.WeightsFile));
        }
        foreach (string unknown in (_sampleMix?.AloneNames ?? []).Except(plan.Sources))
            plan.Mistake(this, $"`sample_mix` names `{unknown}`, which is no source{Mistakes.Suggest(unknown, plan.Sources)}");
        yield return new TokenizerStep(this, mix, settings);
    }

    private sealed class TokenizerStep(TokenizerSection section, MixOptions? mix, string settings) : Step("tokenizer", ArtifactKind.Tokenizer, settings)
    {
        public override IReadOnlyList<StepTask> Tasks(Run run) =>
            [new TokenizerTask(section, mix, section.TokenizerPath is { } file ? [.. Inputs(file)] : run.Documents)];

        public override IEnumerable<string> Summary(StepManifest manifest) =>
            [$"tokenizer: {manifest.Number("tokens"):N0} tokens, {manifest.Fact("made")}"];

        /// <summary>The file, or those of a folder; with a vocabulary come the merges beside it.</summary>
        private static IEnumerable<FileEntry> Inputs(string path)
        {
            IEnumerable<string> files = Directory.Exists(path)
                ? Directory.GetFiles(path).Where(file => Path.GetExtension(file) is ".json" or ".txt" or ".bpe" or ".model")
                : Path.GetFileName(path).Contains("vocab.json", StringComparison.Ordinal) ? [path, path.Replace("vocab.json", "merges.txt", StringComparison.Ordinal)]
                : Path.GetFileName(path) == "encoder.json" ? [path, Path.Combine(Path.GetDirectoryName(path)!, "vocab.bpe")]
                : [path];
            return files.Order(StringComparer.Ordinal).Select(file => new FileEntry(file, new FileInfo(file).Length));
        }
    }

    private sealed class TokenizerTask(TokenizerSection section, MixOptions? mix, IReadOnlyList<FileEntry> inputs) : StepTask("00000", inputs)
    {
        public override void Execute(TaskContext context)
        {
            if (section.TokenizerPath is null)
            {
                string file = context.NewFile("tokenizer.json");
                section._trainer.Train(Texts(context), file, context.Threads, cancel: context.Cancel);
                // Read as the steps behind will read it.
                Note(context, Tokenizer.Load(file), "trained on the corpus");
                return;
            }
            Tokenizer tokenizer = Tokenizer.Load(section.TokenizerPath, section.Pattern);
            Note(context, tokenizer, $"read from {section.TokenizerPath}");
            if (tokenizer is WordPieceTokenizer words)
            {
                // A vocab.txt is read by the name of its folder too, which a copy would lose.
                words.Save(context.NewFile("tokenizer.json"));
                return;
            }
            context.Facts["pattern"] = section.Pattern ?? "";
            foreach (FileEntry input in Inputs)
                File.Copy(input.Path, context.NewFile(Path.GetFileName(input.Path)));
            context.Facts["main"] = Path.GetFileName(Directory.Exists(section.TokenizerPath) ? "." : section.TokenizerPath);
        }

        private static void Note(TaskContext context, Tokenizer tokenizer, string made)
        {
            context.Facts["tokens"] = tokenizer.VocabularySize;
            context.Facts["fingerprint"] = tokenizer.Fingerprint;
            context.Facts["made"] = made;
        }

        private IEnumerable<string> Texts(TaskContext context)
        {
            Dictionary<string, long> characters = [];
            foreach ((string source, SourceCounts counts) in context.Run.Corpus.SelectMany(artifact => artifact.Manifest.Sources))
                characters[source] = characters.GetValueOrDefault(source) + counts.Characters;
            SamplePlan sample = new(characters, section._sampleCharacters, mix);
            foreach (FileEntry shard in Inputs)
            {
                foreach (Document document in DocumentShard.Read(shard.Path))
                {
                    if (!sample.Takes(document.Source, document.Id, context.Seed))
                        continue;
                    foreach (Part part in document.Parts)
                        yield return part.Text;
                }
                context.Advance(shard.Bytes);
            }
        }
    }
}

/// <summary>Reads the tokenizer that a <c>tokenizer</c> step made.</summary>
public static class TokenizerArtifact
{
    /// <summary>The tokenizer.</summary>
    /// <exception cref="InputException">Its files are gone or changed.</exception>
    public static Tokenizer Load(Artifact artifact)
    {
        string main = artifact.Manifest.Fact("main")?.GetString() ?? "tokenizer.json", pattern = artifact.Manifest.Fact("pattern")?.GetString() ?? "";
        return Tokenizer.Load(Path.Combine(artifact.Folder, main), pattern.Length == 0 ? null : pattern);
    }
}
