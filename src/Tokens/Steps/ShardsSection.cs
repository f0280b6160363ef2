using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Runs;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tokens.Steps;

/// <summary>What becomes of a document that has more tokens than <c>max_document_tokens</c>.</summary>
public enum LongDocuments
{
    /// <summary>It ends there.</summary>
    Cut,
    /// <summary>It is left out and counted as <c>too_many_tokens</c>.</summary>
    Drop,
    /// <summary>It becomes several rows; behind the first their ids end in <c>~1</c>, <c>~2</c>, ...</summary>
    Split,
}

/// <summary>Token shards: every document of the corpus as token ids, in corpus order, in Parquet; 16 bits each where the vocabulary allows it, else 32.</summary>
/// <param name="shardTokens">Tokens after which a new shard begins; shards also end where document shards do.</param>
/// <param name="bosToken">Special token put before each document, such as <c>&lt;s&gt;</c>; none if not given.</param>
/// <param name="eosToken">Special token put behind each document, such as <c>&lt;/s&gt;</c>, for shards that other programs read; none if not given. A mix puts the
/// end-of-document token between documents itself.</param>
/// <param name="maxDocumentTokens">Tokens of a row at most, those two included; documents are kept whole if not given.</param>
/// <param name="longDocuments">What becomes of longer ones: <c>cut</c>, <c>drop</c> or <c>split</c>.</param>
/// <param name="columns">Metadata of the documents that become columns of text beside their language, such as <c>domain</c>; a mix can weigh by them.</param>
[Stage("shards")]
public sealed class ShardsSection([Range(1_000L, long.MaxValue)] long shardTokens = 200_000_000, string? bosToken = null, string? eosToken = null,
    [Range(8, int.MaxValue)] int? maxDocumentTokens = null, LongDocuments longDocuments = LongDocuments.Cut,
    IReadOnlyList<string>? columns = null) : Section
{
    /// <inheritdoc/>
    public override int Order => 40;

    /// <inheritdoc/>
    public override IEnumerable<Step> Steps(Plan plan)
    {
        if (plan.Sources.Count == 0)
            plan.Mistake(this, "`shards` needs documents, but there are neither `sources` nor `from`");
        if (!plan.Has(ArtifactKind.Tokenizer, madeHere: plan.Find<TokenizerSection>() is not null))
            plan.Mistake(this, "`shards` needs a tokenizer: add the section `tokenizer`, or start `from` a run that has one");
        if (eosToken is not null && plan.Find<MixSection>() is not null)
            plan.Mistake(this, "`eos_token` and a `mix` would end every document twice: leave `eos_token` out");
        foreach (string wrong in Columns.Where(name => TokenShardWriter.IsFixed(name) || Columns.Count(other => other == name) > 1).Distinct())
            plan.Mistake(this, $"`columns`: `{wrong}` is named twice or is a column that every shard has");
        yield return new TokensStep(new TokenRows(bosToken, eosToken, maxDocumentTokens ?? int.MaxValue, longDocuments) { Columns = Columns }, shardTokens, plan.SettingsOf(this));
    }

    private IReadOnlyList<string> Columns { get; } = columns ?? [];
}

internal sealed class TokensStep(TokenRows rows, long shardTokens, string settings) : Step("tokens", ArtifactKind.Tokens, settings)
{
    public override IReadOnlyList<StepTask> Tasks(Run run)
    {
        IReadOnlyList<FileEntry> tokenizer = run.Latest(ArtifactKind.Tokenizer).Files();
        return [.. run.Documents.Select((shard, i) => new TokensTask($"{i:D5}", shard, tokenizer, rows, shardTokens))];
    }

    public override IEnumerable<string> Summary(StepManifest manifest)
    {
        yield return $"tokens: {manifest.Files.Sum(file => file.Tokens):N0} in {manifest.Files.Count} shards of {manifest.Files.Sum(file => file.Rows):N0} documents";
        foreach ((string source, SourceCounts counts) in manifest.Sources.Where(source => source.Value.Tokens > 0))
            yield return $"  {source,-16} {counts.Tokens,16:N0} tokens  {(double)counts.Characters / counts.Tokens,6:F2} characters a token";
    }
}

