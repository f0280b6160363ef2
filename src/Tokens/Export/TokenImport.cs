using System.Globalization;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tokens.Export;

/// <summary>Files of other trainers as token shards in a folder that a pipeline can start <c>from</c>.</summary>
/// <remarks>Only JSON lines keep ids and origins; a document of the others is named after its file and its number in it.</remarks>
public static class TokenImport
{
    private const string StepName = "tokens", TokenizerStep = "tokenizer";

    /// <summary>Reads the files and writes the folder of a run with the step <c>tokens</c>.</summary>
    /// <param name="files">Files in the order of the corpus.</param>
    /// <param name="format">What they are.</param>
    /// <param name="folder">The new run.</param>
    /// <param name="header">Tokenizer, vocabulary and end token of the files.</param>
    /// <param name="source">Source of documents that name none; default: the name of the file without its ending and number.</param>
    /// <param name="tokenizer">The tokenizer's artifact, to be copied into the run; null leaves it out.</param>
    /// <param name="shardTokens">Tokens after which a new shard begins.</param>
    /// <exception cref="InputException">A file is damaged or has ids outside the vocabulary.</exception>
    public static StepManifest Write(IReadOnlyList<string> files, TokenFormat format, string folder, TokenShardHeader header, string? source = null,
        Artifact? tokenizer = null, long shardTokens = 200_000_000)
    {
        if (header.EndOfDocumentId is null && format is TokenFormat.Nanogpt or TokenFormat.Llmc)
            throw new ConfigurationException("these files have no marks between documents but an end-of-document token, and the tokenizer has none");
        var run = new RunFolder(folder);
        if (run.Output(StepName) is not null)
            throw new ConfigurationException($"{run.StepFolder(StepName)} is there already: import into another folder or delete it");
        Directory.CreateDirectory(run.StepFolder(StepName));
        var tally = new Tally();
        IReadOnlyList<FileEntry> shards = WriteShards(
            files.SelectMany(file => Documents(file, format, header, source ?? SourceOf(file))), header, run.StepFolder(StepName), shardTokens, tally);
        var manifest = new StepManifest
        {
            Step = StepName,
            Makes = ArtifactKind.Tokens,
            Version = LocalExecutor.Version,
            Seed = header.Seed,
            Settings = $"import {format}",
            Inputs = [.. files.SelectMany(file => Parts(file, format)).Select(file => new FileEntry(file, new FileInfo(file).Length, FileEntry.Digest(file)))],
            Files = shards,
            Sources = tally.Sources,
            Facts = new Dictionary<string, IReadOnlyDictionary<string, System.Text.Json.JsonElement>>(),
        };
        ManifestJson.Write(Path.Combine(run.StepFolder(StepName), "manifest.json"), manifest);
        if (tokenizer is not null)
            Copy(tokenizer, run.StepFolder(TokenizerStep));
        IEnumerable<(string Step, FileEntry File)> made = manifest.Files.Select(file => (StepName, file));
        if (tokenizer is not null)
            made = tokenizer.Manifest.Files.Select(file => (TokenizerStep, file)).Concat(made);
        ManifestJson.Write(run.ManifestPath, new RunManifest("import", LocalExecutor.Version, header.Seed, new Dictionary<string, string>(),
            tokenizer is null ? [StepName] : [TokenizerStep, StepName], [.. made.Select(entry => entry.File with { Path = $"{entry.Step}/{entry.File.Path}" })]));
        return manifest;
    }

    private static List<FileEntry> WriteShards(IEnumerable<TokenDocument> documents, TokenShardHeader header, string folder, long shardTokens, Tally tally)
    {
        List<FileEntry> shards = [];
        TokenShardWriter? writer = null;
        try
        {
            foreach (TokenDocument document in documents)
            {
                SourceCounts counts = tally[document.Source];
                counts.Read++;
                counts.Kept++;
                counts.Tokens += document.Tokens.Length;
                if (writer is not null && writer.TokenCount + document.Tokens.Length > shardTokens)
                    Close();
                writer ??= TokenShardWriter.Create(PathOf(shards.Count), header);
                writer.Add(document);
            }
            if (writer is not null)
                Close();
        }
        finally
        {
            writer?.Dispose();
        }
        return shards.Count > 0 ? shards : throw new InputException("the files hold no documents");

        string PathOf(int number) => Path.Combine(folder, $"tokens-00000-{number.ToString("D3", CultureInfo.InvariantCulture)}.parquet");

        void Close()
        {
            writer!.Finish();
            writer.Dispose();
            string path = PathOf(shards.Count);
            shards.Add(new FileEntry(Path.GetFileName(path), new FileInfo(path).Length, FileEntry.Digest(path), writer.RowCount, writer.TokenCount));
            writer = null;
        }
    }

    private static IEnumerable<TokenDocument> Documents(string file, TokenFormat format, TokenShardHeader header, string source)
    {
        int? end = header.EndOfDocumentId;
        string name = Path.GetFileName(file);
        IEnumerable<TokenDocument> documents = format switch
        {
            TokenFormat.Jsonl => JsonLinesReader.Read(file, source),
            TokenFormat.Megatron => Named(MegatronReader.Read(file, end)),
            TokenFormat.Nanogpt => Named(FlatReader.ReadNanoGpt(file, end!.Value)),
            _ => Named(FlatReader.ReadLlmc(file, end!.Value)),
        };
        long number = 0;
        foreach (TokenDocument document in documents)
        {
            foreach (int token in document.Tokens.Span)
            {
                if ((uint)token >= (uint)header.VocabularySize)
                    throw new InputException($"{file}: document {number}: token {token} is outside the vocabulary of {header.VocabularySize}: name the tokenizer that made the file");
            }
            yield return document;
            number++;
        }

        IEnumerable<TokenDocument> Named(IEnumerable<int[]> rows) => rows.Select((tokens, i) => new TokenDocument($"{source}:{name}#{i}", source, tokens, name, i, ""));
    }

    private static string[] Parts(string file, TokenFormat format)
    {
        if (format != TokenFormat.Megatron)
            return [file];
        string name = Path.GetExtension(file) is ".bin" or ".idx" ? file[..^4] : file;
        return [name + ".bin", name + ".idx"];
    }

    private static string SourceOf(string file)
    {
        string name = Uri.UnescapeDataString(Path.GetFileNameWithoutExtension(file));
        return name.Length > 7 && name[^7] == '_' && name[^6..].All(char.IsAsciiDigit) ? name[..^7] : name;
    }

    private static void Copy(Artifact artifact, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (FileEntry file in artifact.Manifest.Files)
            File.Copy(artifact.PathOf(file), Path.Combine(folder, file.Path));
        ManifestJson.Write(Path.Combine(folder, "manifest.json"), artifact.Manifest with { Step = TokenizerStep });
    }
}
