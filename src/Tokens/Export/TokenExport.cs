using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tokens.Export;

/// <summary>Token shards as files of other trainers, with export.json beside them: what an import needs to know and they do not say.</summary>
/// <remarks>Documents stay in the order of the shards. Memory is one row group and a write buffer for each file.</remarks>
public static class TokenExport
{
    /// <summary>The name of the description.</summary>
    public const string DescriptionName = "export.json";

    private const string AllSources = "tokens";

    /// <summary>Writes the documents of token shards.</summary>
    /// <param name="shards">Token shards in corpus order, all of one tokenizer.</param>
    /// <param name="format">What to write.</param>
    /// <param name="folder">Where.</param>
    /// <param name="bySource">A file for each source, named after it, instead of one named <c>tokens</c>.</param>
    /// <exception cref="InputException">A shard is broken, or shards of two tokenizers are mixed.</exception>
    /// <exception cref="ConfigurationException">The format cannot hold these ids.</exception>
    public static ExportDescription Write(IReadOnlyList<string> shards, TokenFormat format, string folder, bool bySource)
    {
        Directory.CreateDirectory(folder);
        var writers = new SortedDictionary<string, TokenFileWriter>(StringComparer.Ordinal);
        TokenShardHeader? header = null;
        try
        {
            foreach (string path in shards)
            {
                using TokenShardReader reader = TokenShardReader.Open(path);
                header ??= reader.Header;
                if (reader.Header.Fingerprint != header.Fingerprint || reader.Header.VocabularySize != header.VocabularySize)
                    throw new InputException($"{path}: made with tokenizer {reader.Header.Fingerprint}, the shards before it with {header.Fingerprint}: export them apart");
                foreach (TokenDocument document in reader.Read())
                {
                    string name = bySource ? document.Source : AllSources;
                    if (!writers.TryGetValue(name, out TokenFileWriter? writer))
                        writers[name] = writer = TokenFileWriter.Create(format, Path.Combine(folder, Uri.EscapeDataString(name)), header);
                    writer.Add(document);
                }
            }
            foreach (TokenFileWriter writer in writers.Values)
                writer.Finish();
        }
        finally
        {
            foreach (TokenFileWriter writer in writers.Values)
                writer.Dispose();
        }
        if (header is null || writers.Count == 0)
            throw new InputException($"{folder}: no documents to export");
        var description = new ExportDescription(format, header.Fingerprint, header.VocabularySize, header.EndOfDocumentId, header.Seed,
            [.. writers.Values.SelectMany(writer => writer.Files).Select(file => Entry(folder, file.Path, file.Documents, file.Tokens))]);
        ManifestJson.Write(Path.Combine(folder, DescriptionName), description);
        return description;
    }

    private static FileEntry Entry(string folder, string path, long documents, long tokens) =>
        new(Path.GetRelativePath(folder, path), new FileInfo(path).Length, FileEntry.Digest(path), documents, tokens);
}

/// <summary>export.json.</summary>
/// <param name="Format">Format of the files.</param>
/// <param name="Tokenizer">Fingerprint of the tokenizer.</param>
/// <param name="VocabularySize">Ids are below this.</param>
/// <param name="EndOfDocument">The end token, or null.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Files">The files; tokens count the ids in them, ends of documents as well.</param>
public sealed record ExportDescription(TokenFormat Format, string Tokenizer, int VocabularySize, int? EndOfDocument, ulong Seed, IReadOnlyList<FileEntry> Files)
{
    /// <summary>What the shards said.</summary>
    public TokenShardHeader Header() => new(Tokenizer, VocabularySize, EndOfDocument, Seed);
}
