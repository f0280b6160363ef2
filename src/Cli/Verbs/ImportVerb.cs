using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens;
using DataPipeline.Tokens.Export;
using DataPipeline.Tokens.Shards;
using DataPipeline.Tokens.Steps;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline import FILES --format F --output DIR</c>: files of other trainers as token shards that a pipeline can start from.</summary>
internal static class ImportVerb
{
    public static Command Command()
    {
        var files = new Argument<string[]>("FILES") { Description = "files in the order of the corpus; of a Megatron data set its .bin", Arity = ArgumentArity.OneOrMore };
        var format = new Option<TokenFormat>("--format") { Description = "megatron, nanogpt, llmc or jsonl", Required = true };
        var output = new Option<string>("--output") { Description = "folder of the new run", Required = true };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "run whose tokenizer made the files; default: what export.json beside them says" };
        var source = new Option<string?>("--source") { Description = "source of the documents; default: the name of their file" };
        var command = new Command("import", "Makes token shards of files of Megatron-LM, nanoGPT, llm.c, or of JSON lines; a pipeline can start `from` the folder.") { files, format, output, tokenizer, source };
        command.SetAction(parsed =>
        {
            string[] given = parsed.GetValue(files)!;
            (TokenShardHeader header, Artifact? artifact) = Header(given[0], parsed.GetValue(tokenizer));
            if (given.FirstOrDefault(file => !File.Exists(file) && !File.Exists(file + ".bin")) is { } missing)
                throw new InputException($"{missing}: there is no such file");
            StepManifest manifest = TokenImport.Write(given, parsed.GetValue(format), parsed.GetValue(output)!, header, parsed.GetValue(source), artifact);
            Console.WriteLine($"{parsed.GetValue(output)}: {manifest.Files.Sum(file => file.Tokens):N0} tokens of {manifest.Files.Sum(file => file.Rows):N0} documents in {manifest.Files.Count} shards");
            return ExitCode.Done;
        });
        return command;
    }

    private static (TokenShardHeader Header, Artifact? Tokenizer) Header(string first, string? run)
    {
        string beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(first))!, TokenExport.DescriptionName);
        ExportDescription? description = ManifestJson.Read<ExportDescription>(beside);
        if (run is null)
        {
            return description is not null ? (description.Header(), null)
                : throw new ConfigurationException($"{first}: no {TokenExport.DescriptionName} beside it: name a run with the tokenizer that made it, --tokenizer RUN");
        }
        Artifact artifact = new RunFolder(run).Latest(ArtifactKind.Tokenizer) ?? throw new InputException($"{run}: no finished run with a tokenizer");
        TokenShardHeader header = TokenShardHeader.Of(TokenizerArtifact.Load(artifact), description?.Seed ?? artifact.Manifest.Seed);
        if (description is not null && description.Tokenizer != header.Fingerprint)
            throw new InputException($"{first}: made with tokenizer {description.Tokenizer}, but {run} has {header.Fingerprint}");
        return (header, artifact);
    }
}
