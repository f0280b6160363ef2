using DataPipeline.Core;
using DataPipeline.Runs;

namespace DataPipeline.Tokens.Shards;

/// <summary>Reads token shards through and finds what is wrong: bytes, counts, ids outside the vocabulary, two tokenizers.</summary>
/// <remarks>Memory is one row group. A broken shard does not hide the ones behind it.</remarks>
public sealed class ShardCheck
{
    private readonly List<string> _mistakes = [];
    private readonly List<ShardCount> _shards = [];
    private readonly SortedDictionary<string, (long Documents, long Tokens)> _sources = new(StringComparer.Ordinal);
    private string? _fingerprint;

    private ShardCheck()
    {
    }

    /// <summary>What is wrong, a line each with file and row; empty when all is right.</summary>
    public IReadOnlyList<string> Mistakes => _mistakes;

    /// <summary>Counts of each shard that could be read.</summary>
    public IReadOnlyList<ShardCount> Shards => _shards;

    /// <summary>Documents and tokens by source, in ordinal order.</summary>
    public IReadOnlyDictionary<string, (long Documents, long Tokens)> Sources => _sources;

    /// <summary>Checks shards.</summary>
    public static ShardCheck Of(ShardSet set)
    {
        var check = new ShardCheck();
        foreach (ShardFile file in set.Files)
        {
            try
            {
                check.Read(file);
            }
            catch (InputException error)
            {
                check._mistakes.Add(error.Message);
            }
        }
        if (check._mistakes.Count == 0 && set.WholeManifest is { } manifest)
            check.CompareSources(manifest, set.Files[0].Path);
        return check;
    }

    private void Read(ShardFile file)
    {
        if (file.Entry is { } entry)
        {
            var found = new FileInfo(file.Path);
            if (!found.Exists)
                throw new InputException($"{file.Path}: the file is missing, but the manifest.json beside it names it: run the pipeline again");
            if (found.Length != entry.Bytes)
                throw new InputException($"{file.Path}: {found.Length} bytes, but manifest.json says {entry.Bytes}: delete the step's folder and run again");
            if (FileEntry.Digest(file.Path) != entry.Sha256)
                _mistakes.Add($"{file.Path}: its SHA-256 is not that of manifest.json: the bytes have changed; delete the step's folder and run again");
        }
        using TokenShardReader reader = TokenShardReader.Open(file.Path);
        _fingerprint ??= reader.Header.Fingerprint;
        if (reader.Header.Fingerprint != _fingerprint)
            _mistakes.Add($"{file.Path}: made with tokenizer {reader.Header.Fingerprint}, the shards before it with {_fingerprint}: tokenize all with one");
        long rows = 0, tokens = 0;
        bool outside = false;
        foreach (TokenDocument document in reader.Read())
        {
            if (!outside && FirstOutside(document.Tokens.Span, reader.Header.VocabularySize) is >= 0 and int at)
            {
                outside = true;
                _mistakes.Add($"{file.Path}: row {rows} ({document.Id}): token {document.Tokens.Span[at]} at position {at} is outside the vocabulary of"
                    + $" {reader.Header.VocabularySize}: make the shard again");
            }
            (long Documents, long Tokens) source = _sources.GetValueOrDefault(document.Source);
            _sources[document.Source] = (source.Documents + 1, source.Tokens + document.Tokens.Length);
            rows++;
            tokens += document.Tokens.Length;
        }
        _shards.Add(new ShardCount(file.Path, rows, tokens, new FileInfo(file.Path).Length, reader.Header));
        if (file.Entry is { } expected && (rows != expected.Rows || tokens != expected.Tokens))
            _mistakes.Add($"{file.Path}: {rows} documents and {tokens} tokens, but manifest.json says {expected.Rows} and {expected.Tokens}: run the pipeline again");
    }

    private void CompareSources(StepManifest manifest, string first)
    {
        foreach ((string source, SourceCounts counts) in manifest.Sources)
        {
            long found = _sources.GetValueOrDefault(source).Tokens;
            if (found != counts.Tokens)
                _mistakes.Add($"{Path.GetDirectoryName(first)}: source {source} has {found} tokens, but manifest.json says {counts.Tokens}: run the pipeline again");
        }
    }

    private static int FirstOutside(ReadOnlySpan<int> tokens, int vocabularySize)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            if ((uint)tokens[i] >= (uint)vocabularySize)
                return i;
        }
        return -1;
    }
}

/// <summary>Counts of a shard.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Documents">Rows.</param>
/// <param name="Tokens">Tokens, without ends of documents.</param>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Header">What it says about itself.</param>
public sealed record ShardCount(string Path, long Documents, long Tokens, long Bytes, TokenShardHeader Header);
