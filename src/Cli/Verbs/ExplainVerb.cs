using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Dedup;
using DataPipeline.Runs;
using DataPipeline.Tokens.Shards;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline explain RUN DOC</c>: where a document came from and what every stage decided about it, with numbers.</summary>
/// <remarks>Nothing was logged for this: filters are pure, so the record is read and judged again. Only dedup's decisions are looked up.</remarks>
internal static class ExplainVerb
{
    /// <summary>Things of one finding that are named.</summary>
    private const int MostThings = 8;

    public static Command Command()
    {
        var folder = new Argument<string>("RUN") { Description = "folder of a run" };
        var document = new Argument<string?>("DOC") { Description = "id of a document, source:file#record, or its url or path; left out: the largest clusters of duplicates", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("explain", "Says where a document came from and what every stage decided about it, with numbers.") { folder, document };
        command.SetAction(parsed => parsed.GetValue(document) is { } asked ? Explain(new RunFolder(parsed.GetValue(folder)!), asked) : ExplainDedup.TopClusters(new RunFolder(parsed.GetValue(folder)!)));
        return command;
    }

    private static int Explain(RunFolder run, string asked)
    {
        if (!File.Exists(run.PipelinePath))
            throw new InputException($"{run.Path} is not the folder of a run (no pipeline.yaml in it)");
        PlannedRun planned = ShowVerb.RunPlannerOf(run);
        DocumentAddress address = DocumentAddress.Parse(asked, planned.File) ?? Search(planned, run, asked)
            ?? throw new InputException($"{run.Path} has no document {asked}; ids look like source:file#record, as in the column id of the ledgers and shards");
        SourceSection section = planned.File.Sources[address.Source];
        RawRecord record = Find(section.Read, address)
            ?? throw new InputException($"{address.File} has no record {address.Record} (any more)");
        Console.WriteLine($"document  {address}");
        Console.WriteLine($"read      {record.Origin.File}, record {record.Origin.Record}{(record.Origin.Offset >= 0 ? $", byte {record.Origin.Offset}" : "")}, {record.Content.Length:N0} bytes");
        if (Judge(address.Source, section, record) is { } kept)
            Afterwards(planned, run, kept);
        return ExitCode.Done;
    }

    /// <summary>Replays the stages; returns the document if it passed all of them.</summary>
    private static Document? Judge(string source, SourceSection section, RawRecord record)
    {
        var judge = new DocumentJudge(source, section);
        Judgement parsed = judge.Parse(record);
        if (parsed.Verdict.Document is not { } document)
        {
            Console.WriteLine(Line(parsed.Stage, parsed.Verdict));
            return null;
        }
        Console.WriteLine($"parsed    {document.Parts.Count} part(s), {document.Text.Length:N0} characters: \"{Start(document.Text)}\"");
        foreach ((string key, string value) in document.Metadata)
            Console.WriteLine($"          {key} = {Start(value)}");
        foreach ((string name, Filter stage) in judge.Stages)
        {
            IReadOnlyList<Measurement> measured = stage.Measure(document);
            Verdict verdict = stage.Judge(document);
            Console.WriteLine(Line(name, verdict, edited: verdict.IsKept && !ReferenceEquals(verdict.Document, document)));
            foreach (Measurement m in measured)
                Console.WriteLine($"          {(m.Passed ? ' ' : '!')} {m.Rule}: {m.Value:G6} (limit {m.Limit:G6})");
            foreach (Finding finding in verdict.Findings)
                Console.WriteLine($"            {string.Join(", ", finding.Things.Take(MostThings))}{(finding.Things.Count > MostThings ? $" and {finding.Things.Count - MostThings} more" : "")}"
                    + $" at character {finding.Position}: \"{Start(finding.Text)}\"");
            if (!verdict.IsKept)
                return null;
            foreach ((string key, string value) in verdict.Document!.Metadata.Where(pair => document.Metadata.GetValueOrDefault(pair.Key) != pair.Value))
                Console.WriteLine($"            {key} = {value}");
            document = verdict.Document;
        }
        return document;
    }

    /// <summary>What became of the document behind the stages: looked up, since dedup compares it with others.</summary>
    private static void Afterwards(PlannedRun planned, RunFolder run, Document document)
    {
        if (RemovedLedger.Find(run.Path, document.Id) is { } removed)
        {
            ExplainDedup.Write(planned, run, removed, document);
            return;
        }
        Console.WriteLine("kept");
        foreach (Artifact tokens in Outputs(planned, run, ArtifactKind.Tokens))
            Console.WriteLine(InShard(tokens, document.Id) ?? "tokens    none: preference pairs stand in no token shard, preference training reads them as text");
    }

    /// <summary>Where the document's tokens are, or null when no shard has them.</summary>
    private static string? InShard(Artifact tokens, string id)
    {
        foreach (FileEntry shard in tokens.Files())
        {
            using TokenShardReader reader = TokenShardReader.Open(shard.Path);
            long row = 0;
            foreach (TokenDocument document in reader.ReadIndex())
            {
                if (document.Id == id)
                    return $"tokens    {document.TokenCount:N0} tokens in {shard.Path}, row {row}";
                row++;
            }
        }
        return null;
    }

    /// <summary>What the finished steps made; the run itself may not be finished.</summary>
    private static IEnumerable<Artifact> Outputs(PlannedRun planned, RunFolder run, ArtifactKind kind) =>
        planned.Steps.Select(step => run.Output(step.Name)).OfType<Artifact>().Where(output => output.Manifest.Makes == kind);

    private static string Line(string stage, Verdict verdict, bool edited = false) => verdict.IsKept
        ? $"{stage,-9} kept{(edited ? ", edited" : "")}"
        : $"{stage,-9} dropped: {verdict.Reason}"
            + (double.IsNaN(verdict.Measured) ? "" : $", measured {verdict.Measured:G6}")
            + (double.IsNaN(verdict.Limit) ? "" : $", limit {verdict.Limit:G6}")
            + (verdict.Detail is null ? "" : $" ({verdict.Detail})");

    internal static RawRecord? Find(Source source, DocumentAddress address) =>
        Files(source).Where(file => address.File == file.Path || address.File.StartsWith(file.Path + "!", StringComparison.Ordinal))
            .SelectMany(file => InputRecords.Of(source, file))
            .FirstOrDefault(record => record.Origin.File == address.File && record.Origin.Record == address.Record);

    private static IReadOnlyList<InputFile> Files(Source source)
    {
        try
        {
            return source.Files();
        }
        catch (ConfigurationException error)
        {
            throw new InputException(
                $"{error.Message}\nThe record is read again to explain it, and its path is relative to the folder in which the run was started: change to that folder and ask again.", error);
        }
    }

    /// <summary>The document whose url, path or name is asked for, in the shards and then in the ledgers.</summary>
    private static DocumentAddress? Search(PlannedRun planned, RunFolder run, string name)
    {
        if (name.Length == 0)
            return null;
        foreach (Artifact output in Outputs(planned, run, ArtifactKind.Ingested))
        {
            foreach (FileEntry shard in output.Files())
            {
                if (DocumentShard.Read(shard.Path).FirstOrDefault(document => DropLedger.NamesOf(document).Contains(name)) is { } found)
                    return new DocumentAddress(found.Source, found.Origin.File, found.Origin.Record);
            }
            foreach (FileEntry ledger in output.Files("dropped"))
            {
                if (DropLedger.Read(ledger.Path).FirstOrDefault(row => row.Name == name) is { } found)
                    return new DocumentAddress(found.Source, found.File, found.Record);
            }
        }
        return null;
    }

    private static string Start(string text) => (text.Length <= 90 ? text : text[..90] + "…").ReplaceLineEndings(" ");
}

/// <summary>A document id taken apart: <c>source:file#record</c>.</summary>
internal sealed record DocumentAddress(string Source, string File, long Record)
{
    /// <summary>The parts of an id, or null when it is none of this pipeline's.</summary>
    public static DocumentAddress? Parse(string id, PipelineFile pipeline)
    {
        int colon = id.IndexOf(':'), hash = id.LastIndexOf('#');
        return colon > 0 && hash > colon && pipeline.Sources.ContainsKey(id[..colon]) && long.TryParse(id[(hash + 1)..], out long record)
            ? new DocumentAddress(id[..colon], id[(colon + 1)..hash], record) : null;
    }

    public override string ToString() => $"{Source}:{File}#{Record}";
}