/// <summary>The documents of one shard: encoded on every core, written in order.</summary>
internal sealed class TokensTask(string name, FileEntry shard, IReadOnlyList<FileEntry> tokenizer, TokenRows rows, long shardTokens) : StepTask(name, [shard, .. tokenizer])
{
    private int _shards;

    public override void Execute(TaskContext context)
    {
        Tokenizer tokens = TokenizerArtifact.Load(context.Run.Latest(ArtifactKind.Tokenizer));
        var template = new ChatTemplate(tokens);
        var header = TokenShardHeader.Of(tokens, context.Run.Seed.Value) with { Columns = rows.Columns, HasAnswers = true };
        (int[] before, int[] behind) = rows.Around(tokens);
        IEnumerable<(Document Document, EncodedDocument[]? Rows)> encoded = Flow.Ordered(
            DocumentShard.Read(shard.Path), document => (document, ChatTemplate.IsPreference(document) ? [] : rows.Of(template.Encode(document), before, behind)),
            context.Threads, context.Batch, document => document.Text.Length * 2L, cancel: context.Cancel);
        TokenShardWriter? writer = null;
        foreach ((Document document, EncodedDocument[]? made) in encoded)
        {
            SourceCounts counts = context.Tally[document.Source];
            counts.Read++;
            if (made is null)
            {
                counts.Drop("tokens", "too_many_tokens");
                continue;
            }
            counts.Kept++;
            counts.Characters += document.CodePoints;
            string[] columns = [.. rows.Columns.Select(name => document.Metadata.GetValueOrDefault(name, ""))];
            for (int part = 0; part < made.Length; part++)
            {
                counts.Tokens += made[part].Tokens.Length;
                if (writer is not null && writer.TokenCount + made[part].Tokens.Length > shardTokens)
                    Close(context, ref writer);
                writer ??= TokenShardWriter.Create(context.NewFile(FileName), header);
                writer.Add(new TokenDocument(part == 0 ? document.Id : $"{document.Id}~{part}", document.Source, made[part].Tokens, document.Origin.File, document.Origin.Record,
                    document.Metadata.GetValueOrDefault("language", "")) { Columns = columns, Answers = made[part].Answers });
            }
        }
        Close(context, ref writer);
        context.Advance(shard.Bytes);
    }

    private string FileName => $"tokens-{Name}-{_shards:D3}.parquet";

    private void Close(TaskContext context, ref TokenShardWriter? writer)
    {
        if (writer is null)
            return;
        writer.Finish();
        context.Describe(FileName, writer.RowCount, writer.TokenCount);
        writer.Dispose();
        writer = null;
        _shards++;
    }
}

/// <summary>How the tokens of a document become rows of a shard.</summary>
internal sealed record TokenRows(string? BosToken, string? EosToken, int MaxTokens, LongDocuments LongDocuments)
{
    /// <summary>Metadata that becomes columns.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>The tokens put before and behind each document.</summary>
    /// <exception cref="ConfigurationException">The tokenizer has no token of a name.</exception>
    public (int[] Before, int[] Behind) Around(Tokenizer tokenizer)
    {
        return (Find("bos_token", BosToken), Find("eos_token", EosToken));

        int[] Find(string setting, string? name) => name is null ? [] : tokenizer.SpecialTokens.TryGetValue(name, out int id) ? [id]
            : throw new ConfigurationException($"{setting}: the tokenizer has no special token {name}{Mistakes.Suggest(name, tokenizer.SpecialTokens.Keys)}");
    }

    /// <summary>The rows; null if the document is to be left out.</summary>
    public EncodedDocument[]? Of(EncodedDocument document, int[] before, int[] behind)
    {
        long all = (long)document.Tokens.Length + before.Length + behind.Length;
        if (all <= MaxTokens)
            return [document.Between(before, behind)];
        switch (LongDocuments)
        {
            case LongDocuments.Drop:
                return null;
            case LongDocuments.Cut:
                return [document.Part(0, MaxTokens - before.Length - behind.Length).Between(before, behind)];
            default:
                // Only the first row begins the document and only the last one ends it.
                EncodedDocument whole = document.Between(before, behind);
                return [.. Enumerable.Range(0, (whole.Tokens.Length + MaxTokens - 1) / MaxTokens)
                    .Select(row => whole.Part(row * MaxTokens, Math.Min(MaxTokens, whole.Tokens.Length - row * MaxTokens)))];
        }
    }
}
