using DataPipeline.Core;
using DataPipeline.Runs;

namespace DataPipeline.Dedup.Steps;

/// <summary>One shard of a corpus whose documents lose pieces: the documents left, the ledger of those dropped and the ledger of what was cut.</summary>
internal sealed class EditedShard(TaskContext context, string name, string label, Func<Document, Verdict> left) : IDisposable
{
    private readonly string _keptName = $"documents-{name}.parquet", _removedName = $"removed-{name}.parquet", _editsName = $"edits-{name}.parquet";
    private readonly DocumentShardWriter _kept = new(context.NewFile($"documents-{name}.parquet"));
    private readonly RemovedLedgerWriter _removed = new(context.NewFile($"removed-{name}.parquet"));
    private readonly RowWriter _edits = new(context.NewFile($"edits-{name}.parquet"), EditLedger.NewSchema());
    private long _edited, _cutCharacters;

    /// <summary>Adds the next document.</summary>
    public void Add(DocumentEdit edit)
    {
        SourceCounts counts = context.Tally[edit.Document.Source];
        counts.Read++;
        Document document = edit.Document;
        Verdict verdict = Verdict.Keep(document);
        if (edit.CutsAny)
        {
            document = edit.Apply();
            verdict = left(document);
            _edited++;
            Note(edit);
        }
        if (verdict.IsKept)
        {
            counts.Kept++;
            counts.Characters += document.CodePoints;
            _kept.Add(document);
            return;
        }
        counts.Drop("dedup", verdict.Reason!);
        _removed.Add(new Removal(document.Id, label, RemovedLedger.NoCluster, "", edit.Share));
    }

    public void Finish()
    {
        _kept.Finish();
        _removed.Finish();
        _edits.Finish();
        context.Describe(_keptName, _kept.Rows);
        context.Describe(_removedName, _removed.Rows, role: RemovedLedger.Role);
        context.Describe(_editsName, _edits.Count, role: EditLedger.Role);
        // A task may write several shards.
        context.Facts[EditedShards.EditedFact] = _edited + (long)context.Facts.GetValueOrDefault(EditedShards.EditedFact, 0L);
        context.Facts[EditedShards.CutFact] = _cutCharacters + (long)context.Facts.GetValueOrDefault(EditedShards.CutFact, 0L);
    }

    public void Dispose()
    {
        _kept.Dispose();
        _removed.Dispose();
        _edits.Dispose();
    }

    private void Note(DocumentEdit edit)
    {
        for (int part = 0; part < edit.Cuts.Length; part++)
        {
            _cutCharacters += edit.Cuts[part].Sum(cut => (long)cut.Length);
            foreach ((long start, long end) in DocumentEdit.Utf8(edit.Document.Parts[part].Text, edit.Cuts[part]))
            {
                _edits.Binary("id").Add(edit.Document.Id);
                _edits.Binary("kind").Add(label);
                _edits.Long("part").Add(part);
                _edits.Long("start").Add(start);
                _edits.Long("end").Add(end);
                _edits.EndRow();
            }
        }
    }
}

/// <summary>What people see of a step that edits.</summary>
internal static class EditedShards
{
    public const string EditedFact = "edited_documents", CutFact = "cut_characters";

    /// <summary>Sum of a fact over the tasks of a step.</summary>
    public static long Fact(StepManifest manifest, string name) =>
        manifest.Facts.Values.Sum(facts => facts.TryGetValue(name, out System.Text.Json.JsonElement value) ? value.GetInt64() : 0);

    public static string Line(string step, StepManifest manifest)
    {
        long read = manifest.Sources.Values.Sum(counts => counts.Read), kept = manifest.Sources.Values.Sum(counts => counts.Kept);
        return $"{step}: {kept} of {read} documents stay, {Fact(manifest, EditedFact)} lost {Fact(manifest, CutFact)} characters";
    }
}
