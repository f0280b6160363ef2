using System.ComponentModel.DataAnnotations;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Runs;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Tokens.Steps;

/// <summary>Token shards: every document of the corpus as token ids, in corpus order, in Parquet.</summary>
/// <param name="shardTokens">Tokens after which a new shard begins; shards also end where document shards do.</param>
[Stage("shards")]
public sealed class ShardsSection([Range(1_000L, long.MaxValue)] long shardTokens = 200_000_000) : Section
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
        yield return new TokensStep(shardTokens, plan.SettingsOf(this));
    }
}

internal sealed class TokensStep(long shardTokens, string settings) : Step("tokens", ArtifactKind.Tokens, settings)
{
    public override IReadOnlyList<StepTask> Tasks(Run run)
    {
        IReadOnlyList<FileEntry> tokenizer = run.Latest(ArtifactKind.Tokenizer).Files();
        return [.. run.Documents.Select((shard, i) => new TokensTask($"{i:D5}", shard, tokenizer, shardTokens))];
    }

    public override IEnumerable<string> Summary(StepManifest manifest) =>
        [$"tokens: {manifest.Files.Sum(file => file.Tokens):N0} in {manifest.Files.Count} shards of {manifest.Files.Sum(file => file.Rows):N0} documents"];
}

/// <summary>The documents of one shard: encoded on every core, written in order.</summary>
internal sealed class TokensTask(string name, FileEntry shard, IReadOnlyList<FileEntry> tokenizer, long shardTokens) : StepTask(name, [shard, .. tokenizer])
{
    private int _shards;

    public override void Execute(TaskContext context)
    {
        Tokenizer tokens = TokenizerArtifact.Load(context.Run.Latest(ArtifactKind.Tokenizer));
        var template = new ChatTemplate(tokens);
        var header = TokenShardHeader.Of(tokens, context.Run.Seed.Value);
        IEnumerable<(Document Document, int[] Tokens)> encoded = Flow.Ordered(
            DocumentShard.Read(shard.Path), document => (document, Encode(template, document)), context.Threads, context.Batch,
            document => document.Text.Length * 2L, cancel: context.Cancel);
        TokenShardWriter? writer = null;
        foreach ((Document document, int[] ids) in encoded)
        {
            SourceCounts counts = context.Tally[document.Source];
            counts.Read++;
            counts.Kept++;
            counts.Characters += document.CodePoints;
            counts.Tokens += ids.Length;
            if (ChatTemplate.IsPreference(document))
                continue;
            if (writer is not null && writer.TokenCount + ids.Length > shardTokens)
                Close(context, ref writer);
            writer ??= TokenShardWriter.Create(context.NewFile(FileName), header);
            writer.Add(new TokenDocument(
                document.Id, document.Source, ids, document.Origin.File, document.Origin.Record, document.Metadata.GetValueOrDefault("language", "")));
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

    private static int[] Encode(ChatTemplate template, Document document)
    {
        if (ChatTemplate.IsPreference(document))
            return [];
        var ids = new IdBuffer(document.Text.Length / 3);
        template.Encode(document, ids);
        return ids.Ids.ToArray();
    }
}
